//! Parse: what stands in the parentheses of `#[plugin_interface(..)]`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitInt, LitStr, Path, Token};

use super::errors::Errors;
use super::messages;

/// The keys, as people are told them.
const ALLOWED: &str = "`version`, `min_version`, `name`, `cookie` and `crate`";
const KEYS: [&str; 5] = ["version", "min_version", "name", "cookie", "crate"];

/// What was given, key by key; a value that was no good is missing, and has been reported.
#[derive(Default)]
pub(crate) struct Arguments {
    given: Vec<String>,
    pub(crate) version: Option<Number>,
    pub(crate) min_version: Option<Number>,
    pub(crate) name: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) krate: Option<Path>,
}

/// An integer, and where it stands.
pub(crate) struct Number {
    pub(crate) value: u32,
    pub(crate) literal: LitInt,
}

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut arguments = Self::default();
        let parse = |input: ParseStream<'_>| {
            while !input.is_empty() {
                arguments.parse_one(input, errors);
                skip_to_comma(input);
            }
            Ok(())
        };
        if let Err(error) = parse.parse2(tokens) {
            errors.push_syntax(&error);
        }
        arguments
    }

    /// Whether the author gave a version, however wrong.
    pub(crate) fn names_version(&self) -> bool {
        self.given.iter().any(|key| key == "version")
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) {
        let Ok(key) = input.call(Ident::parse_any) else {
            // Most likely the version: that it is missing need not be said as well.
            self.given.push("version".to_owned());
            return errors.push(input.fork().parse::<TokenTree>().ok(), messages::not_a_key());
        };
        let spoken = key.unraw().to_string();
        if !KEYS.contains(&spoken.as_str()) {
            return errors.push(&key, unknown_key(&spoken));
        }
        if self.given.contains(&spoken) {
            return errors.push(&key, messages::repeated_key(spoken));
        }
        self.given.push(spoken.clone());
        if input.parse::<Token![=]>().is_err() || input.is_empty() || input.peek(Token![,]) {
            return errors.push(&key, messages::missing_value(&spoken, example(&spoken)));
        }
        match spoken.as_str() {
            "version" => self.version = number(&spoken, input, errors),
            "min_version" => self.min_version = number(&spoken, input, errors),
            "name" => self.name = string(&spoken, input, errors),
            "cookie" => self.cookie = string(&spoken, input, errors),
            _ => self.krate = path(&spoken, input, errors),
        }
    }
}

fn unknown_key(key: &str) -> String {
    match KEYS.iter().min_by_key(|allowed| distance(key, allowed)) {
        Some(nearest) if distance(key, nearest) <= 2 => messages::misspelt_key(key, nearest, ALLOWED),
        _ => messages::unknown_key(key, ALLOWED),
    }
}

fn example(key: &str) -> &'static str {
    match key {
        "version" | "min_version" => "1",
        "crate" => "some_name",
        _ => "\"..\"",
    }
}

fn number(key: &str, input: ParseStream<'_>, errors: &mut Errors) -> Option<Number> {
    let literal = lone::<LitInt>(input).map_err(|wrong| errors.push(wrong, messages::not_an_integer(key))).ok()?;
    match literal.base10_parse() {
        Ok(value) if value > 0 => Some(Number { value, literal }),
        _ => {
            errors.push(&literal, messages::integer_out_of_range(key));
            None
        }
    }
}

fn string(key: &str, input: ParseStream<'_>, errors: &mut Errors) -> Option<String> {
    let wrong = |wrong| errors.push(wrong, messages::not_a_string(key, example(key)));
    let literal = lone::<LitStr>(input).map_err(wrong).ok()?;
    if literal.value().is_empty() {
        errors.push(&literal, messages::empty_string(key));
        return None;
    }
    Some(literal.value())
}

fn path(key: &str, input: ParseStream<'_>, errors: &mut Errors) -> Option<Path> {
    let value = value_tokens(input);
    let parsed = Path::parse_mod_style.parse2(value.clone());
    parsed.map_err(|_| errors.push(value, messages::not_a_path(key))).ok()
}

/// A literal that is the whole value, or the tokens that are none.
fn lone<L: syn::parse::Parse + ToTokens>(input: ParseStream<'_>) -> Result<L, TokenStream> {
    let value = value_tokens(input);
    syn::parse2(value.clone()).map_err(|_| value)
}

fn value_tokens(input: ParseStream<'_>) -> TokenStream {
    let mut value = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        value.extend(input.parse::<TokenTree>());
    }
    value
}

fn skip_to_comma(input: ParseStream<'_>) {
    value_tokens(input);
    let _ = input.parse::<Option<Token![,]>>();
}

/// How many letters have to be put in, left out or changed between the two words.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, ours) in from.chars().enumerate() {
        let mut corner = line;
        let mut left = line + 1;
        for (above, theirs) in row.iter_mut().skip(1).zip(to.chars()) {
            let changed = corner + usize::from(ours != theirs);
            corner = *above;
            left = changed.min(corner + 1).min(left + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
