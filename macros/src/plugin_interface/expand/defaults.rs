//! The bodies that methods have in the trait.
//!
//! They stand in a trait of their own, because two callers have them: the author's trait, for an
//! implementation that says nothing else, and the client, for a method that the other end lacks. There
//! `self` is the client, so that each call that a body makes is decided anew.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Block, Signature, Type};

use super::super::attributes;
use super::super::model::{DefaultBody, Form, Interface, Method};
use super::super::names::{Names, default_method};
use super::documentation;

/// The trait, in the author's module: there the bodies find what they name, and the author's trait finds it.
pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> Option<TokenStream> {
    let bodies = bodies(interface);
    if bodies.is_empty() {
        return None;
    }
    let bodies = bodies.into_iter().map(|(method, default)| body(method, default, interface.form));
    let attributes = attributes::of_bodies(&interface.definition.attrs);
    let manual = (interface.form == Form::Async).then(
        || quote!(#[allow(clippy::manual_async_fn, unused_braces, reason = "`async fn` could not promise `Send`")]),
    );
    let Names { interface, defaults, .. } = names;
    let docs = documentation::of_defaults(names);
    Some(quote! {
        #[doc = #docs]
        #[doc(hidden)]
        #(#attributes)*
        #[allow(dead_code, reason = "a method of it may be called from other programs alone")]
        #[allow(clippy::too_many_arguments, reason = "the interface has as many")]
        #manual
        trait #defaults: #interface {
            #(#bodies)*
        }
    })
}

/// Every implementation has the bodies, and none can have others.
pub(super) fn blanket(interface: &Interface<'_>, names: &Names<'_>) -> Option<TokenStream> {
    let Names { interface: name, defaults, .. } = names;
    (!bodies(interface).is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            impl<__T: #name + ?::core::marker::Sized> #defaults for __T {}
        }
    })
}

/// A call of a method's body with this client as `self`.
pub(super) fn call(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let (defaults, name) = (&names.defaults, default_method(method.ident));
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    quote!(#defaults::#name(self #(, #arguments)*))
}

fn bodies<'i, 'a>(interface: &'i Interface<'a>) -> Vec<(&'i Method<'a>, &'i DefaultBody<'a>)> {
    interface.methods.iter().filter_map(|method| Some((method, method.default.as_ref()?))).collect()
}

fn body(method: &Method<'_>, default: &DefaultBody<'_>, form: Form) -> TokenStream {
    let attributes = attributes::of_body(method.attributes);
    let DefaultBody { signature, block } = default;
    let Signature { fn_token, inputs, output, .. } = signature;
    let name = default_method(method.ident);
    let rest = match form {
        Form::Async => {
            // On the author's word for it, because that is what a body breaks that is not `Send`.
            let span = signature.asyncness.map_or_else(Span::call_site, |asyncness| asyncness.span);
            let output = promised(method.output, span);
            let future = quote_spanned!(span=> async move);
            let expected = expected(method.output);
            let body = in_place_of(block, quote!(#future { #expected #block }));
            quote!(-> #output #body)
        }
        Form::Blocking => {
            let output = output.to_token_stream();
            quote!(#output #block)
        }
    };
    quote!(#(#attributes)* #fn_token #name(#inputs) #rest)
}

/// A block where the author's is, so that what lints say of the whole method is said there.
pub(super) fn in_place_of(block: &Block, content: TokenStream) -> Group {
    let mut body = Group::new(Delimiter::Brace, content);
    body.set_span(block.brace_token.span.join());
    body
}

/// Tells rustc what the block around it returns, which it knows of an `async fn`; a mistake in the body is then
/// reported where it is.
fn expected(output: &Type) -> TokenStream {
    // Where the author said so.
    let place = Span::mixed_site().located_at(output.span());
    quote_spanned! {place=>
        if let ::core::option::Option::Some(__returned) = ::core::option::Option::None::<#output> {
            return __returned;
        }
    }
}

/// The type of an `async fn` whose future is `Send`.
pub(super) fn promised(output: &Type, place: Span) -> TokenStream {
    quote_spanned!(place=> impl ::core::future::Future<Output = #output> + ::core::marker::Send)
}
