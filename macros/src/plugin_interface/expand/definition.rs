//! The author's trait, as the author wrote it; `async` alone becomes a promise that the future is `Send`.
//!
//! It serves the fallback too, and therefore makes a legal trait of any that syn can parse.
//! A method that was refused stays as it is: to promise that its future is `Send` could be wrong.

use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    FnArg, ItemTrait, Pat, ReceiverKind, ReturnType, Signature, Token, TraitItem, TraitItemFn, TraitItemType, Type,
    parse_quote,
};

use super::super::lower::repeats;
use super::super::model::Form;
use super::super::names::{Names, default_method};
use super::super::{attributes, lifetimes};
use super::defaults::{in_place_of, promised};
use super::documentation;

/// What became of a trait that was refused.
pub(crate) struct Refusal<'a> {
    pub(crate) methods: Vec<&'a Ident>,
    /// In place of every body, which could speak of what is not there.
    pub(crate) hole: TokenStream,
}

/// The trait with its promises to callers, and with `version`.
pub(crate) fn definition(
    item: &ItemTrait,
    names: &Names<'_>,
    version: u32,
    form: Form,
    refusal: Option<&Refusal<'_>>,
) -> TokenStream {
    let ItemTrait { attrs, vis, unsafety, trait_token, ident, generics, supertraits, .. } = item;
    let where_clause = &generics.where_clause;
    let link = attributes::is_documented(attrs).then(|| documentation::of_interface(form, names));
    let supertraits = supertraits.iter();
    let has_bodies = item.items.iter().any(|item| matches!(item, TraitItem::Fn(method) if method.default.is_some()));
    let attrs = attrs.iter().map(|attribute| match has_bodies {
        true => attributes::lenient(attribute),
        false => attribute.clone(),
    });
    let items = item.items.iter().map(|member| self::member(member, item, names, refusal));
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

/// Whether the author did, which is refused.
pub(super) fn declares_version(item: &ItemTrait) -> bool {
    item.items.iter().any(|item| matches!(item, TraitItem::Fn(method) if method.sig.ident == "version"))
}

fn member(member: &TraitItem, item: &ItemTrait, names: &Names<'_>, refusal: Option<&Refusal<'_>>) -> TokenStream {
    match member {
        TraitItem::Fn(method) if repeats(method, &item.items) => TokenStream::new(),
        TraitItem::Fn(method) => self::method(method, names, refusal),
        // Without its bounds, which the fallback's client could not meet.
        TraitItem::Type(TraitItemType { attrs, type_token, ident, generics, semi_token, .. }) => {
            quote!(#(#attrs)* #type_token #ident #generics #semi_token)
        }
        // What syn cannot name is hardly legal, and rustc must not report it as well.
        TraitItem::Verbatim(_) => TokenStream::new(),
        other => other.to_token_stream(),
    }
}

fn method(item: &TraitItemFn, names: &Names<'_>, refusal: Option<&Refusal<'_>>) -> TokenStream {
    let signature = match refusal {
        Some(refusal) if refusal.methods.contains(&&item.sig.ident) => refused_signature(item),
        _ => promised_signature(&item.sig),
    };
    let Some(block) = &item.default else {
        let attributes = item.attrs.iter().filter(|attribute| !attributes::is_ours(attribute));
        let semi_token = &item.semi_token;
        return quote!(#(#attributes)* #signature #semi_token);
    };
    let attributes = attributes::of_declaration(&item.attrs);
    let body = match refusal {
        Some(Refusal { hole, .. }) => hole.clone(),
        None => call_of_body(&item.sig, names),
    };
    let body = in_place_of(block, body);
    quote!(#(#attributes)* #signature #body)
}

fn promised_signature(signature: &Signature) -> TokenStream {
    let Signature { asyncness, fn_token, ident, inputs, output, .. } = signature;
    let output = match (asyncness, output) {
        (Some(_), ReturnType::Type(arrow, output)) => {
            let output = promised(output, output.span());
            quote!(#arrow #output)
        }
        _ => output.to_token_stream(),
    };
    quote!(#fn_token #ident(#inputs) #output)
}

/// The body is elsewhere, for the client's sake.
fn call_of_body(signature: &Signature, names: &Names<'_>) -> TokenStream {
    let arguments = signature.inputs.iter().map(|input| match input {
        FnArg::Receiver(receiver) => receiver.self_token.to_token_stream(),
        FnArg::Typed(argument) => argument.pat.to_token_stream(),
    });
    let (defaults, name) = (&names.defaults, default_method(&signature.ident));
    quote!(#defaults::#name(#(#arguments),*))
}

fn refused_signature(item: &TraitItemFn) -> TokenStream {
    let signature = signature(item);
    quote! {
        #[allow(async_fn_in_trait, reason = "it is refused for another reason")]
        #signature
    }
}

/// The signature without what a trait cannot have.
pub(crate) fn signature(item: &TraitItemFn) -> TokenStream {
    let (asyncness, output) = future(item);
    legal(item, asyncness, &output)
}

/// The same for the async client of a blocking interface, which has its methods outside of the trait.
pub(crate) fn async_signature(item: &TraitItemFn, names: &Names<'_>) -> TokenStream {
    let output = item.sig.output.to_token_stream();
    let Names { interface, client, .. } = names;
    associated_of(legal(item, Some(Token![async](item.sig.fn_token.span)), &output), &quote!(<#client as #interface>))
}

fn legal(item: &TraitItemFn, asyncness: Option<Token![async]>, output: &TokenStream) -> TokenStream {
    let signature = &item.sig;
    let Signature { safety, abi, fn_token, ident, generics, inputs, .. } = signature;
    let inputs = inputs.iter().map(|input| parameter(input, signature));
    let inputs = quote!(#(#inputs),*);
    // A method that takes or hands out `Self` by value is otherwise rustc's business as well.
    let mut where_clause = generics.where_clause.clone();
    let by_value = signature.receiver().is_some_and(|receiver| matches!(receiver.kind, ReceiverKind::Value));
    if mentions_self(quote!(#inputs #output)) || by_value && item.default.is_some() {
        let sized = parse_quote!(Self: ::core::marker::Sized);
        where_clause.get_or_insert_with(|| parse_quote!(where)).predicates.push(sized);
    }
    quote!(#asyncness #safety #abi #fn_token #ident #generics(#inputs) #output #where_clause)
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions_self(group.stream()),
        token => matches!(token, TokenTree::Ident(ident) if ident == "Self"),
    })
}

/// The tokens with another way to the associated types than `Self::`.
fn associated_of(tokens: TokenStream, path: &TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut replaced = TokenStream::new();
    while let Some(token) = tokens.next() {
        let before_colon = matches!(tokens.peek(), Some(TokenTree::Punct(colon)) if colon.spacing() == Spacing::Joint);
        match token {
            TokenTree::Ident(ident) if ident == "Self" && before_colon => replaced.extend(path.clone()),
            TokenTree::Group(group) => {
                let inside = associated_of(group.stream(), path);
                replaced.extend([TokenTree::Group(Group::new(group.delimiter(), inside))]);
            }
            other => replaced.extend([other]),
        }
    }
    replaced
}

/// `async` as a return type, which is silent about hidden lifetimes; but a body wants its `async`,
/// and the never type is stable only as a return type of its own.
fn future(item: &TraitItemFn) -> (Option<Token![async]>, TokenStream) {
    match (item.sig.asyncness, &item.sig.output) {
        (Some(_), ReturnType::Type(arrow, output)) if item.default.is_none() && !matches!(**output, Type::Never(_)) => {
            (None, quote!(#arrow impl ::core::future::Future<Output = #output>))
        }
        (asyncness, output) => (asyncness, output.to_token_stream()),
    }
}

fn parameter(input: &FnArg, signature: &Signature) -> TokenStream {
    match input {
        FnArg::Receiver(receiver) => declared_only(receiver, signature),
        FnArg::Typed(argument) => {
            let attributes = &argument.attrs;
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
