//! An interface that `macro_rules!` writes.
#![deny(warnings)]
#![forbid(unsafe_code)]

use outboard_ui_tests::finish;

macro_rules! interface {
    (blocking $body:block $(#[$attribute:meta])* $vis:vis $name:ident { $($method:ident($($argument:ident: $ty:ty),*) -> $output:ty;)* }) => {
        $(#[$attribute])*
        #[outboard::plugin_interface(version = 1)]
        $vis trait $name {
            $(fn $method(&self, $($argument: $ty),*, extra: u8) -> outboard::Result<$output>;)*
            fn length(&self, _text: &str) -> outboard::Result<usize> $body
            fn twice(&self, text: &str) -> outboard::Result<usize> {
                Ok(self.length(text)? + self.length(text)?)
            }
        }
    };
    ($(#[$attribute:meta])* $vis:vis $name:ident { $($method:ident($($argument:ident: $ty:ty),*) -> $output:ty;)* }) => {
        $(#[$attribute])*
        #[outboard::plugin_interface(version = 1)]
        $vis trait $name {
            $(async fn $method(&self, $($argument: $ty),*, extra: u8) -> outboard::Result<$output>;)*
            async fn length(&self, text: &str) -> outboard::Result<usize> {
                let extra = 1;
                $(let _ = self.$method(text, None, 0, extra).await?;)*
                Ok(text.len())
            }
        }
    };
}

interface! {
    /// Adds.
    pub Adder {
        add(name: &str, call: Option<&str>, number: u8) -> usize;
    }
}

interface! {
    blocking { Ok(1) }
    /// Adds at once.
    pub Sum {
        add(name: &str, call: Option<&str>, number: u8) -> usize;
    }
}

struct Adds;

impl Adder for Adds {
    async fn add(&self, name: &str, call: Option<&str>, number: u8, extra: u8) -> outboard::Result<usize> {
        Ok(name.len() + call.map_or(0, str::len) + usize::from(number) + usize::from(extra))
    }
}

impl Sum for Adds {
    fn add(&self, name: &str, call: Option<&str>, number: u8, extra: u8) -> outboard::Result<usize> {
        Ok(name.len() + call.map_or(0, str::len) + usize::from(number) + usize::from(extra))
    }
}

fn main() {
    assert_eq!(SumClient::local(Adds).twice("abc").unwrap(), 2);
    assert_eq!(finish(AdderClient::local(Adds).length("abc")).unwrap(), 3);
    assert_eq!(SumClient::local(Adds).add("ab", Some("c"), 3, 4).unwrap(), 10);
    assert_eq!(finish(AdderClient::local(Adds).add("ab", Some("c"), 3, 4)).unwrap(), 10);
}
