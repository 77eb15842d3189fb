//! What `#[plugin(..)]` says of a method, as the two programs' runtimes see it.

use outboard::{Interface, Result};

/// What a table says of each method: its name, its limit in milliseconds, and whether it runs to its end.
fn table<I: Interface>() -> Vec<(&'static str, Option<u64>, bool)> {
    I::METHODS.iter().map(|method| (method.name, method.timeout, method.no_cancel)).collect()
}

#[outboard::plugin_interface(version = 1)]
trait Jobs {
    fn plain(&self) -> Result<u8>;
    #[plugin(timeout = "1500ms")]
    fn fast(&self) -> Result<u8>;
    #[cfg(any())]
    #[plugin(timeout = "1s")]
    fn absent(&self) -> Result<u8>;
    #[plugin(no_cancel)]
    fn stubborn(&self) -> Result<u8>;
    #[plugin(name = "all", no_cancel, timeout = "24h")]
    fn both(&self) -> Result<u8>;
    #[plugin(timeout = "2m")]
    #[plugin(no_cancel)]
    fn apart(&self) -> Result<u8> {
        Ok(1)
    }
}

#[test]
fn settings_stand_in_the_tables_of_all_that_is_generated() {
    let expected = [
        ("plain", None, false),
        ("fast", Some(1_500), false),
        ("stubborn", None, true),
        ("all", Some(86_400_000), true),
        ("apart", Some(120_000), true),
    ];
    assert_eq!(table::<JobsClient>(), expected);
    assert_eq!(table::<JobsAsyncClient>(), expected);
    assert_eq!(table::<JobsServer<()>>(), expected);
}

#[tokio::test]
async fn calls_of_methods_with_settings() {
    both!(
        #[plugin(timeout = "1m")]
        fn limited(&self, number: u8) -> Result<u8> { Ok(number) }
        #[plugin(no_cancel, timeout = "1m", name = "ends")]
        fn stubborn(&self, number: u8) -> Result<u8> { Ok(number) }
        calls
        limited(1) => 1;
        stubborn(2) => 2;
    );
}
