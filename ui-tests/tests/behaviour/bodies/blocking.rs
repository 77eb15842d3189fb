//! Methods with bodies in a trait that blocks, over real bytes: the other end has them, or it is older and lacks them.
use std::borrow::Cow;
use std::sync::Arc;

use outboard::{Client, ErrorKind, Result, plugin_interface, testing};

/// The first generation.
mod first {
    use outboard::{Result, plugin_interface};

    /// Tells.
    #[plugin_interface(version = 1)]
    pub(super) trait Teller {
        /// Tells it.
        fn tell(&self, what: &str) -> Result<String>;
    }
}

/// The second generation.
mod second {
    use outboard::{Result, plugin_interface};

    /// Tells.
    #[plugin_interface(version = 2, min_version = 1)]
    pub(super) trait Teller {
        /// Tells it twice, now in one call.
        fn twice(&self, what: &str) -> Result<String>;
        /// Tells it.
        fn tell(&self, what: &str) -> Result<String>;
    }
}

/// The fourth generation, which is another.
mod fourth {
    use outboard::{Result, plugin_interface};

    /// Tells.
    #[plugin_interface(version = 4)]
    pub(super) trait Teller {
        /// Tells it.
        fn tell(&self, what: &str) -> Result<String>;
    }
}

/// Tells.
#[plugin_interface(version = 3, min_version = 1)]
trait Teller {
    /// Tells it.
    fn tell(&self, what: &str) -> Result<String>;
    /// Calls a method that all have.
    fn twice(&self, what: &str) -> Result<String> {
        let first = self.tell(what)?;
        Ok(format!("{first}, {}", self.tell("again")?))
    }
    /// Calls a method that only the first generation lacks, and one that all have.
    fn thrice(&self, what: &str) -> Result<String> {
        let twice = self.twice(what)?;
        Ok(format!("{twice}, {}", self.tell("at last")?))
    }
    /// Borrows in every way, and returns early.
    fn list(&self, numbers: &[u8], end: Option<&str>, between: Cow<'_, str>, r#type: String) -> Result<String> {
        let Some((first, rest)) = numbers.split_first() else {
            return Ok("nothing".to_owned());
        };
        let mut text = self.tell(&first.to_string())?;
        for number in rest {
            text += &between;
            text += &number.to_string();
        }
        text += end.unwrap_or(&r#type);
        Ok(text)
    }
    /// Calls itself.
    fn count(&self, down_from: u32) -> Result<u32> {
        if down_from == 0 { Ok(0) } else { Ok(self.count(down_from - 1)? + 1) }
    }
    /// Names the trait, and whoever implements it.
    fn named(&self, number: u32) -> Result<u32> {
        Ok(Self::count(self, number)? + <Self as Teller>::count(self, number)? + self.version())
    }
    /// All lack it.
    fn never(&self) -> Result<()>;
    /// Gives up.
    fn panics(&self) -> Result<()> {
        panic!("as intended")
    }
}

struct Old;

impl first::Teller for Old {
    fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("first {what}"))
    }
}

impl second::Teller for Old {
    fn twice(&self, what: &str) -> Result<String> {
        Ok(format!("twice {what}"))
    }
    fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("second {what}"))
    }
}

/// Has what it must have.
struct Short;

impl Teller for Short {
    fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("short {what}"))
    }
    fn never(&self) -> Result<()> {
        Ok(())
    }
}

/// Has its own way of a method that has a body.
struct Own;

impl Teller for Own {
    fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("own {what}"))
    }
    fn twice(&self, what: &str) -> Result<String> {
        Ok(format!("own twice {what}"))
    }
    fn never(&self) -> Result<()> {
        Ok(())
    }
}

fn check(teller: &impl Teller, twice: &str, thrice: &str, list: &str) -> Result<()> {
    assert_eq!(teller.twice("it")?, twice);
    assert_eq!(teller.thrice("it")?, thrice);
    assert_eq!(teller.list(&[1, 2, 3], None, Cow::Borrowed("-"), ".".to_owned())?, list);
    assert_eq!(teller.list(&[], Some("end"), Cow::Borrowed("-"), String::new())?, "nothing");
    assert_eq!(teller.count(5)?, 5);
    assert_eq!(teller.named(2)?, 4 + teller.version());
    Ok(())
}

