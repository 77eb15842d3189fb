//! What the host of a plugin that goes wrong sees.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use greeter::{Greeter, GreeterClient};
use outboard::{Error, ErrorKind, Plugin, Result};

async fn launch() -> Result<GreeterClient> {
    GreeterClient::launch(env!("CARGO_BIN_EXE_moody")).await
}

async fn failure(greeter: &GreeterClient, name: &str) -> Error {
    greeter.greet(name).await.expect_err("an error")
}

#[tokio::test]
async fn an_error_and_a_panic_are_replies_and_the_plugin_lives_on() -> Result<()> {
    let greeter = launch().await?;
    // ANCHOR: panic
    let error = failure(&greeter, "nobody").await;
    assert_eq!(error.kind(), ErrorKind::Remote);
    assert_eq!(error.to_string(), "there is nobody to greet");

    let error = failure(&greeter, "boss").await;
    assert_eq!(error.kind(), ErrorKind::Panicked);
    assert_eq!(error.to_string(), "`greet` panicked: not the boss again");

    assert_eq!(greeter.greet("you").await?, "Oh. you.");
    // ANCHOR_END: panic
    Ok(())
}

#[tokio::test]
async fn a_crash_is_one_error_for_all_and_the_next_launch_works() -> Result<()> {
    let greeter = launch().await?;
    // ANCHOR: crash
    let error = failure(&greeter, "Medusa").await;
    assert!(error.is_disconnected());
    assert!(!error.is_safe_to_retry(), "it may have run: it was sent");
    let exit = error.process_exit().expect("its end is known");
    assert_eq!(exit.signal_name().as_deref(), Some("SIGABRT"));

    // Every later call gets the same error, at once.
    assert_eq!(failure(&greeter, "you").await.to_string(), error.to_string());

    // A new launch is a new process.
    let greeter = launch().await?;
    assert_eq!(greeter.greet("you").await?, "Oh. you.");
    // ANCHOR_END: crash
    let said = error.report().to_string();
    assert!(said.contains("was killed by SIGABRT"), "{said}");
    assert!(
        said.contains(", with `greet` in flight: the last it wrote to stderr was\n    about to greet Medusa"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn what_it_prints_is_kept_for_the_host() -> Result<()> {
    // ANCHOR: prints
    let plugin = Plugin::builder(env!("CARGO_BIN_EXE_moody")).interface::<GreeterClient>().launch().await?;
    let greeter = plugin.client::<GreeterClient>()?;
    greeter.greet("you").await?;

    let exit = plugin.shutdown().await?;
    assert_eq!(exit.stderr_tail(), ["about to greet you"]);
    assert_eq!(exit.code(), Some(0));
    // ANCHOR_END: prints
    Ok(())
}

// ANCHOR: newer
mod newer {
    use outboard::{Result, plugin_interface};

    /// Greets people, and sees them off.
    #[plugin_interface(version = 2, min_version = 1)]
    pub trait Greeter {
        /// Greets one person by name.
        async fn greet(&self, name: &str) -> Result<String>;
        /// Sees one person off.
        async fn farewell(&self, name: &str) -> Result<String>;
    }
}
// ANCHOR_END: newer

#[tokio::test]
async fn a_plugin_that_is_older_serves_what_it_has() -> Result<()> {
    // ANCHOR: older
    use newer::Greeter;
    use outboard::Client;

    let greeter = newer::GreeterClient::launch(env!("CARGO_BIN_EXE_moody")).await?;
    assert_eq!(greeter.version(), 1);
    assert_eq!(greeter.greet("you").await?, "Oh. you.");

    assert!(!greeter.supports("farewell"));
    let error = greeter.farewell("you").await.expect_err("it has no such method");
    assert!(error.is_unsupported());
    assert!(error.is_safe_to_retry(), "nothing was sent");
    // ANCHOR_END: older
    Ok(())
}

mod newest {
    // ANCHOR: newest
    #[outboard::plugin_interface(version = 3, min_version = 2)]
    pub trait Greeter {
        async fn greet(&self, name: &str, loudly: bool) -> outboard::Result<String>;
    }
    // ANCHOR_END: newest
}

#[tokio::test]
async fn a_plugin_that_is_too_old_is_refused_at_launch() {
    let error = newest::GreeterClient::launch(env!("CARGO_BIN_EXE_moody")).await.expect_err("it is too old");
    let said = error.report().to_string();
    assert!(
        said.ends_with(
            "is not the plugin that is wanted: the plugin implements `Greeter` version 1 and works with 1 only; \
             this program was built for version 3 and works with 2 to 3: the plugin is too old"
        ),
        "{said}"
    );
}
