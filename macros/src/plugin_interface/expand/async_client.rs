//! The other client of a blocking interface: its methods, `async`.
//!
//! It is there where the runtime crate has tokio, which only that crate can know.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ItemTrait, Visibility};

use super::super::attributes;
use super::super::model::{Form, Interface, Method};
use super::super::names::{Names, local};
use super::client::{located, parameter, request};
use super::definition::declares_version;
use super::methods::index;
use super::server::{self, Taken};
use super::{documentation, handle, handshake};

pub(crate) fn async_client_type(definition: &ItemTrait, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::of_type(&definition.attrs);
    let vis = &definition.vis;
    let Names { async_client, rt, .. } = names;
    let docs = documentation::of_async_client(names);
    quote! {
        #rt::with_tokio! {
            #[doc = #docs]
            #(#attributes)*
            #[allow(dead_code, reason = "few programs need every client")]
            #vis struct #async_client(#rt::Endpoint<#rt::Nowhere>);
        }
    }
}

pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let vis = &interface.definition.vis;
    let methods = interface.methods.iter().map(|method| self::method(method, vis, names));
    async_client_workings(&quote!(#(#methods)*), interface.definition, names)
}

/// All of it that needs no name in the author's module; the methods are given.
pub(crate) fn async_client_workings(methods: &TokenStream, definition: &ItemTrait, names: &Names<'_>) -> TokenStream {
    let handle = handle::of_async_client(names);
    let interface = handshake::as_the_clients(&names.async_client, None, names);
    let Names { async_client, rt, .. } = names;
    let version = (!declares_version(definition)).then(|| version(&definition.vis, names));
    quote! {
        #rt::with_tokio! {
            #handle

            #[automatically_derived]
            impl #rt::Erased for #async_client {
                type Object = #rt::Nowhere;
            }

            #[automatically_derived]
            impl #rt::AsyncClient for #async_client {}

            #[allow(clippy::too_many_arguments, reason = "the interface has as many")]
            impl #async_client {
                #methods

                #version
            }

            #interface
        }
    }
}

fn version(vis: &Visibility, names: &Names<'_>) -> TokenStream {
    let rt = &names.rt;
    let docs = documentation::of_async_version();
    quote! {
        #[doc = #docs]
        #[must_use]
        #vis fn version(&self) -> ::core::primitive::u32 {
            #rt::Endpoint::version(&self.0)
        }
    }
}

fn method(method: &Method<'_>, vis: &Visibility, names: &Names<'_>) -> TokenStream {
    let docs = documentation::of_async_method(method, names);
    let attributes = attributes::of_declaration(method.attributes);
    let (ident, output) = (method.ident, method.output);
    let parameters = method.arguments.iter().map(parameter);
    let rt = &names.rt;
    let remote = quote!(#rt::Endpoint::only_remote(&self.0));
    let request = request(method, &remote, Form::Async, names);
    let body = match &method.default {
        None => request,
        Some(_) => {
            let (index, default) = (index(method.ident), default(method, names));
            quote!(if #rt::Remote::lacks(#remote, #index) { #default } else { #request })
        }
    };
    quote! {
        #docs
        #(#attributes)*
        #vis async fn #ident(&self #(, #parameters)*) -> #output {
            #body
        }
    }
}

/// For a method that the other end lacks: the blocking client runs its body, on a thread that it may block.
///
/// What is borrowed cannot go there, so the arguments go as they do to a server.
fn default(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let (ident, index) = (method.ident, index(method.ident));
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    let Taken { take, pass } = server::take(method, &quote!(__call), names);
    let Names { interface, client, rt, .. } = names;
    let run = local("run");
    let call = quote! {
        #rt::call_default::<#client, #index>(&self.0, #rt::arguments((#(#arguments,)*)), #run).await
    };
    // In one place with the request, which says the same of arguments that cannot be encoded.
    let call = located(call, ident.span());
    quote! {
        let #run = |__client: &#client, __call: &#rt::Call| {
            #take
            ::core::result::Result::Ok(<#client as #interface>::#ident(__client #(, #pass)*))
        };
        #call
    }
}
