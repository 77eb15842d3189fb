//! What the two programs tell each other of the interface.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::super::attributes;
use super::super::model::{Interface, Method, Settings};
use super::super::names::Names;

/// The environment's word for the cookie, the same for all interfaces.
const COOKIE_KEY: &str = "OUTBOARD";

/// The constants of `outboard::Interface`.
pub(crate) struct Handshake<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) docs: String,
    pub(crate) methods: &'a [Method<'a>],
}

impl<'a> Handshake<'a> {
    pub(super) fn of(interface: &'a Interface<'a>) -> Self {
        Self {
            settings: &interface.settings,
            docs: attributes::docs(&interface.definition.attrs),
            methods: &interface.methods,
        }
    }
}

/// The constants on the client, and on the server the client's.
pub(crate) fn expand(handshake: &Handshake<'_>, names: &Names<'_>) -> TokenStream {
    let Names { client, rt, .. } = names;
    let Settings { name, version, min_version, cookie } = handshake.settings;
    let docs = &handshake.docs;
    let methods = handshake.methods.iter().map(|method| entry(method, names));
    let implementation = &names.implementation;
    let server = as_the_clients(&names.server, Some(&quote!(<#implementation>)), names);
    quote! {
        #[automatically_derived]
        impl #rt::Interface for #client {
            const NAME: &'static ::core::primitive::str = #name;
            const DOCS: &'static ::core::primitive::str = #docs;
            const VERSION: ::core::primitive::u32 = #version;
            const MIN_VERSION: ::core::primitive::u32 = #min_version;
            const COOKIE_KEY: &'static ::core::primitive::str = #COOKIE_KEY;
            const COOKIE_VALUE: &'static ::core::primitive::str = #cookie;
            const METHODS: &'static [#rt::Method] = &[#(#methods,)*];
        }

        #server
    }
}

fn entry(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let conditions = attributes::conditions(method.attributes);
    let rt = &names.rt;
    let (name, docs) = (&method.name.text, attributes::docs(method.attributes));
    let timeout = method.timeout.map(|milliseconds| quote!(.timeout(#milliseconds)));
    let no_cancel = method.no_cancel.then(|| quote!(.no_cancel()));
    quote!(#(#conditions)* #rt::Method::new(#name, #docs) #timeout #no_cancel)
}

/// The client's constants, on another type of the same interface.
pub(super) fn as_the_clients(other: &Ident, generics: Option<&TokenStream>, names: &Names<'_>) -> TokenStream {
    let Names { client, rt, .. } = names;
    quote! {
        #[automatically_derived]
        impl #generics #rt::Interface for #other #generics {
            const NAME: &'static ::core::primitive::str = <#client as #rt::Interface>::NAME;
            const DOCS: &'static ::core::primitive::str = <#client as #rt::Interface>::DOCS;
            const VERSION: ::core::primitive::u32 = <#client as #rt::Interface>::VERSION;
            const MIN_VERSION: ::core::primitive::u32 = <#client as #rt::Interface>::MIN_VERSION;
            const COOKIE_KEY: &'static ::core::primitive::str = <#client as #rt::Interface>::COOKIE_KEY;
            const COOKIE_VALUE: &'static ::core::primitive::str = <#client as #rt::Interface>::COOKIE_VALUE;
            const METHODS: &'static [#rt::Method] = <#client as #rt::Interface>::METHODS;
        }
    }
}
