//! Lower: syntax to the model, with everything refused that cannot be called from another program.

mod argument;
mod method;
mod receiver;
mod types;

use quote::ToTokens;
use syn::{GenericParam, Generics, ItemTrait, TraitItem, TraitItemFn};

use super::arguments::Arguments;
use super::errors::Errors;
use super::model::{Draft, Settings};
use super::names::spoken;
use super::{attributes, messages};

/// What can be known of the interface, right or wrong.
pub(crate) fn lower<'a>(definition: &'a ItemTrait, arguments: &Arguments, errors: &mut Errors) -> Draft<'a> {
    let settings = settings(definition, arguments, errors);
    header(definition, errors);
    let mut methods = Vec::new();
    for item in &definition.items {
        match item {
            TraitItem::Fn(item) if repeats(item, &definition.items) => {
                errors.push(&item.sig.ident, messages::repeated_method(spoken(&item.sig.ident)));
            }
            TraitItem::Fn(item) => methods.push(method::lower(item, errors)),
            other => refuse_member(other, errors),
        }
    }
    Draft { definition, settings, methods }
}

/// Whether a method before this one has its name, and both are always there.
pub(super) fn repeats(item: &TraitItemFn, items: &[TraitItem]) -> bool {
    let always = |item: &TraitItemFn| attributes::conditions(&item.attrs).next().is_none();
    let before = items.iter().take_while(|other| !matches!(other, TraitItem::Fn(other) if std::ptr::eq(other, item)));
    always(item)
        && before
            .into_iter()
            .any(|other| matches!(other, TraitItem::Fn(other) if other.sig.ident == item.sig.ident && always(other)))
}

fn settings(definition: &ItemTrait, arguments: &Arguments, errors: &mut Errors) -> Option<Settings> {
    let interface = spoken(&definition.ident);
    if !arguments.names_version() {
        errors.push(&definition.ident, messages::missing_version(&interface));
    }
    let version = arguments.version.as_ref()?.value;
    if let Some(min_version) = arguments.min_version.as_ref().filter(|min_version| min_version.value > version) {
        errors.push(&min_version.literal, messages::min_above_version(min_version.value, version));
    }
    let name = arguments.name.clone().unwrap_or(interface);
    Some(Settings {
        version,
        min_version: arguments.min_version.as_ref().map_or(version, |min_version| min_version.value),
        cookie: arguments.cookie.clone().unwrap_or_else(|| name.clone()),
        name,
    })
}

fn header(definition: &ItemTrait, errors: &mut Errors) {
    let interface = spoken(&definition.ident);
    if let Some(token) = definition.unsafety {
        errors.push(token, messages::unsafe_trait(&interface));
    }
    if !definition.generics.params.is_empty() {
        errors.push(&definition.generics.params, messages::generic_trait(&interface));
    }
    if let Some(clause) = &definition.generics.where_clause {
        errors.push(clause, messages::where_on_trait(&interface));
    }
}

fn refuse_member(item: &TraitItem, errors: &mut Errors) {
    match item {
        TraitItem::Type(item) => errors.push(&item.ident, messages::associated_type(&item.ident)),
        TraitItem::Const(item) => {
            errors.push(&item.ident, messages::associated_const(&item.ident, spoken(&item.ident).to_lowercase()))
        }
        TraitItem::Macro(item) => errors.push(&item.mac.path, messages::macro_in_trait()),
        // The place of a member that did not parse, which has been reported.
        other if other.to_token_stream().is_empty() => {}
        other => errors.push(other, messages::not_a_method()),
    }
}

/// Whether all that is generic is lifetimes.
fn only_lifetimes(generics: &Generics) -> bool {
    generics.params.iter().all(|parameter| matches!(parameter, GenericParam::Lifetime(_)))
}
