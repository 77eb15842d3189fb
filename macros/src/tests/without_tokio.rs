//! A blocking interface has nothing of tokio's where it could not be left out; the macro cannot know
//! whether it is there.

use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

use crate::plugin_interface::run;

/// Adds the identifiers that do not stand in `with_tokio!`.
fn collect(tokens: TokenStream, identifiers: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(_) if identifiers.last().is_some_and(|last| last == "with_tokio") => {}
            TokenTree::Group(group) => collect(group.stream(), identifiers),
            TokenTree::Ident(identifier) => identifiers.push(identifier.to_string()),
            _ => {}
        }
    }
}

fn identifiers(item: &str) -> Vec<String> {
    let tokens = |text| TokenStream::from_str(text).unwrap();
    let mut identifiers = Vec::new();
    collect(run(tokens("version = 1"), tokens(item)), &mut identifiers);
    identifiers
}

#[track_caller]
fn check(item: &str) {
    let identifiers = identifiers(item);
    for name in ["with_tokio", "launch_blocking", "GreeterClient", "GreeterServer"] {
        assert!(identifiers.iter().any(|found| found == name), "no `{name}`");
    }
    for name in
        ["async", "await", "Future", "BoxFuture", "AsyncClient", "GreeterAsyncClient", "require_tokio", "launch"]
    {
        assert!(!identifiers.iter().any(|found| found == name), "`{name}` stands outside of `with_tokio!`");
    }
}

#[test]
fn a_blocking_interface() {
    check("trait Greeter { fn greet(&self, name: &str, hint: Option<&[u8]>) -> Result<String>; }");
    check("trait Greeter { fn greet(&self, name: &str, hint: Option<&[u8]>) -> Result<String> { Ok(name.into()) } }");
}

#[test]
fn a_refused_blocking_interface() {
    check("trait Greeter { fn greet(&self, name: &str) -> Result<String>; fn list(&mut self) -> Result<u8>; }");
}
