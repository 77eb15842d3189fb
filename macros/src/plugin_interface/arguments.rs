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
    flags: &[],
    allowed: "`version`, `min_version`, `name`, `cookie` and `crate`",
    example: "version = 1",
    subject: "trait",
};
const OF_METHOD: Grammar = Grammar {
    attribute: "#[plugin(..)]",
    keys: &["name", "timeout", "no_cancel"],
    flags: &["no_cancel"],
    allowed: "`name`, `timeout` and `no_cancel`",
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

/// What a method's `#[plugin(..)]` says; a value that was no good is missing, and has been reported.
#[derive(Default)]
pub(crate) struct MethodSettings {
    pub(crate) name: Option<LitStr>,
    /// In milliseconds.
    pub(crate) timeout: Option<u64>,
    pub(crate) no_cancel: bool,
}

impl MethodSettings {
    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut given = Given::default();
        let mut settings = Self::default();
        for attribute in attributes.iter().filter(|attribute| attributes::is_ours(attribute)) {
            match attribute.meta.require_list() {
                Ok(list) => OF_METHOD.parse(list.tokens.clone(), &mut given, errors, |key, input, errors| match key {
                    "name" => settings.name = OF_METHOD.string(key, input, errors),
                    "timeout" => settings.timeout = Grammar::duration(key, input, errors),
                    _ => settings.no_cancel = true,
                }),
                Err(_) => errors.push(&attribute.meta, messages::setting_without_keys()),
            }
        }
        settings
    }
}
