//! The object trait: the interface with boxed futures, for clients of implementations in this process.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::model::{Argument, Interface, Method, Passing};
use super::super::names::{Names, object_method};
use super::super::{attributes, lifetimes};

const LIFETIME: &str = "__call";

pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let declared = interface.methods.iter().map(|method| declared(method, names));
    let forwarded = interface.methods.iter().map(|method| forwarded(method, names));
    let Names { interface, client, rt, .. } = names;
    quote! {
        #[allow(unreachable_pub, reason = "the public client's field has it as its type")]
        #[allow(clippy::too_many_arguments, reason = "the interface has as many")]
        pub trait __Object: ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#declared)*
        }

        #[automatically_derived]
        impl<__T: #interface> __Object for __T {
            #(#forwarded)*
        }

        #[automatically_derived]
        impl #rt::Erased for #client {
            type Object = dyn __Object;
        }
    }
}

fn declared(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let signature = signature(method, names);
    quote!(#(#attributes)* #signature;)
}

fn forwarded(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let signature = signature(method, names);
    let (interface, ident) = (names.interface, method.ident);
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    quote! {
        #(#attributes)*
        #signature {
            ::std::boxed::Box::pin(<__T as #interface>::#ident(self #(, #arguments)*))
        }
    }
}

fn signature(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let name = object_method(method.ident);
    let arguments = method.arguments.iter().map(parameter);
    let (rt, output) = (&names.rt, method.output);
    quote!(fn #name<'__call>(&'__call self #(, #arguments)*) -> #rt::BoxFuture<'__call, #output>)
}

fn parameter(argument: &Argument<'_>) -> TokenStream {
    let ident = argument.ident;
    let ty = match argument.passing {
        Passing::Owned(ty) => lifetimes::renamed(ty, LIFETIME),
        Passing::Borrowed(ty) => quote!(&'__call #ty),
        Passing::Optional(ty) => quote!(::core::option::Option<&'__call #ty>),
    };
    quote!(#ident: #ty)
}