#[test]
fn an_end_that_has_none_of_them() -> Result<()> {
    // The other end has none of them: each call that a body makes goes there all the same.
    let client: TellerClient = testing::connect_blocking_as(first::TellerServer::new(Old))?;
    check(&client, "first it, first again", "first it, first again, first at last", "first 1-2-3.")?;
    assert!(client.supports("tell") && !client.supports("twice"));
    assert_eq!(client.never().unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(client.panics().unwrap_err().kind(), ErrorKind::Panicked);
    check(&Arc::new(client), "first it, first again", "first it, first again, first at last", "first 1-2-3.")?;
    Ok(())
}

#[test]
fn an_end_that_has_one_of_them() -> Result<()> {
    // The other end has one of them: it is called, also from a body.
    let client: TellerClient = testing::connect_blocking_as(second::TellerServer::new(Old))?;
    check(&client, "twice it", "twice it, second at last", "second 1-2-3.")?;
    assert!(client.supports("twice") && !client.supports("thrice"));
    assert_eq!(client.never().unwrap_err().kind(), ErrorKind::Unsupported);
    // As an implementation in this process.
    check(&TellerClient::local(client.clone()), "twice it", "twice it, second at last", "second 1-2-3.")?;
    Ok(())
}

#[test]
fn an_end_that_is_newer() -> Result<()> {
    // The other end is the newer one.
    let client: first::TellerClient = testing::connect_blocking_as(TellerServer::new(Own))?;
    assert_eq!(first::Teller::tell(&client, "it")?, "own it");
    let error = testing::connect_blocking_as::<fourth::TellerClient>(TellerServer::new(Own)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Handshake);
    Ok(())
}

#[test]
fn an_end_that_has_all_of_them() -> Result<()> {
    // The other end has all of them, whether or not they are its own.
    for client in [testing::connect_blocking(TellerServer::new(Short))?, TellerClient::local(Short)] {
        check(&client, "short it, short again", "short it, short again, short at last", "short 1-2-3.")?;
        assert!(client.supports("twice"));
        assert_eq!(client.panics().unwrap_err().kind(), ErrorKind::Panicked);
    }
    check(&Short, "short it, short again", "short it, short again, short at last", "short 1-2-3.")?;
    for client in [testing::connect_blocking(TellerServer::new(Own))?, TellerClient::local(Own)] {
        check(&client, "own twice it", "own twice it, own at last", "own 1-2-3.")?;
    }
    check(&Arc::new(Own), "own twice it", "own twice it, own at last", "own 1-2-3.")?;
    Ok(())
}

#[test]
fn an_implementation_that_is_an_object() -> Result<()> {
    // An interface that blocks can be an object, which needs no more than the bodies.
    let object: Arc<dyn Teller> = Arc::new(Short);
    check(
        &TellerClient::local(Arc::clone(&object)),
        "short it, short again",
        "short it, short again, short at last",
        "short 1-2-3.",
    )?;
    assert_eq!(object.twice("it")?, "short it, short again");
    Ok(())
}

/// The runtime has one thread, which a body would block for ever.
#[tokio::test]
async fn async_code_that_calls_bodies_that_block() -> Result<()> {
    let client: TellerAsyncClient = testing::connect_as(first::TellerServer::new(Old)).await?;
    assert_eq!(client.thrice("it").await?, "first it, first again, first at last");
    let list = client.list(&[1, 2, 3], None, Cow::Borrowed("-"), ".".to_owned()).await?;
    assert_eq!((list.as_str(), client.count(5).await?), ("first 1-2-3.", 5));
    assert_eq!(client.never().await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(client.panics().await.unwrap_err().kind(), ErrorKind::Panicked);

    let client: TellerAsyncClient = testing::connect_as(second::TellerServer::new(Old)).await?;
    assert_eq!(client.thrice("it").await?, "twice it, second at last");
    assert_eq!(tokio::spawn(async move { client.twice("it").await }).await.unwrap()?, "twice it");

    let client: TellerAsyncClient = testing::connect_as(TellerServer::new(Own)).await?;
    assert_eq!(client.thrice("it").await?, "own twice it, own at last");
    Ok(())
}
