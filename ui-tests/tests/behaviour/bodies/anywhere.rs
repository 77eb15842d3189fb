//! Bodies in surroundings that people have, with names that generated code has.
#![deny(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    rust_2018_idioms,
    let_underscore_drop,
    single_use_lifetimes,
    unused_lifetimes,
    elided_lifetimes_in_paths,
    trivial_casts,
    trivial_numeric_casts,
    private_interfaces,
    private_bounds
)]

use outboard::{Interface, Result, plugin_interface, testing};

macro_rules! twice {
    ($number:expr) => {
        $number + $number
    };
}

/// Has a number.
trait Numbered {
    /// The number.
    const NUMBER: u8;
}

fn private(number: u8) -> u8 {
    number + 1
}

/// Older.
mod old {
    use outboard::{Result, plugin_interface};

    /// Named awkwardly.
    #[plugin_interface(version = 1)]
    pub(super) trait Awkward {
        /// As the generated trait has it.
        async fn default_answer(&self, number: u8) -> Result<u8>;
    }

    /// Named as awkwardly, and blocking.
    #[plugin_interface(version = 1, name = "Blocking")]
    pub(super) trait Narrow {
        /// As the generated trait has it.
        #[plugin(name = "elsewhere")]
        fn default_answer(&self, number: u8) -> Result<u8>;
    }
}

/// Named awkwardly.
#[plugin_interface(version = 1)]
trait Awkward {
    /// As the generated trait has it.
    async fn default_answer(&self, number: u8) -> Result<u8>;
    /// The locals of generated code, what is private to the module, and macros.
    async fn answer(&self, __object: u8, __remote: u8, __call: u8, __client: u8, __returned: u8) -> Result<u8> {
        let __arguments = private(__object + __remote);
        Ok(self.default_answer(twice!(__arguments)).await? + __call + __client + __returned)
    }
    /// On one line, with so many arguments.
    #[rustfmt::skip]
    #[expect(clippy::too_many_arguments, reason = "so many")]
    async fn line(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> Result<u8> { Ok(a + b + c + d + e + f + g + h) }
    /// Attributes of every kind.
    #[deprecated = "use `answer`"]
    #[must_use = "or why ask"]
    #[inline]
    #[expect(unused_variables, reason = "of the body")]
    async fn r#async(&self, r#fn: u8, unused: &str) -> Result<u8> {
        #![allow(unused_mut, reason = "inside")]
        let mut unused = unused;
        if r#fn > 250 { Box::pin(self.r#async(1, unused)).await } else { Ok(r#fn) }
    }
    /// Never there, with a type that is not there either.
    #[cfg(any())]
    async fn absent(&self, value: &Absent) -> Result<Absent> {
        absent!()
    }
}

/// Named as awkwardly, and blocking.
#[plugin_interface(version = 1)]
trait Blocking: Numbered {
    /// The locals of generated code, and what is private to the module.
    fn answer(&self, __object: u8, __remote: u8, __call: u8, __client: u8, __arguments: u8) -> Result<u8> {
        let __returned = private(__object + __remote);
        Ok(self.answered(twice!(__returned))? + __call + __client + __arguments)
    }
    /// Found under another name.
    #[plugin(name = "elsewhere")]
    fn answered(&self, number: u8) -> Result<u8>;
    /// What its supertraits have.
    fn number(&self) -> Result<u8> {
        Ok(Self::NUMBER)
    }
    /// Attributes of every kind.
    #[deprecated = "use `answer`"]
    #[must_use = "or why ask"]
    #[inline]
    #[track_caller]
    #[expect(unused_variables, reason = "of the body")]
    fn old(&self, r#fn: u8, unused: &str) -> Result<u8> {
        #![allow(unused_mut, reason = "inside")]
        let mut unused = unused;
        if r#fn > 250 { self.old(1, unused) } else { Ok(r#fn) }
    }
}

