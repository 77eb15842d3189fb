//! No input makes the expander panic.

use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

use crate::plugin_interface::run;

const ITEM: &str = "
    /// Greets people.
    #[cfg(unix)]
    pub unsafe trait Greeter<'a, T: Send = u8>: Clone + ?Sized where T: Copy {
        type Name: ToString;
        const LIMIT: usize = 1;
        mac!();
        #[plugin(name = \"all\", timeout = 5, no_cancel = true)]
        #[plugin(nam, name = 1, = 2)]
        async unsafe extern \"C\" fn r#type<'b, U>(&'b mut self, (a, b): (u8, &'a [&str]), r#fn: Option<&mut U>) -> Result<Self, &'b dyn Any>
        where U: Sync { todo!() }
        #[expect(unused, reason = \"a body\")]
        async fn put(&self, a: &[u8], _: u8) -> Result<u8> { #![allow(unused)] //! Puts.
            self.list(a)? ; }
        fn list(self: Arc<Self>, f: fn(u8) -> u8, _: impl ToString, ..., ) -> impl Future;
    }";
const BLOCKING: &str = "
    pub trait Greeter<'a, T: Send = u8>: Clone where T: Copy {
        type Name: ToString;
        #[must_use]
        fn r#type<'b, U>(&'b mut self, (a, b): (u8, &'a [&str]), r#fn: Option<&mut U>) -> Result<Self::Name, &'b dyn Any>
        where U: Sync { todo!() }
        #[plugin(name = \"put\", timeout = \"5 s\", no_cancel(1))]
        fn get(&self, a: Option<&str>) -> Result<u8> { if let Some(a) = a { return Ok(1) } Ok(2) }
        fn list(self: Arc<Self>, f: fn(u8) -> Self, _: impl ToString, ..., ) -> impl Iterator;
        fn version(&self) -> !;
    }";
/// With nothing wrong in it.
const GOOD: &str = "
    /// Greets people.
    #[expect(unused)]
    pub trait Greeter: Clone {
        #[plugin(name = \"hello\", timeout = \"5s\", no_cancel)]
        #[must_use]
        async fn greet(&self, name: &str, r#fn: Option<&[u8]>) -> Result<String> { #![allow(unused)] Ok(name.to_owned()) }
        async fn leave(&self) -> Result<()>;
    }";
const ARGUMENTS: &str =
    "version = 1, min_version = 2, name = \"greeter\", cookie = \"x\", crate = a::b, crate = 1, nam = 2";

fn tokens(text: &str) -> TokenStream {
    TokenStream::from_str(text).unwrap()
}

/// The tokens without the one at this place, counted through all groups.
fn without(tokens: TokenStream, place: &mut usize) -> TokenStream {
    let mut kept = Vec::new();
    for token in tokens {
        let here = *place == 0;
        *place = place.wrapping_sub(1);
        match token {
            _ if here => {}
            TokenTree::Group(group) => {
                let inner = without(group.stream(), place);
                kept.push(TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inner)));
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

fn count(tokens: TokenStream) -> usize {
    let within = |token| if let TokenTree::Group(group) = token { count(group.stream()) } else { 0 };
    tokens.into_iter().map(|token| 1 + within(token)).sum()
}

#[test]
fn what_is_taken_for_good_is() {
    let output = run(tokens("version = 1"), tokens(GOOD)).to_string();
    assert!(!output.contains("compile_error") && !output.contains("# [plugin"), "{output}");
}

#[test]
fn an_item_that_lacks_any_one_of_its_tokens() {
    for item in [ITEM, BLOCKING, GOOD] {
        for place in 0..count(tokens(item)) {
            run(tokens(ARGUMENTS), without(tokens(item), &mut place.clone()));
        }
    }
}

#[test]
fn arguments_that_lack_any_one_of_their_tokens() {
    for place in 0..count(tokens(ARGUMENTS)) {
        run(without(tokens(ARGUMENTS), &mut place.clone()), tokens(ITEM));
    }
}

#[test]
fn an_item_that_ends_anywhere() {
    for item in [ITEM, BLOCKING, GOOD] {
        let all: Vec<TokenTree> = tokens(item).into_iter().collect();
        for end in 0..all.len() {
            run(tokens(ARGUMENTS), all.iter().take(end).cloned().collect());
        }
    }
}

#[test]
fn raw_and_odd_names() {
    for form in ["async fn", "fn"] {
        for name in ["r#match", "T", "__Object", "GreeterClient", "_x", "Ärger"] {
            let item = format!(
                "trait {name} {{ {form} r#type(&self, r#fn: u8, _x: &str) -> Result<()>; {form} __call(&self) -> R {{ self. }} }}"
            );
            let output = run(tokens("version = 1"), tokens(&item)).to_string();
            assert!(!output.contains("compile_error"), "{output}");
        }
    }
}

#[test]
fn three_mistakes_are_three_errors() {
    for form in ["async fn", "fn"] {
        let item = format!("trait Greeter {{ {form} a(&mut self) -> R; {form} b<T>(&self) -> R; {form} c(&self); }}");
        let output = run(tokens("version = 1"), tokens(&item)).to_string();
        let items = syn::parse_str::<syn::File>(&output).unwrap().items;
        let is_error = |item: &&syn::Item| matches!(item, syn::Item::Macro(call) if call.mac.path.segments.last().unwrap().ident == "compile_error");
        assert_eq!(items.iter().filter(is_error).count(), 3, "{output}");
    }
}
