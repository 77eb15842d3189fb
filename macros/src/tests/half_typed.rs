//! While one line is unfinished, the client and the other methods stay.

use std::str::FromStr;

use proc_macro2::TokenStream;

use crate::plugin_interface::run;

/// The output for a trait with two finished methods around one that is being typed.
fn output(form: &str, unfinished: &str) -> String {
    let item = format!(
        "pub trait Greeter {{
            {form} greet(&self, name: &str) -> Result<String>;
            {unfinished}
            {form} leave(&self) -> Result<()>;
        }}"
    );
    let output = run(tokens("version = 1"), tokens(&item)).to_string();
    syn::parse_str::<syn::File>(&output).unwrap_or_else(|error| panic!("{unfinished}: {error}\n{output}"));
    output
}

fn tokens(text: &str) -> TokenStream {
    TokenStream::from_str(text).unwrap()
}

/// With `async` methods, and the same with plain ones.
#[track_caller]
fn check(unfinished: &str) {
    check_output(unfinished, &output("async fn", unfinished), &["GreeterClient", "GreeterServer"]);
    let plain = unfinished.replace("async fn", "fn");
    check_output(&plain, &output("fn", &plain), &["GreeterClient", "GreeterAsyncClient", "GreeterServer"]);
}

#[track_caller]
fn check_output(unfinished: &str, output: &str, types: &[&str]) {
    for needed in ["compile_error", "trait Greeter"] {
        assert!(output.contains(needed), "`{unfinished}`: no `{needed}` in {output}");
    }
    for needed in types {
        assert!(output.contains(&format!("struct {needed}")), "`{unfinished}`: no `{needed}` in {output}");
    }
    for method in ["fn greet (& self , name : & str)", "fn leave (& self)"] {
        // In the trait and in each client.
        assert_eq!(output.matches(method).count(), types.len(), "`{unfinished}`: all have `{method}` in {output}");
    }
}

#[test]
fn a_method_without_its_end() {
    check("async fn lis");
    check("async fn list()");
    check("async fn list(&self)");
    check("async fn list(&self) -> ;");
    check("async fn list(&self, limit: ) -> Result<u8>;");
    check("async fn list(&self, limit) -> Result<u8>;");
    check("async fn list(&self, limit: Vec<) -> Result<u8>;");
}

#[test]
fn a_member_of_no_known_kind() {
    check("asyn");
    check("async");
    check("pub");
    check("struct List;");
    check("type ;");
    check("const LIMIT: usize");
    check("? ? ?");
}

#[test]
fn a_body_is_left_to_rustc_as_it_stands() {
    for form in ["async fn", "fn"] {
        for body in ["self.", "let x = ;", "match self.", "#![allow(unused)] self.greet(\"a\"", "", "? ? ?"] {
            let Ok(body_tokens) = TokenStream::from_str(body) else { continue };
            let item =
                format!("trait Greeter {{ {form} list(&self) -> Result<u8> {{ {body} }} {form} leave(&self) -> R; }}");
            let output = run(tokens("version = 1"), tokens(&item)).to_string();
            let body = body_tokens.to_string();
            let body = body.strip_prefix("# ! [allow (unused)] ").unwrap_or(&body);
            assert!(!output.contains("compile_error"), "`{body}`: {output}");
            assert_eq!(output.matches("__default_list").count(), 3, "{output}");
            assert!(output.contains(&format!("{{ {body}")), "`{body}`: {output}");
        }
    }
}

#[test]
fn settings_of_a_method_while_they_are_typed() {
    let names =
        ["plugin", "plugin()", "plugin(na)", "plugin(name)", "plugin(name =)", "plugin(name = \"", "plugin = 1"];
    let others = ["plugin(no_cancel)", "plugin(no_cancel,)", "plugin(no_cancel =)", "plugin(timeout = \"\", no_)"];
    for settings in names.into_iter().chain(others) {
        let item = format!("trait Greeter {{ #[{settings}] async fn greet(&self) -> Result<()>; }}");
        let Ok(item) = TokenStream::from_str(&item) else { continue };
        let output = run(tokens("version = 1"), item).to_string();
        assert!(output.contains("struct GreeterClient") && !output.contains("# [plugin"), "`{settings}`: {output}");
    }
}

#[test]
fn a_header_without_its_end_is_left_to_rustc() {
    for header in ["pub trait Gre", "pub trait", "trait Greeter:", "trait Greeter<T>", "pub"] {
        let output = run(tokens("version = 1"), tokens(header)).to_string();
        assert!(output.contains("compile_error") && output.ends_with(&tokens(header).to_string()), "{output}");
    }
}

#[test]
fn arguments_of_the_attribute_while_they_are_typed() {
    for arguments in
        ["", "ver", "version", "version =", "version = 1,", "version = 1, min", "version = 1 name", "= 1", ", ,"]
    {
        let output =
            run(tokens(arguments), tokens("trait Greeter { async fn greet(&self) -> Result<()>; }")).to_string();
        assert!(output.contains("struct GreeterClient"), "`{arguments}`: {output}");
    }
}
