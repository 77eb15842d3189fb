//! Methods with bodies in the trait, over real bytes: the other end has them, or it is older and lacks them.
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
        async fn tell(&self, what: &str) -> Result<String>;
    }
}

/// The second generation.
mod second {
    use outboard::{Result, plugin_interface};

    /// Tells.
    #[plugin_interface(version = 2, min_version = 1)]
    pub(super) trait Teller {
        /// Tells it twice, now in one call.
        async fn twice(&self, what: &str) -> Result<String>;
        /// Tells it.
        async fn tell(&self, what: &str) -> Result<String>;
    }
}

/// The fourth generation, which is another.
mod fourth {
    use outboard::{Result, plugin_interface};

    /// Tells.
    #[plugin_interface(version = 4)]
    pub(super) trait Teller {
        /// Tells it.
        async fn tell(&self, what: &str) -> Result<String>;
    }
}

/// Tells.
#[plugin_interface(version = 3, min_version = 1)]
trait Teller {
    /// Tells it.
    async fn tell(&self, what: &str) -> Result<String>;
    /// Calls a method that all have.
    async fn twice(&self, what: &str) -> Result<String> {
        let first = self.tell(what).await?;
        Ok(format!("{first}, {}", self.tell("again").await?))
    }
    /// Calls a method that only the first generation lacks, and one that all have.
    async fn thrice(&self, what: &str) -> Result<String> {
        let twice = self.twice(what).await?;
        Ok(format!("{twice}, {}", self.tell("at last").await?))
    }
    /// Borrows in every way, and returns early.
    async fn list(&self, numbers: &[u8], end: Option<&str>, between: Cow<'_, str>, r#type: String) -> Result<String> {
        let Some((first, rest)) = numbers.split_first() else {
            return Ok("nothing".to_owned());
        };
        let mut text = self.tell(&first.to_string()).await?;
        for number in rest {
            text += &between;
            text += &number.to_string();
        }
        text += end.unwrap_or(&r#type);
        Ok(text)
    }
    /// Calls itself.
    async fn count(&self, down_from: u32) -> Result<u32> {
        if down_from == 0 { Ok(0) } else { Ok(Box::pin(self.count(down_from - 1)).await? + 1) }
    }
    /// Names the trait, and whoever implements it.
    async fn named(&self, number: u32) -> Result<u32> {
        Ok(Self::count(self, number).await? + <Self as Teller>::count(self, number).await? + self.version())
    }
    /// All lack it.
    async fn never(&self) -> Result<()>;
    /// Gives up.
    async fn panics(&self) -> Result<()> {
        panic!("as intended")
    }
}

struct Old;

impl first::Teller for Old {
    async fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("first {what}"))
    }
}

impl second::Teller for Old {
    async fn twice(&self, what: &str) -> Result<String> {
        Ok(format!("twice {what}"))
    }
    async fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("second {what}"))
    }
}

/// Has what it must have.
struct Short;

impl Teller for Short {
    async fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("short {what}"))
    }
    async fn never(&self) -> Result<()> {
        Ok(())
    }
}

/// Has its own way of a method that has a body.
struct Own;

impl Teller for Own {
    async fn tell(&self, what: &str) -> Result<String> {
        Ok(format!("own {what}"))
    }
    async fn twice(&self, what: &str) -> Result<String> {
        Ok(format!("own twice {what}"))
    }
    async fn never(&self) -> Result<()> {
        Ok(())
    }
}

async fn check(teller: &impl Teller, twice: &str, thrice: &str, list: &str) -> Result<()> {
    assert_eq!(teller.twice("it").await?, twice);
    assert_eq!(teller.thrice("it").await?, thrice);
    assert_eq!(teller.list(&[1, 2, 3], None, Cow::Borrowed("-"), ".".to_owned()).await?, list);
    assert_eq!(teller.list(&[], Some("end"), Cow::Borrowed("-"), String::new()).await?, "nothing");
    assert_eq!(teller.count(5).await?, 5);
    assert_eq!(teller.named(2).await?, 4 + teller.version());
    Ok(())
}

#[tokio::test]
async fn an_end_that_has_none_of_them() -> Result<()> {
    // The other end has none of them: each call that a body makes goes there all the same.
    let client: TellerClient = testing::connect_as(first::TellerServer::new(Old)).await?;
    check(&client, "first it, first again", "first it, first again, first at last", "first 1-2-3.").await?;
    assert!(client.supports("tell") && !client.supports("twice"));
    assert_eq!(client.never().await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(client.panics().await.unwrap_err().kind(), ErrorKind::Panicked);
    check(&Arc::new(client), "first it, first again", "first it, first again, first at last", "first 1-2-3.").await?;
    Ok(())
}

#[tokio::test]
async fn an_end_that_has_one_of_them() -> Result<()> {
    // The other end has one of them: it is called, also from a body.
    let client: TellerClient = testing::connect_as(second::TellerServer::new(Old)).await?;
    check(&client, "twice it", "twice it, second at last", "second 1-2-3.").await?;
    assert!(client.supports("twice") && !client.supports("thrice"));
    assert_eq!(client.never().await.unwrap_err().kind(), ErrorKind::Unsupported);
    // As an implementation in this process.
    check(&TellerClient::local(client.clone()), "twice it", "twice it, second at last", "second 1-2-3.").await?;
    Ok(())
}

#[tokio::test]
async fn an_end_that_is_newer() -> Result<()> {
    // The other end is the newer one.
    let client: first::TellerClient = testing::connect_as(TellerServer::new(Own)).await?;
    assert_eq!(first::Teller::tell(&client, "it").await?, "own it");
    let error = testing::connect_as::<fourth::TellerClient>(TellerServer::new(Own)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Handshake);
    Ok(())
}

#[tokio::test]
async fn an_end_that_has_all_of_them() -> Result<()> {
    // The other end has all of them, whether or not they are its own.
    for client in [testing::connect(TellerServer::new(Short)).await?, TellerClient::local(Short)] {
        check(&client, "short it, short again", "short it, short again, short at last", "short 1-2-3.").await?;
        assert!(client.supports("twice"));
        assert_eq!(client.panics().await.unwrap_err().kind(), ErrorKind::Panicked);
    }
    check(&Short, "short it, short again", "short it, short again, short at last", "short 1-2-3.").await?;
    for client in [testing::connect(TellerServer::new(Own)).await?, TellerClient::local(Own)] {
        check(&client, "own twice it", "own twice it, own at last", "own 1-2-3.").await?;
    }
    check(&Arc::new(Own), "own twice it", "own twice it, own at last", "own 1-2-3.").await?;
    Ok(())
}
