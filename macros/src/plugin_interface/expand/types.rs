//! The two public types, and what they have whatever their methods are.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemTrait;

use super::super::attributes;
use super::super::names::Names;
use super::documentation;

pub(crate) fn client_type(definition: &ItemTrait, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::of_type(&definition.attrs);
    let vis = &definition.vis;
    let Names { client, rt, .. } = names;
    let docs = documentation::of_client(names);
    quote! {
        #[doc = #docs]
        #(#attributes)*
        #[allow(dead_code, reason = "few programs need both the client and the server")]
        #vis struct #client(#rt::Endpoint<<Self as #rt::Erased>::Object>);
    }
}

/// `Clone`, `Debug`, `launch` and the way from and to an endpoint.
pub(crate) fn client_basics(definition: &ItemTrait, names: &Names<'_>) -> TokenStream {
    let vis = &definition.vis;
    let Names { client, rt, .. } = names;
    let shown = client.to_string();
    let launch_docs = documentation::of_launch(names);
    quote! {
        #rt::launch! { #[doc = #launch_docs] #vis #client }

        #[automatically_derived]
        impl ::core::clone::Clone for #client {
            fn clone(&self) -> Self {
                Self(::core::clone::Clone::clone(&self.0))
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Debug for #client {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.debug_tuple(#shown).field(&self.0).finish()
            }
        }

        #[automatically_derived]
        impl #rt::Client for #client {
            fn __from_endpoint(endpoint: #rt::Endpoint<Self::Object>) -> Self {
                Self(endpoint)
            }

            fn __endpoint(&self) -> &#rt::Endpoint<Self::Object> {
                &self.0
            }
        }

        #[automatically_derived]
        impl #rt::AsyncClient for #client {}
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
