//! The server: decode the arguments, call the implementation, encode what it returns.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::super::model::{Argument, Form, Interface, Method, Passing};
use super::super::names::{Names, local, spoken};
use super::super::{attributes, lifetimes};
use super::documentation;
use super::methods::index;

pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let constructor = constructor(interface, names);
    let handlers = interface.methods.iter().map(|method| handler(method, interface.form, names));
    let Names { interface: name, client, server, rt, .. } = names;
    // The default says `async`.
    let blocking = (interface.form == Form::Blocking).then(|| {
        quote!(
            const BLOCKING: ::core::primitive::bool = true;
        )
    });
    quote! {
        #constructor

        #[automatically_derived]
        impl<__T: #name> #rt::Service for #server<__T> {
            type Client = #client;
            const HANDLERS: &'static [#rt::Handler<Self>] = &[#(#handlers,)*];
            #blocking

            fn __client(&self) -> #client {
                let __implementation = ::core::clone::Clone::clone(&self.0);
                let version = <__T as #name>::version(&__implementation);
                #client(#rt::Endpoint::local(__implementation, version))
            }
        }
    }
}

fn constructor(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let vis = &interface.definition.vis;
    let Names { interface, server, implementation, rt, .. } = names;
    let docs = documentation::of_new(names);
    quote! {
        impl<#implementation: #interface> #server<#implementation> {
            #[doc = #docs]
            #[must_use]
            #vis fn new(implementation: #implementation) -> Self {
                Self(#rt::Arc::new(implementation))
            }
        }
    }
}

fn handler(method: &Method<'_>, form: Form, names: &Names<'_>) -> TokenStream {
    let conditions = attributes::conditions_and_lints(method.attributes);
    let Names { interface, client, rt, .. } = names;
    let (ident, index) = (method.ident, index(method.ident));
    let Taken { take, pass } = take(method, &quote!(&__call), names);
    let awaited = form.awaited();
    let run = quote! {
        #take
        let __returned = <__T as #interface>::#ident(&*__implementation #(, #pass)*) #awaited;
        #rt::reply::<#client, #index>(&__call, __returned)
    };
    let handling = handling(&run, form, names);
    quote! {
        #(#conditions)*
        |__server, __call| {
            let __implementation = ::core::clone::Clone::clone(&__server.0);
            #handling
        }
    }
}

/// The arguments of a method that was called from elsewhere.
pub(super) struct Taken {
    pub(super) take: TokenStream,
    /// Each of them as the method wants it.
    pub(super) pass: Vec<TokenStream>,
}

pub(super) fn take(method: &Method<'_>, call: &TokenStream, names: &Names<'_>) -> Taken {
    let kept: Vec<Ident> = (0..method.arguments.len()).map(|position| local(&format!("argument_{position}"))).collect();
    let decode = method.arguments.iter().zip(&kept).map(|(argument, kept)| decode(argument, kept));
    let mutability = (!kept.is_empty()).then(|| quote!(mut));
    let rt = &names.rt;
    let take = quote! {
        let #mutability __arguments = #rt::Call::arguments(#call);
        #(#decode)*
        __arguments.finish()?;
    };
    let pass = method.arguments.iter().zip(&kept).map(|(argument, kept)| pass(argument, kept, names)).collect();
    Taken { take, pass }
}

fn handling(run: &TokenStream, form: Form, names: &Names<'_>) -> TokenStream {
    let rt = &names.rt;
    match form {
        Form::Async => quote!(#rt::Handling::new(async move { #run })),
        Form::Blocking => quote!(#rt::Handling::blocking(move || { #run })),
    }
}

fn decode(argument: &Argument<'_>, kept: &Ident) -> TokenStream {
    let name = spoken(argument.ident);
    // On the author's type, because that is what an unmet bound speaks of.
    let span = argument.ty.span();
    let arguments = quote!(__arguments);
    match argument.passing {
        Passing::Owned(ty) => {
            let ty = lifetimes::renamed(ty, "static");
            quote_spanned!(span=> let #kept = #arguments.next::<#ty>(#name)?;)
        }
        Passing::Borrowed(ty) => quote_spanned!(span=> let #kept = #arguments.next::<#ty>(#name)?;),
        Passing::Optional(ty) => quote_spanned!(span=> let #kept = #arguments.next_optional::<#ty>(#name)?;),
    }
}

fn pass(argument: &Argument<'_>, kept: &Ident, names: &Names<'_>) -> TokenStream {
    let rt = &names.rt;
    match argument.passing {
        Passing::Owned(_) => quote!(#kept),
        Passing::Borrowed(ty) => quote!(#rt::borrow::<#ty>(&#kept)),
        Passing::Optional(ty) => quote!(::core::option::Option::map(#kept.as_ref(), #rt::borrow::<#ty>)),
    }
}
