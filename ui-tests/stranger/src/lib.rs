//! An interface crate in all hard surroundings at once.
//!
//! An older edition, the dependency renamed, no prelude, the names of the standard library and of
//! the crate taken by others, and every lint turned up. `tests/surroundings.rs` of the crate above
//! compiles the same text in the newer edition.
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    rust_2018_idioms,
    unreachable_pub,
    unused_qualifications,
    let_underscore_drop,
    single_use_lifetimes,
    unused_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    clippy::pedantic,
    clippy::nursery
)]

/// Not the crate.
pub mod outboard {}
/// Not the library.
pub mod core {}
/// Not the library.
pub mod std {}
/// Not the library.
pub mod alloc {}
/// Not the crate.
pub mod tokio {}
/// Not the crate.
pub mod serde {}

macro_rules! taken {
    (types $($name:ident)+, traits $($other:ident)+, primitives $($primitive:ident)+) => {
        $(
            /// Something else.
            #[derive(::std::fmt::Debug)]
            pub struct $name;
        )+
        $(
            /// Something else.
            pub trait $other {}
        )+
        $(
            #[allow(non_camel_case_types, reason = "a part of what is shown")]
            /// Something else.
            #[derive(::std::fmt::Debug)]
            pub struct $primitive;
        )+
    };
}

taken! {
    types String Vec Box Arc Rc Pin Option Result Some None Ok Err Error Object Method Endpoint Call Route T,
    traits Send Sync Sized Clone Copy Debug Default Future Iterator From Into Fn FnOnce Drop ToOwned Client Interface Service,
    primitives u16 u32 usize bool
}

/// Counts letters, from afar.
#[::boat::plugin_interface(version = 2, min_version = 1, crate = ::boat)]
pub trait Counter {
    /// How many letters a name has.
    ///
    /// # Errors
    ///
    /// When the plugin is gone.
    fn count(
        &self,
        name: &str,
        title: ::std::option::Option<&str>,
        more: &[::std::string::String],
    ) -> ::boat::Result<::std::primitive::usize>;

    /// Hands out another counter, and perhaps the one that it was given.
    ///
    /// # Errors
    ///
    /// When the plugin is gone.
    #[plugin(timeout = "24h", no_cancel)]
    fn open(
        &self,
        counter: &CounterClient,
        greeters: ::std::vec::Vec<GreeterClient>,
    ) -> ::boat::Result<::std::option::Option<CounterClient>> {
        let counter = if greeters.is_empty() {
            ::std::option::Option::Some(::std::clone::Clone::clone(counter))
        } else {
            ::std::option::Option::None
        };
        ::std::result::Result::Ok(counter)
    }

    /// The same, twice.
    ///
    /// # Errors
    ///
    /// When the plugin is gone.
    fn twice(&self, name: &str) -> ::boat::Result<::std::primitive::usize> {
        let once = self.count(name, ::std::option::Option::None, &[])?;
        ::std::result::Result::Ok(once * 2)
    }
}

/// Greets people, from afar.
#[::boat::plugin_interface(version = 2, min_version = 1, crate = ::boat)]
pub trait Greeter {
    /// Greets one person by name.
    async fn greet(
        &self,
        name: &str,
        title: ::std::option::Option<&str>,
        bytes: ::std::vec::Vec<u8>,
    ) -> ::boat::Result<::std::string::String>;

    /// Hands out another greeter.
    #[plugin(timeout = "90s")]
    async fn open(
        &self,
        greeter: ::std::option::Option<&GreeterClient>,
        counter: CounterAsyncClient,
    ) -> ::boat::Result<GreeterClient> {
        let counted = counter.twice("Ada").await?;
        greeter.cloned().ok_or_else(|| ::boat::Error::other(::std::format!("{counted} of none")))
    }

    /// Greets one person and nobody else.
    async fn just(&self, name: &str) -> ::boat::Result<::std::string::String> {
        self.greet(name, ::std::option::Option::None, ::std::vec::Vec::new()).await
    }
}

/// The first generations, which lack what has a body.
pub mod first {
    /// Counts letters, from afar.
    #[::boat::plugin_interface(version = 1, crate = ::boat)]
    pub trait Counter {
        /// How many letters a name has.
        ///
        /// # Errors
        ///
        /// When the plugin is gone.
        fn count(
            &self,
            name: &str,
            title: ::std::option::Option<&str>,
            more: &[::std::string::String],
        ) -> ::boat::Result<usize>;
    }

    /// Greets people, from afar.
    #[::boat::plugin_interface(version = 1, crate = ::boat)]
    pub trait Greeter {
        /// Greets one person by name.
        async fn greet(
            &self,
            name: &str,
            title: ::std::option::Option<&str>,
            bytes: ::std::vec::Vec<u8>,
        ) -> ::boat::Result<::std::string::String>;
    }
}
