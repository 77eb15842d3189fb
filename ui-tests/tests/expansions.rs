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
    let file = syn::parse2(plugin_interface::run(arguments, item)).expect("the expansion is Rust");
    prettyplease::unparse(&file)
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
                async fn put<T: Send>(&self, value: T) -> Result<()>;
            }
        }
    );
}
