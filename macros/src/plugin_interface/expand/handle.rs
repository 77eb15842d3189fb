//! A client as a handle of its implementation: cloned, printed, and sent as a value.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::super::model::Settings;
use super::super::names::Names;

/// The client, whose object at the other end is a server around another clone of it.
pub(super) fn of_client(settings: &Settings, names: &Names<'_>) -> TokenStream {
    let Names { client, server, rt, .. } = names;
    let marker = format!("outboard::Handle::{}", settings.name);
    let export = quote!(#rt::export(#server::new(::core::clone::Clone::clone(self))));
    handle(client, &quote!(#marker), &export, names)
}

/// The async client of a blocking interface: to others it is what the blocking one is.
pub(super) fn of_async_client(names: &Names<'_>) -> TokenStream {
    let Names { client, async_client, rt, .. } = names;
    let marker = quote!(<#client as #rt::Client>::__HANDLE);
    let handle = handle(async_client, &marker, &quote!(#rt::export_shared::<#client>(&self.0)), names);
    quote! {
        #handle

        #[automatically_derived]
        impl ::core::convert::TryFrom<#client> for #async_client {
            type Error = #rt::Error;

            fn try_from(client: #client) -> ::core::result::Result<Self, Self::Error> {
                #rt::to_async(&client)
            }
        }
    }
}

fn handle(client: &Ident, marker: &TokenStream, export: &TokenStream, names: &Names<'_>) -> TokenStream {
    let rt = &names.rt;
    let shown = client.to_string();
    let value = value(client, names);
    quote! {
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
            const __HANDLE: &'static ::core::primitive::str = #marker;

            fn __from_endpoint(endpoint: #rt::Endpoint<Self::Object>) -> Self {
                Self(endpoint)
            }

            fn __endpoint(&self) -> &#rt::Endpoint<Self::Object> {
                &self.0
            }

            // Compiled where it is used: it brings all handlers with it.
            #[inline]
            fn __export(&self) -> #rt::Export {
                #export
            }
        }

        #value
    }
}

/// As a value inside of a call.
fn value(client: &Ident, names: &Names<'_>) -> TokenStream {
    let rt = &names.rt;
    quote! {
        #[automatically_derived]
        impl #rt::serde::Serialize for #client {
            fn serialize<__S: #rt::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                #rt::serialize_handle(self, serializer)
            }
        }

        #[automatically_derived]
        impl<'__de> #rt::serde::Deserialize<'__de> for #client {
            fn deserialize<__D: #rt::serde::Deserializer<'__de>>(
                deserializer: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                #rt::deserialize_handle(deserializer)
            }
        }
    }
}
