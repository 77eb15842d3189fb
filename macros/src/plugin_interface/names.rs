//! The grammar of generated names, for an interface `Greeter`:
//!
//! | name | what |
//! |---|---|
//! | `GreeterClient` | the client |
//! | `GreeterAsyncClient` | of a blocking interface, the client with `async` methods |
//! | `GreeterServer` | the server |
//! | `__GreeterDefaults` | the trait with the bodies that methods have in `Greeter`, private and in the author's module |
//! | `__default_greet` | the body of the method `greet` |
//! | `__Object` | the object trait behind a local client, private |
//! | `__greet` | its counterpart of the method `greet` |
//! | `__Method::greet` | the index of the method `greet` in the interface's table, private |
//! | `__argument_0` | what is kept of an argument while its method runs |
//!
//! Other locals begin with `__` too, and have spans that keep them apart from the author's names.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ItemTrait;
use syn::ext::IdentExt;

/// The names that one interface brings with it.
pub(crate) struct Names<'a> {
    pub(crate) interface: &'a Ident,
    pub(crate) client: Ident,
    /// A blocking interface's other client.
    pub(crate) async_client: Ident,
    pub(crate) server: Ident,
    /// The trait with the bodies.
    pub(crate) defaults: Ident,
    /// The server's type parameter.
    pub(crate) implementation: Ident,
    /// The hidden module of the runtime crate.
    pub(crate) rt: TokenStream,
    /// The runtime crate as documentation links to it.
    pub(crate) krate: String,
}

impl<'a> Names<'a> {
    pub(crate) fn new(definition: &'a ItemTrait, krate: Option<&syn::Path>) -> Self {
        let interface = &definition.ident;
        let krate = krate.map_or_else(|| quote!(::outboard), ToTokens::to_token_stream);
        Self {
            interface,
            client: format_ident!("{}Client", interface),
            async_client: format_ident!("{}AsyncClient", interface),
            server: format_ident!("{}Server", interface),
            defaults: format_ident!("__{}Defaults", interface),
            implementation: implementation(interface),
            rt: quote!(#krate::__rt),
            krate: krate.to_string().replace(' ', ""),
        }
    }
}

/// `T`, unless the interface has that name.
fn implementation(interface: &Ident) -> Ident {
    format_ident!("{}", if interface == "T" { "Implementation" } else { "T" })
}

/// The counterpart of a method on the object trait.
pub(crate) fn object_method(method: &Ident) -> Ident {
    format_ident!("__{}", method)
}

/// The body of a method.
pub(crate) fn default_method(method: &Ident) -> Ident {
    format_ident!("__default_{}", method)
}

/// A local variable that no name of the author's can meet.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(&format!("__{name}"), Span::mixed_site())
}

/// An identifier as people say it: without `r#`.
pub(crate) fn spoken(ident: &Ident) -> String {
    ident.unraw().to_string()
}
