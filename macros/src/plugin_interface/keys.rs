//! Parse: keys with values, as in `version = 1, name = ".."`, and flags, which have none.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitInt, LitStr, Path, Token};

use super::errors::Errors;
use super::{duration, messages};

/// The keys of one attribute.
pub(crate) struct Grammar {
    /// The attribute, as people are told it.
    pub(crate) attribute: &'static str,
    pub(crate) keys: &'static [&'static str],
    /// The keys among them that have no value.
    pub(crate) flags: &'static [&'static str],
    /// The keys, as people are told them.
    pub(crate) allowed: &'static str,
    pub(crate) example: &'static str,
    /// What has a name of its own, where none is given.
    pub(crate) subject: &'static str,
}

/// The keys that were given so far, however wrong their values.
#[derive(Default)]
pub(crate) struct Given {
    keys: Vec<String>,
    /// Something stood where a key was to stand.
    pub(crate) other: bool,
}

impl Given {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|given| given == key)
    }
}

/// An integer, and where it stands.
pub(crate) struct Number {
    pub(crate) value: u32,
    pub(crate) literal: LitInt,
}

impl Grammar {
    /// Hands out each key: a flag, or one that has a value, which begins where the input stands.
    pub(crate) fn parse(
        &self,
        tokens: TokenStream,
        given: &mut Given,
        errors: &mut Errors,
        mut take: impl FnMut(&str, ParseStream<'_>, &mut Errors),
    ) {
        let parse = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Some(key) = self.key(input, given, errors) {
                    take(&key, input, errors);
                }
                skip_to_comma(input);
            }
            Ok(())
        };
        if let Err(error) = parse.parse2(tokens) {
            errors.push_syntax(&error);
        }
    }

    fn key(&self, input: ParseStream<'_>, given: &mut Given, errors: &mut Errors) -> Option<String> {
        let Ok(key) = input.call(Ident::parse_any) else {
            given.other = true;
            errors.push(input.fork().parse::<TokenTree>().ok(), messages::not_a_key(self.attribute, self.example));
            return None;
        };
        let spoken = key.unraw().to_string();
        if let Some(message) = self.refusal(&spoken, given) {
            errors.push(&key, message);
            return None;
        }
        given.keys.push(spoken.clone());
        if self.flags.contains(&&*spoken) {
            return flag(spoken, input, errors);
        }
        if input.parse::<Token![=]>().is_err() || input.is_empty() || input.peek(Token![,]) {
            errors.push(&key, messages::missing_value(&spoken, example(&spoken)));
            return None;
        }
        Some(spoken)
    }

    fn refusal(&self, key: &str, given: &Given) -> Option<String> {
        match () {
            () if !self.keys.contains(&key) => Some(self.unknown(key)),
            () if given.has(key) => Some(messages::repeated_key(key)),
            () => None,
        }
    }

    fn unknown(&self, key: &str) -> String {
        match self.keys.iter().min_by_key(|allowed| distance(key, allowed)) {
            Some(nearest) if distance(key, nearest) <= 2 => {
                messages::misspelt_key(key, self.attribute, nearest, self.allowed)
            }
            _ => messages::unknown_key(key, self.attribute, self.allowed),
        }
    }

    pub(crate) fn number(key: &str, input: ParseStream<'_>, errors: &mut Errors) -> Option<Number> {
        let literal = lone::<LitInt>(input).map_err(|wrong| errors.push(wrong, messages::not_an_integer(key))).ok()?;
        match literal.base10_parse() {
            Ok(value) if value > 0 => Some(Number { value, literal }),
            _ => {
                errors.push(&literal, messages::integer_out_of_range(key));
                None
            }
        }
    }

    pub(crate) fn string(&self, key: &str, input: ParseStream<'_>, errors: &mut Errors) -> Option<LitStr> {
        let wrong = |wrong| errors.push(wrong, messages::not_a_string(key, example(key)));
        let literal = lone::<LitStr>(input).map_err(wrong).ok()?;
        if literal.value().is_empty() {
            errors.push(&literal, messages::empty_string(key, self.subject));
            return None;
        }
        Some(literal)
    }

    /// A duration, in milliseconds.
    pub(crate) fn duration(key: &str, input: ParseStream<'_>, errors: &mut Errors) -> Option<u64> {
        let wrong = |wrong| errors.push(wrong, messages::not_a_string(key, example(key)));
        let literal = lone::<LitStr>(input).map_err(wrong).ok()?;
        duration::milliseconds(key, &literal.value()).map_err(|message| errors.push(literal, message)).ok()
    }

    pub(crate) fn path(key: &str, input: ParseStream<'_>, errors: &mut Errors) -> Option<Path> {
        let value = value_tokens(input);
        let parsed = Path::parse_mod_style.parse2(value.clone());
        parsed.map_err(|_| errors.push(value, messages::not_a_path(key))).ok()
    }
}

/// The flag, which is given even with a value that it cannot have.
fn flag(key: String, input: ParseStream<'_>, errors: &mut Errors) -> Option<String> {
    let value = value_tokens(input);
    if !value.is_empty() {
        errors.push(value, messages::flag_with_value(&key));
    }
    Some(key)
}

fn example(key: &str) -> &'static str {
    match key {
        "version" | "min_version" => "1",
        "crate" => "some_name",
        "timeout" => "\"5s\"",
        _ => "\"..\"",
    }
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
