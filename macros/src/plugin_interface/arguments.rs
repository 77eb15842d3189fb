//! Parse: what stands in the parentheses of `#[plugin_interface(..)]`, and of `#[plugin(..)]` on a method.

use proc_macro2::TokenStream;
use syn::{Attribute, LitStr, Path};

use super::attributes;
use super::errors::Errors;
use super::keys::{Given, Grammar, Number};
use super::messages;

const OF_INTERFACE: Grammar = Grammar {
    attribute: "#[plugin_interface]",
    keys: &["version", "min_version", "name", "cookie", "crate"],
    later: &[],
    allowed: "`version`, `min_version`, `name`, `cookie` and `crate`",
    example: "version = 1",
    subject: "trait",
};
const OF_METHOD: Grammar = Grammar {
    attribute: "#[plugin(..)]",
    keys: &["name"],
    later: &["timeout", "no_cancel"],
    allowed: "`name`, and later `timeout` and `no_cancel`",
    example: "name = \"..\"",
    subject: "method",
};

/// What was given, key by key; a value that was no good is missing, and has been reported.
#[derive(Default)]
pub(crate) struct Arguments {
    given: Given,
    pub(crate) version: Option<Number>,
    pub(crate) min_version: Option<Number>,
    pub(crate) name: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) krate: Option<Path>,
}

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut given = Given::default();
        let mut arguments = Self::default();
        let text = |literal: LitStr| literal.value();
        OF_INTERFACE.parse(tokens, &mut given, errors, |key, input, errors| match key {
            "version" => arguments.version = Grammar::number(key, input, errors),
            "min_version" => arguments.min_version = Grammar::number(key, input, errors),
            "name" => arguments.name = OF_INTERFACE.string(key, input, errors).map(text),
            "cookie" => arguments.cookie = OF_INTERFACE.string(key, input, errors).map(text),
            _ => arguments.krate = Grammar::path(key, input, errors),
        });
        Self { given, ..arguments }
    }

    /// Whether the author gave a version, however wrong.
    pub(crate) fn names_version(&self) -> bool {
        // What is no key is most likely the version: that it is missing need not be said as well.
        self.given.has("version") || self.given.other
    }
}

/// The name that a method's `#[plugin(..)]` gives it.
pub(crate) fn method_name(attributes: &[Attribute], errors: &mut Errors) -> Option<LitStr> {
    let mut given = Given::default();
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attributes::is_ours(attribute)) {
        match attribute.meta.require_list() {
            Ok(list) => OF_METHOD.parse(list.tokens.clone(), &mut given, errors, |key, input, errors| {
                name = OF_METHOD.string(key, input, errors);
            }),
            Err(_) => errors.push(&attribute.meta, messages::setting_without_keys()),
        }
    }
    name
}