impl Numbered for BlockingClient {
    const NUMBER: u8 = 7;
}

/// An interface of which no body is there.
#[plugin_interface(version = 1)]
trait Empty {
    #[cfg(any())]
    fn absent(&self) -> Result<Absent> {
        absent!()
    }
    fn present(&self) -> Result<()>;
}

/// An old interface, whose bodies nobody has.
#[deprecated]
#[expect(unused_variables, reason = "of all bodies")]
#[plugin_interface(version = 1)]
trait Old {
    /// Calls another.
    fn first(&self, unused: u8) -> Result<u8> {
        self.second()
    }
    /// Calls none.
    fn second(&self) -> Result<u8> {
        Ok(2)
    }
}

struct Here;

impl Empty for Here {
    fn present(&self) -> Result<()> {
        Ok(())
    }
}

impl old::Awkward for Here {
    async fn default_answer(&self, number: u8) -> Result<u8> {
        Ok(number)
    }
}

impl old::Narrow for Here {
    fn default_answer(&self, number: u8) -> Result<u8> {
        Ok(number)
    }
}

impl Awkward for Here {
    async fn default_answer(&self, number: u8) -> Result<u8> {
        Ok(number)
    }
}

#[tokio::test]
#[allow(deprecated, reason = "a part of what is shown")]
async fn what_is_around_an_async_body() -> Result<()> {
    let client: AwkwardClient = testing::connect_as(old::AwkwardServer::new(Here)).await?;
    assert_eq!((client.answer(1, 2, 3, 4, 5).await?, client.r#async(8, "").await?), (20, 8));
    assert_eq!(client.line(1, 2, 3, 4, 5, 6, 7, 8).await?, 36);
    assert_eq!((Here.answer(1, 2, 3, 4, 5).await?, Here.r#async(8, "").await?), (20, 8));
    Ok(())
}

#[tokio::test]
#[allow(deprecated, reason = "a part of what is shown")]
async fn what_is_around_a_blocking_body() -> Result<()> {
    let client: BlockingClient = testing::connect_blocking_as(old::NarrowServer::new(Here))?;
    assert_eq!((client.answer(1, 2, 3, 4, 5)?, client.old(8, "")?, client.number()?), (20, 8, 7));
    let names: Vec<_> = BlockingClient::METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, ["answer", "elsewhere", "number", "old"]);
    let client: BlockingAsyncClient = testing::connect_as(old::NarrowServer::new(Here)).await?;
    assert_eq!((client.answer(1, 2, 3, 4, 5).await?, client.number().await?), (20, 7));
    Ok(())
}

#[tokio::test]
async fn a_body_inside_a_function() -> Result<()> {
    const ONE: u8 = 1;
    #[plugin_interface(version = 1)]
    trait Inside {
        async fn one(&self) -> Result<u8> {
            const TWO: u8 = 2;
            Ok(twice!(TWO) - ONE)
        }
    }
    impl Inside for Here {}
    assert_eq!(testing::connect(InsideServer::new(Here)).await?.one().await?, 3);
    Ok(())
}

#[test]
fn a_trait_none_of_whose_bodies_is_there() -> Result<()> {
    testing::connect_blocking(EmptyServer::new(Here))?.present()
}

#[test]
#[allow(deprecated, reason = "a part of what is shown")]
fn a_trait_in_which_all_have_bodies() -> Result<()> {
    struct Whole;
    impl Old for Whole {}
    #[plugin_interface(version = 1, name = "Old")]
    trait Bare {
        fn third(&self) -> Result<u8>;
    }
    impl Bare for Whole {
        fn third(&self) -> Result<u8> {
            Ok(3)
        }
    }
    assert_eq!(testing::connect_blocking(OldServer::new(Whole))?.first(1)?, 2);
    let client: OldClient = testing::connect_blocking_as(BareServer::new(Whole))?;
    assert_eq!(client.first(1)?, 2);
    Ok(())
}
