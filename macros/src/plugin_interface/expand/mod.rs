//! Expand: the model to tokens, a file for each thing that is generated.

mod async_client;
mod client;
mod defaults;
mod definition;
mod documentation;
mod form;
mod handle;
mod handshake;
mod methods;
mod object;
mod server;
mod types;

use proc_macro2::TokenStream;
use quote::quote;

use super::attributes;
use super::model::{Form, Interface};
use super::names::Names;

pub(crate) use async_client::{async_client_type, async_client_workings};
pub(crate) use definition::{Refusal, async_signature, definition, signature};
pub(crate) use handshake::{Handshake, expand as handshake};
pub(crate) use types::{client_basics, client_type, server_basics, server_type};

/// The trait, its clients and its server.
pub(crate) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let Interface { definition: item, form, .. } = *interface;
    let definition = definition(item, names, interface.settings.version, form, None);
    let defaults = defaults::expand(interface, names);
    let client_type = client_type(item, form, names);
    let server_type = server_type(item, names);
    let (async_client_type, async_client, require_tokio) = match form {
        Form::Async => (None, None, Some(require_tokio(interface, names))),
        Form::Blocking => (Some(async_client_type(item, names)), Some(async_client::expand(interface, names)), None),
    };
    let workings = workings(
        item,
        [
            methods::expand(interface, names),
            defaults::blanket(interface, names).unwrap_or_default(),
            object::expand(interface, names),
            client_basics(item, form, &interface.settings, names),
            client::expand(interface, names),
            async_client.unwrap_or_default(),
            server_basics(names),
            server::expand(interface, names),
            handshake(&Handshake::of(interface), names),
        ],
    );
    quote! {
        #definition
        #defaults
        #client_type
        #async_client_type
        #server_type
        #require_tokio
        #workings
    }
}

/// Everything that needs no name of its own in the author's module.
pub(crate) fn workings(definition: &syn::ItemTrait, parts: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let attributes = attributes::of_workings(&definition.attrs);
    let parts = parts.into_iter();
    quote! {
        #(#attributes)*
        #[allow(deprecated, reason = "a deprecated method can still be called")]
        #[allow(dead_code, reason = "few programs need both the client and the server")]
        const _: () = {
            #(#parts)*
        };
    }
}

fn require_tokio(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let conditions = attributes::conditions(&interface.definition.attrs);
    let Names { rt, interface, .. } = names;
    quote!(#(#conditions)* #rt::require_tokio! { #interface })
}
