//! The author's trait, as the author wrote it but for its `async`.
//!
//! It serves the fallback too, and therefore makes a legal trait of any that syn can parse.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, ItemTrait, Pat, ReturnType, Signature, TraitItem, TraitItemFn};

use super::super::names::Names;
use super::super::{attributes, lifetimes};
use super::documentation;

/// The trait with its promises to callers, and with `version`.
pub(crate) fn definition(item: &ItemTrait, names: &Names<'_>, version: u32) -> TokenStream {
    let ItemTrait { attrs, vis, unsafety, trait_token, ident, generics, supertraits, .. } = item;
    let where_clause = &generics.where_clause;
    let link = attributes::is_documented(attrs).then(|| documentation::of_interface(names));
    let supertraits = supertraits.iter();
    let items = item.items.iter().map(member);
    let version = (!declares_version(item)).then(|| provided_version(version));
    quote! {
        #(#attrs)*
        #link
        #vis #unsafety #trait_token #ident #generics:
            #(#supertraits +)* ::core::marker::Send + ::core::marker::Sync + 'static
        #where_clause
        {
            #(#items)*
            #version
        }
    }
}

fn provided_version(version: u32) -> TokenStream {
    let docs = documentation::of_version();
    quote! {
        #[doc = #docs]
        #[must_use]
        fn version(&self) -> ::core::primitive::u32 {
            #version
        }
    }
}

fn declares_version(item: &ItemTrait) -> bool {
    item.items.iter().any(|item| matches!(item, TraitItem::Fn(method) if method.sig.ident == "version"))
}

fn member(item: &TraitItem) -> TokenStream {
    match item {
        TraitItem::Fn(item) => method(item),
        other => other.to_token_stream(),
    }
}

fn method(item: &TraitItemFn) -> TokenStream {
    let attributes = item.attrs.iter().filter(|attribute| !attributes::is_ours(attribute));
    let signature = signature(&item.sig);
    let body = match (&item.default, item.sig.asyncness) {
        (Some(body), Some(_)) => quote!({ async move #body }),
        (Some(body), None) => body.to_token_stream(),
        (None, _) => quote!(;),
    };
    quote!(#(#attributes)* #signature #body)
}

/// The signature with a future that is `Send`, and without what a trait cannot have.
pub(crate) fn signature(signature: &Signature) -> TokenStream {
    let Signature { safety, abi, fn_token, ident, generics, inputs, .. } = signature;
    let where_clause = &generics.where_clause;
    let inputs = inputs.iter().map(|input| parameter(input, signature));
    let output = output(signature);
    quote!(#safety #abi #fn_token #ident #generics(#(#inputs),*) #output #where_clause)
}

fn parameter(input: &FnArg, signature: &Signature) -> TokenStream {
    match input {
        FnArg::Receiver(receiver) => declared_only(receiver, signature),
        FnArg::Typed(argument) => {
            let attributes = argument.attrs.iter().filter(|attribute| is_allowed_on_parameter(attribute));
            let ty = declared_only(&argument.ty, signature);
            match &*argument.pat {
                Pat::Ident(pattern) => {
                    let ident = &pattern.ident;
                    quote!(#(#attributes)* #ident: #ty)
                }
                pattern => quote_spanned!(pattern.span()=> #(#attributes)* _: #ty),
            }
        }
    }
}

/// Without lifetimes that nobody declared, which rustc would report a second time.
fn declared_only(part: impl ToTokens, signature: &Signature) -> TokenStream {
    match signature.generics.lifetimes().next() {
        Some(_) => part.into_token_stream(),
        None => lifetimes::renamed(part, "_"),
    }
}

fn is_allowed_on_parameter(attribute: &Attribute) -> bool {
    !attributes::is_ours(attribute)
}

fn output(signature: &Signature) -> TokenStream {
    match (&signature.asyncness, &signature.output) {
        (None, output) => output.to_token_stream(),
        (Some(token), ReturnType::Default) => {
            quote_spanned!(token.span=> -> impl ::core::future::Future<Output = ()> + ::core::marker::Send)
        }
        (Some(_), ReturnType::Type(arrow, output)) => {
            quote!(#arrow impl ::core::future::Future<Output = #output> + ::core::marker::Send)
        }
    }
}
