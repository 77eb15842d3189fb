//! Fall back: the author's trait with clients and a server that do nothing, and the errors.
//!
//! Whoever uses the trait, a client or the server must not get a second error for it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ItemTrait, TraitItem, TraitItemConst, TraitItemFn, TraitItemType};

use super::attributes;
use super::errors::Errors;
use super::expand::{self, Handshake, Refusal};
use super::lower::repeats;
use super::model::{Draft, Settings};
use super::names::{Names, spoken};

pub(crate) fn expand(draft: &Draft<'_>, names: &Names<'_>, errors: &Errors) -> TokenStream {
    let (item, form) = (draft.definition, draft.form());
    let refused = draft.methods.iter().filter(|lowered| lowered.method.is_none());
    let refusal = Refusal { methods: refused.map(|lowered| lowered.ident).collect(), hole: errors.hole() };
    let definition = expand::definition(item, names, 1, form, Some(&refusal));
    let client_type = expand::client_type(item, form, names);
    let async_client_type = draft.blocks().then(|| expand::async_client_type(item, names));
    let server_type = expand::server_type(item, names);
    let settings = settings(names);
    let workings = expand::workings(
        item,
        [
            expand::client_basics(item, form, &settings, names),
            expand::server_basics(names),
            expand::handshake(&handshake(&settings), names),
            client(item, names, errors),
            async_client(draft, names, errors),
            server(item, names, errors),
        ],
    );
    errors.before(quote!(#definition #client_type #async_client_type #server_type #workings))
}

fn settings(names: &Names<'_>) -> Settings {
    let name = spoken(names.interface);
    Settings { cookie: name.clone(), name, version: 1, min_version: 1 }
}

fn handshake(settings: &Settings) -> Handshake<'_> {
    Handshake { settings, docs: String::new(), methods: &[] }
}

fn client(item: &ItemTrait, names: &Names<'_>, errors: &Errors) -> TokenStream {
    let (vis, hole) = (&item.vis, errors.hole());
    let (impl_generics, arguments, where_clause) = item.generics.split_for_impl();
    let members = item.items.iter().map(|member| self::member(member, item, errors));
    let unsafety = item.unsafety;
    let Names { interface, client, rt, .. } = names;
    quote! {
        impl #rt::Erased for #client {
            type Object = dyn ::core::marker::Send + ::core::marker::Sync;
        }

        impl #client {
            #[allow(missing_docs, reason = "it is not there yet")]
            #vis fn local<__T>(_: __T) -> Self { #hole }
        }

        #unsafety impl #impl_generics #interface #arguments for #client #where_clause {
            #(#members)*
        }
    }
}

/// Not of a trait that is async so far as it shows.
fn async_client(draft: &Draft<'_>, names: &Names<'_>, errors: &Errors) -> TokenStream {
    if !draft.blocks() {
        return TokenStream::new();
    }
    let item = draft.definition;
    let methods = item.items.iter().filter_map(|member| match member {
        TraitItem::Fn(method) if !repeats(method, &item.items) => Some(async_method(method, item, names, errors)),
        _ => None,
    });
    // What is generic in the trait has no meaning outside of it.
    let methods = methods.filter(|_| item.generics.params.is_empty());
    expand::async_client_workings(&quote!(#(#methods)*), item, names)
}

fn async_method(method: &TraitItemFn, item: &ItemTrait, names: &Names<'_>, errors: &Errors) -> TokenStream {
    let conditions = attributes::conditions(&method.attrs);
    let (vis, hole) = (&item.vis, errors.hole());
    let signature = expand::async_signature(method, names);
    quote! {
        #(#conditions)*
        #[allow(missing_docs, reason = "it is not there yet")]
        #vis #signature { #hole }
    }
}

fn member(member: &TraitItem, item: &ItemTrait, errors: &Errors) -> TokenStream {
    match member {
        TraitItem::Fn(method) if !repeats(method, &item.items) => self::method(method, errors),
        TraitItem::Type(member) => associated_type(member),
        TraitItem::Const(member) => associated_const(member, errors),
        _ => TokenStream::new(),
    }
}

fn method(method: &TraitItemFn, errors: &Errors) -> TokenStream {
    let conditions = attributes::conditions(&method.attrs);
    let signature = expand::signature(method);
    let hole = errors.hole();
    quote!(#(#conditions)* #signature { #hole })
}

fn associated_type(member: &TraitItemType) -> TokenStream {
    let conditions = attributes::conditions(&member.attrs);
    let TraitItemType { type_token, ident, generics, .. } = member;
    quote!(#(#conditions)* #type_token #ident #generics = ();)
}

fn associated_const(member: &TraitItemConst, errors: &Errors) -> TokenStream {
    let conditions = attributes::conditions(&member.attrs);
    let (ident, ty, hole) = (&member.ident, &member.ty, errors.hole());
    quote!(#(#conditions)* const #ident: #ty = #hole;)
}

fn server(item: &ItemTrait, names: &Names<'_>, errors: &Errors) -> TokenStream {
    let (vis, hole) = (&item.vis, errors.hole());
    let Names { client, server, rt, .. } = names;
    quote! {
        impl<__T> #server<__T> {
            #[allow(missing_docs, reason = "it is not there yet")]
            #vis fn new(_: __T) -> Self { #hole }
        }

        impl<__T: ::core::marker::Send + ::core::marker::Sync + 'static> #rt::Service for #server<__T> {
            type Client = #client;
            const HANDLERS: &'static [#rt::Handler<Self>] = &[];
            fn __client(&self) -> #client { #hole }
        }
    }
}
