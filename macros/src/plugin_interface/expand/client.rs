//! The client's methods: a call of the object in this process, or a request.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::TypeParamBound;

use super::super::attributes;
use super::super::model::{Argument, Form, Interface, Method};
use super::super::names::{Names, local, object_method};
use super::methods::index;
use super::{defaults, documentation};

pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let constructor = constructor(interface, names);
    let methods = interface.methods.iter().map(|method| self::method(method, interface.form, names));
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

fn method(method: &Method<'_>, form: Form, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let rt = &names.rt;
    let (ident, output) = (method.ident, method.output);
    let parameters = method.arguments.iter().map(parameter);
    let (object, remote) = (local("object"), local("remote"));
    let run = run(method, &object_call(method, &object), form, names);
    let default = method.default.as_ref().map(|_| default(method, &remote, form, names));
    let request = request(method, &remote, form, names);
    let asyncness = form.asyncness();
    quote! {
        #(#attributes)*
        #asyncness fn #ident(&self #(, #parameters)*) -> #output {
            match #rt::Endpoint::route(&self.0) {
                #rt::Route::Local(#object) => {
                    #run
                }
                #default
                #rt::Route::Remote(#remote) => {
                    #request
                }
            }
        }
    }
}

/// What the client does itself for a method that the other end lacks.
fn default(method: &Method<'_>, remote: &Ident, form: Form, names: &Names<'_>) -> TokenStream {
    let index = index(method.ident);
    let call = defaults::call(method, names);
    // A type of its own for the future, because a body may call itself.
    let call = match form {
        Form::Async => quote!(::std::boxed::Box::pin(#call)),
        Form::Blocking => call,
    };
    let run = run(method, &call, form, names);
    let rt = &names.rt;
    quote! {
        #rt::Route::Remote(#remote) if #rt::Remote::lacks(#remote, #index) => {
            #run
        }
    }
}

fn object_call(method: &Method<'_>, object: &Ident) -> TokenStream {
    let name = object_method(method.ident);
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    quote!(__Object::#name(#object #(, #arguments)*))
}

/// A run in this process.
fn run(method: &Method<'_>, run: &TokenStream, form: Form, names: &Names<'_>) -> TokenStream {
    let index = index(method.ident);
    let Names { client, rt, .. } = names;
    match form {
        Form::Async => quote!(#rt::call_local::<#client, #index>(&self.0, #run).await),
        Form::Blocking => quote!(#rt::call_local_blocking::<#client, #index>(&self.0, || #run)),
    }
}

/// The request, on the method's name: that is where rustc then says which argument cannot be encoded.
///
/// It says so once, though two clients of one interface may ask it.
pub(super) fn request(method: &Method<'_>, remote: &impl ToTokens, form: Form, names: &Names<'_>) -> TokenStream {
    let index = index(method.ident);
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    let Names { client, rt, .. } = names;
    let call = match form {
        Form::Async => quote!(call_remote),
        Form::Blocking => quote!(call_remote_blocking),
    };
    let awaited = form.awaited();
    let request = quote!(#rt::#call::<#client, #index>(#remote, #rt::arguments((#(#arguments,)*))) #awaited);
    located(request, method.ident.span())
}

/// The tokens, all of them shown in one place.
pub(super) fn located(tokens: TokenStream, place: Span) -> TokenStream {
    let locate = |mut token: TokenTree| {
        let span = token.span().located_at(place);
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), located(group.stream(), place)).into();
        }
        token.set_span(span);
        token
    };
    tokens.into_iter().map(locate).collect()
}

pub(super) fn parameter(argument: &Argument<'_>) -> TokenStream {
    let Argument { ident, ty, .. } = argument;
    quote!(#ident: #ty)
}

/// An `Arc` of an implementation is one too.
fn shared(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let methods = interface.methods.iter().map(|method| shared_method(method, interface.form, names));
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

fn shared_method(method: &Method<'_>, form: Form, names: &Names<'_>) -> TokenStream {
    let attributes = attributes::conditions_and_lints(method.attributes);
    let (interface, ident, output) = (names.interface, method.ident, method.output);
    let parameters = method.arguments.iter().map(parameter);
    let arguments = method.arguments.iter().map(|argument| argument.ident);
    let (asyncness, awaited) = (form.asyncness(), form.awaited());
    quote! {
        #(#attributes)*
        #asyncness fn #ident(&self #(, #parameters)*) -> #output {
            <__T as #interface>::#ident(self #(, #arguments)*) #awaited
        }
    }
}
