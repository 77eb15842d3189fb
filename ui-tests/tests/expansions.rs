//! What traits expand to, printed as people write Rust: read each snapshot before you accept it.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

#[path = "../../macros/src/plugin_interface/mod.rs"]
mod plugin_interface;

use quote::quote;

macro_rules! check {
    ($arguments:expr, $item:expr) => {
        let mut settings = insta::Settings::clone_current();
        // It is in this file, where it can be read.
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(expansion($arguments, $item)));
    };
}

/// The expansion of the trait under `#[plugin_interface(arguments)]`.
fn expansion(arguments: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> String {
    let mut file: syn::File = syn::parse2(plugin_interface::run(arguments, item)).expect("the expansion is Rust");
    file.items.iter_mut().for_each(unfold);
    prettyplease::unparse(&file).replace("mod with_tokio {", "::outboard::__rt::with_tokio! {")
}

/// Makes a module of what stands in `with_tokio!`, because a macro's inside is printed as it is found.
fn unfold(item: &mut syn::Item) {
    match item {
        syn::Item::Macro(call) => {
            if let Some(module) = module(&call.mac) {
                *item = module;
            }
        }
        syn::Item::Const(workings) => {
            let syn::Expr::Block(block) = &mut *workings.expr else { return };
            for statement in &mut block.block.stmts {
                if let syn::Stmt::Macro(call) = statement
                    && let Some(module) = module(&call.mac)
                {
                    *statement = syn::Stmt::Item(module);
                }
            }
        }
        _ => {}
    }
}

fn module(call: &syn::Macro) -> Option<syn::Item> {
    let items = &call.tokens;
    let with_tokio = call.path.segments.last().is_some_and(|segment| segment.ident == "with_tokio");
    with_tokio.then(|| syn::parse_quote!(mod with_tokio { #items }))
}

#[test]
fn one_method_that_borrows() {
    check!(
        quote!(version = 1),
        quote! {
            /// Greets people.
            pub trait Greeter {
                /// Greets one person by name.
                async fn greet(&self, name: &str) -> Result<String>;
            }
        }
    );
}

#[test]
fn every_way_to_pass_an_argument() {
    check!(
        quote!(version = 3, min_version = 2, name = "store", cookie = "secret"),
        quote! {
            pub(crate) trait Store {
                async fn put(&self, key: Cow<'_, str>, value: Vec<u8>, tags: &[Tag], hint: Option<&Hint>) -> io::Result<()>;
            }
        }
    );
}

#[test]
fn methods_that_are_not_always_there() {
    check!(
        quote!(version = 1),
        quote! {
            #[cfg(unix)]
            trait Depends {
                #[cfg(feature = "clock")]
                #[deprecated]
                async fn time(&self) -> Result<u64>;
                async fn name(&self) -> Result<String>;
            }
        }
    );
}

#[test]
fn supertraits_raw_names_and_another_crate() {
    check!(
        quote!(version = 1, crate = crate::boat),
        quote! {
            pub trait r#Match: Clone + Debug {
                async fn r#type(&self, r#fn: u8) -> Result<u8>;
            }
        }
    );
}

#[test]
fn methods_with_bodies_and_settings_of_their_own() {
    check!(
        quote!(version = 2, min_version = 1),
        quote! {
            /// Greets people.
            #[expect(unused_variables, reason = "everywhere")]
            pub trait Greeter {
                /// Greets one person by name.
                #[plugin(name = "hello", timeout = "5s", no_cancel)]
                async fn greet(&self, name: &str) -> Result<String>;
                /// Greets people.
                #[cfg(unix)]
                #[plugin(timeout = "2m")]
                #[deprecated]
                #[must_use]
                #[tracing::instrument]
                async fn greet_all(&self, names: &[String]) -> Result<Vec<String>> {
                    let mut greetings = Vec::new();
                    for name in names {
                        greetings.push(self.greet(name).await?);
                    }
                    Ok(greetings)
                }
            }
        }
    );
}

#[test]
fn a_blocking_interface_with_a_body() {
    check!(
        quote!(version = 2, min_version = 1),
        quote! {
            pub trait Greeter {
                fn greet(&self, name: &str, title: Option<&str>, words: Vec<u8>) -> Result<String> {
                    Ok(format!("Hello, {name}!"))
                }
            }
        }
    );
}

#[test]
fn a_blocking_interface() {
    check!(
        quote!(version = 1),
        quote! {
            /// Greets people.
            pub trait Greeter {
                /// Greets one person by name.
                fn greet(&self, name: &str, title: Option<&str>) -> Result<String>;
                #[cfg(unix)]
                #[must_use]
                fn put(&self, key: Cow<'_, str>, tags: &[Tag]) -> io::Result<()>;
            }
        }
    );
}

#[test]
fn a_refused_blocking_trait_with_its_inert_clients() {
    check!(
        quote!(version = 1),
        quote! {
            trait Greeter {
                fn greet(&self, name: &str) -> Result<String>;
                fn list(&mut self, (from, to): (u8, u8)) -> Result<Self>;
            }
        }
    );
}

#[test]
fn a_refused_trait_with_its_inert_client() {
    check!(
        quote!(version = 1),
        quote! {
            /// Greets people.
            pub trait Greeter {
                /// Greets one person by name.
                async fn greet(&self, name: &str) -> Result<String>;
                #[plugin(name = "all")]
                async fn list(&mut self, (from, to): (u8, u8)) -> Result<u8>;
                /// Greets everybody.
                async fn greet_all(&self) -> Result<u8> {
                    self.list((1, 2)).await
                }
                async fn put<T: Send>(&self, value: T) -> Result<()>;
            }
        }
    );
}

#[test]
fn no_argument_and_no_answer() {
    check!(
        quote!(version = 1),
        quote! {
            trait Bell {
                fn ring(&self) -> Result<()>;
            }
        }
    );
}

#[test]
fn byte_buffers_and_an_error_of_the_author() {
    check!(
        quote!(version = 1),
        quote! {
            pub trait Blobs {
                async fn swap(&self, old: &[u8], new: Option<Bytes>) -> Result<Option<Vec<u8>>, BlobError>;
            }
        }
    );
}

#[test]
fn what_is_said_of_a_trait_is_said_of_its_types() {
    check!(
        quote!(version = 1),
        quote! {
            #[deprecated = "use another"]
            #[doc(hidden)]
            #[expect(non_snake_case, reason = "as another language has it")]
            #[deny(clippy::pedantic)]
            pub(super) trait Camel {
                fn readAll(&self, path: &Path) -> Result<u8>;
            }
        }
    );
}

#[test]
fn a_body_that_is_not_always_there() {
    check!(
        quote!(version = 2, min_version = 1),
        quote! {
            trait Clock {
                #[cfg(unix)]
                async fn zone(&self) -> Result<String> {
                    Ok("UTC".to_owned())
                }
                #[cfg(not(unix))]
                async fn zone(&self) -> Result<String>;
            }
        }
    );
}

#[test]
fn raw_names_in_a_blocking_interface() {
    check!(
        quote!(version = 1, crate = ::boat),
        quote! {
            trait r#Loop {
                #[plugin(no_cancel, name = "again")]
                fn r#continue(&self, r#in: &str) -> Result<u8>;
            }
        }
    );
}

#[test]
fn a_refused_trait_of_which_nothing_is_right() {
    check!(
        quote!(version = 1, colour = "red"),
        quote! {
            pub trait Greeter<T> {
                type Name;
                unsafe fn greet(self, name: impl Into<String>) -> u8;
            }
        }
    );
}

/// More than this for a method and somebody waits for the compiler. The book tells the figures.
const LINES_OF_A_METHOD: usize = 60;

#[test]
fn one_more_method_takes_few_lines() {
    for (form, expected) in [(quote!(async), 59), (quote!(), 58)] {
        let lines = |methods: usize| {
            let methods = (0..methods).map(|number| {
                let ident = quote::format_ident!("greet_{number}");
                quote!(#form fn #ident(&self, name: &str) -> Result<String>;)
            });
            expansion(quote!(version = 1), quote!(pub trait Greeter { #(#methods)* })).lines().count()
        };
        let one_more = lines(2) - lines(1);
        assert_eq!(lines(100) - lines(1), 99 * one_more, "a method costs the same beside any number of others");
        assert!(one_more < LINES_OF_A_METHOD, "{form} fn: {one_more} lines");
        assert_eq!(one_more, expected, "{form} fn: if it is meant, tell the book (costs.md)");
    }
}
