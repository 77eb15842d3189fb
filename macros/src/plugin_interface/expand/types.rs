//! The client and the server as types, and what they have whatever their methods are.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemTrait;

use super::super::attributes;
use super::super::model::{Form, Settings};
use super::super::names::Names;
use super::documentation;
use super::handle;

pub(crate) fn client_type(definition: &ItemTrait, form: Form, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::of_type(&definition.attrs);
    let vis = &definition.vis;
    let Names { client, rt, .. } = names;
    let docs = documentation::of_client(form, names);
    quote! {
        #[doc = #docs]
        #(#attributes)*
        #[allow(dead_code, reason = "few programs need both the client and the server")]
        #vis struct #client(#rt::Endpoint<<Self as #rt::Erased>::Object>);
    }
}

/// `launch`, and what makes it a client.
pub(crate) fn client_basics(definition: &ItemTrait, form: Form, settings: &Settings, names: &Names<'_>) -> TokenStream {
    let vis = &definition.vis;
    let Names { client, rt, .. } = names;
    let handle = handle::of_client(settings, names);
    let docs = documentation::of_launch(form, names);
    let (launch, marker) = match form {
        Form::Async => (quote!(launch), Some(quote!(#[automatically_derived] impl #rt::AsyncClient for #client {}))),
        Form::Blocking => (quote!(launch_blocking), None),
    };
    quote! {
        #rt::#launch! { #[doc = #docs] #vis #client }

        #handle

        #marker
    }
}

pub(crate) fn server_type(definition: &ItemTrait, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::of_type(&definition.attrs);
    let vis = &definition.vis;
    let Names { server, implementation, rt, .. } = names;
    let docs = documentation::of_server(names);
    quote! {
        #[doc = #docs]
        #(#attributes)*
        #[allow(dead_code, reason = "few programs need both the client and the server")]
        #vis struct #server<#implementation>(#rt::Arc<#implementation>);
    }
}

/// `Clone` and `Debug`, whatever the implementation.
pub(crate) fn server_basics(names: &Names<'_>) -> TokenStream {
    let Names { server, implementation, .. } = names;
    let shown = server.to_string();
    quote! {
        #[automatically_derived]
        impl<#implementation> ::core::clone::Clone for #server<#implementation> {
            fn clone(&self) -> Self {
                Self(::core::clone::Clone::clone(&self.0))
            }
        }

        #[automatically_derived]
        impl<#implementation> ::core::fmt::Debug for #server<#implementation> {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.debug_tuple(#shown).finish_non_exhaustive()
            }
        }
    }
}
