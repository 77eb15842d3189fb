//! The client's methods: a call of the object in this process, or a request.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::TypeParamBound;

use super::super::attributes;
use super::super::model::{Argument, Interface, Method};
use super::super::names::{Names, local, object_method};
use super::documentation;
use super::methods::index;

pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let constructor = constructor(interface, names);
    let methods = interface.methods.iter().map(|method| self::method(method, names));
    let shared = shared(interface, names);
    let Names { interface, client, rt, .. } = names;
    quote! {
        #constructor

        #[automatically_derived]
        impl #interface for #client {
            #(#methods)*

            fn version(&self) -> ::core::primitive::u32 {
                #rt::Endpoint::version(&self.0)
            }
        }

        #shared
    }
}

fn constructor(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let vis = &interface.definition.vis;
    let Names { interface, client, rt, .. } = names;
    let docs = documentation::of_local(names);
    quote! {
        impl #client {
            #[doc = #docs]
            #[must_use]
            #vis fn local(implementation: impl #interface) -> Self {
                let version = #interface::version(&implementation);
                Self(#rt::Endpoint::local(#rt::Arc::new(implementation), version))
            }
        }
    }
}

fn method(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let rt = &names.rt;
    let (ident, output) = (method.ident, method.output);
    let (name, index) = (object_method(ident), index(ident));
    let parameters = method.arguments.iter().map(parameter);
    let arguments: Vec<_> = method.arguments.iter().map(|argument| argument.ident).collect();
    let (object, remote) = (local("object"), local("remote"));
    let request = request(method, &remote, names);
    quote! {
        #(#attributes)*
        async fn #ident(&self #(, #parameters)*) -> #output {
            match #rt::Endpoint::route(&self.0) {
                #rt::Route::Local(#object) => {
                    #rt::call_local::<Self, #index>(__Object::#name(#object #(, #arguments)*)).await
                }
                #rt::Route::Remote(#remote) => {
                    #request
                }
            }
        }
    }
}

/// The request, on the method's name: that is where rustc then says which argument cannot be encoded.
fn request(method: &Method<'_>, remote: &Ident, names: &Names<'_>) -> TokenStream {
    let index = index(method.ident);
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    let rt = &names.rt;
    let request = quote!(#rt::call_remote::<Self, #index, _>(#remote, (#(#arguments,)*)).await);
    let on_name = |mut token: TokenTree| {
        token.set_span(token.span().located_at(method.ident.span()));
        token
    };
    request.into_iter().map(on_name).collect()
}

fn parameter(argument: &Argument<'_>) -> TokenStream {
    let Argument { ident, ty, .. } = argument;
    quote!(#ident: #ty)
}

/// An `Arc` of an implementation is one too.
fn shared(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let methods = interface.methods.iter().map(|method| shared_method(method, names));
    let rt = &names.rt;
    let bounds: Vec<&TypeParamBound> = interface.definition.supertraits.iter().collect();
    let where_clause = (!bounds.is_empty()).then(|| quote!(where #rt::Arc<__T>: #(#bounds)+*));
    let interface = names.interface;
    quote! {
        #[automatically_derived]
        impl<__T: #interface + ?::core::marker::Sized> #interface for #rt::Arc<__T> #where_clause {
            #(#methods)*

            fn version(&self) -> ::core::primitive::u32 {
                <__T as #interface>::version(self)
            }
        }
    }
}

fn shared_method(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let (interface, ident, output) = (names.interface, method.ident, method.output);
    let parameters = method.arguments.iter().map(parameter);
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    quote! {
        #(#attributes)*
        async fn #ident(&self #(, #parameters)*) -> #output {
            <__T as #interface>::#ident(self #(, #arguments)*).await
        }
    }
}
