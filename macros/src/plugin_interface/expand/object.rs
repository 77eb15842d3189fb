//! The object trait: the interface without its supertraits, and its futures boxed, for clients of
//! implementations in this process.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::model::{Argument, Form, Interface, Method, Passing};
use super::super::names::{Names, object_method};
use super::super::{attributes, lifetimes};
use super::client::parameter;

const LIFETIME: &str = "__call";

pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let declared = interface.methods.iter().map(|method| declared(method, interface.form, names));
    let forwarded = interface.methods.iter().map(|method| forwarded(method, interface.form, names));
    let Names { interface, client, rt, .. } = names;
    quote! {
        #[allow(unreachable_pub, reason = "the public client's field has it as its type")]
        #[allow(clippy::too_many_arguments, clippy::ptr_arg, reason = "the interface has the same")]
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

fn declared(method: &Method<'_>, form: Form, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let signature = signature(method, form, names);
    quote!(#(#attributes)* #signature;)
}

fn forwarded(method: &Method<'_>, form: Form, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let signature = signature(method, form, names);
    let (interface, ident) = (names.interface, method.ident);
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    let call = quote!(<__T as #interface>::#ident(self #(, #arguments)*));
    let call = match form {
        Form::Async => quote!(::std::boxed::Box::pin(#call)),
        Form::Blocking => call,
    };
    quote! {
        #(#attributes)*
        #signature {
            #call
        }
    }
}

fn signature(method: &Method<'_>, form: Form, names: &Names<'_>) -> TokenStream {
    let name = object_method(method.ident);
    let (rt, output) = (&names.rt, method.output);
    match form {
        Form::Async => {
            let parameters = method.arguments.iter().map(lasting_parameter);
            quote!(fn #name<'__call>(&'__call self #(, #parameters)*) -> #rt::BoxFuture<'__call, #output>)
        }
        Form::Blocking => {
            let parameters = method.arguments.iter().map(parameter);
            quote!(fn #name(&self #(, #parameters)*) -> #output)
        }
    }
}

/// A parameter that lasts as long as the future.
fn lasting_parameter(argument: &Argument<'_>) -> TokenStream {
    let ident = argument.ident;
    let ty = match argument.passing {
        Passing::Owned(ty) => lifetimes::renamed(ty, LIFETIME),
        Passing::Borrowed(ty) => quote!(&'__call #ty),
        Passing::Optional(ty) => quote!(::core::option::Option<&'__call #ty>),
    };
    quote!(#ident: #ty)
}
