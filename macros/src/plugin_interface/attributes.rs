//! Which of the author's attributes follow their trait or method, and where to.

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, parse_quote};

/// Settings of our own on a method; never part of the output.
pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("plugin")
}

/// Whether the thing exists: these go wherever the thing is mentioned.
pub(crate) fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| is(attribute, &["cfg"]))
}

/// For the counterpart of a method: whether it exists, and which lints speak of it.
pub(crate) fn conditions_and_lints(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    let names = ["cfg", "allow", "warn", "deny", "forbid"];
    attributes.iter().filter(move |attribute| is(attribute, &names)).cloned().chain(expectations(attributes))
}

/// For what the author never sees: whether it exists, and which lints have nothing to say of it.
pub(crate) fn of_workings(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    attributes.iter().filter(|attribute| is(attribute, &["cfg", "allow"])).cloned().chain(expectations(attributes))
}

/// For a method that callers see beside the trait's, or whose body stands elsewhere: all that does not speak of the body.
pub(crate) fn of_declaration(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    let names = ["cfg", "doc", "allow", "warn", "deny", "forbid", "deprecated", "must_use"];
    attributes.iter().filter(move |attribute| is(attribute, &names)).cloned().chain(expectations(attributes))
}

/// For the body of a method, which is neither documented nor deprecated a second time.
pub(crate) fn of_body(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    let elsewhere = ["doc", "must_use", "expect", "deprecated"];
    let here = attributes.iter().filter(move |attribute| !is(attribute, &elsewhere) && !is_ours(attribute));
    here.cloned().chain(expectations(attributes)).chain(excuse(attributes))
}

/// For the trait of the bodies: whether it exists, and which lints speak of it.
pub(crate) fn of_bodies(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    conditions_and_lints(attributes).chain(excuse(attributes))
}

fn excuse(attributes: &[Attribute]) -> Option<Attribute> {
    let deprecated = attributes.iter().any(|attribute| is(attribute, &["deprecated"]));
    deprecated.then(|| parse_quote!(#[allow(deprecated, reason = "what is deprecated may use itself")]))
}

/// Lints that the author expects, of which nobody knows whether they speak of this thing or of another.
fn expectations(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    attributes.iter().filter(|attribute| is(attribute, &["expect"])).map(lenient)
}

/// The attribute, with `expect` as `allow`: for a thing of which a part stands elsewhere.
pub(crate) fn lenient(attribute: &Attribute) -> Attribute {
    let mut attribute = attribute.clone();
    if let Meta::List(list) = &mut attribute.meta
        && list.path.is_ident("expect")
    {
        list.path = Ident::new("allow", list.path.span()).into();
    }
    attribute
}

/// For a generated type: all that holds of the trait holds of it.
pub(crate) fn of_type(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    let names = ["cfg", "allow", "warn", "deny", "forbid", "deprecated"];
    let here = attributes.iter().filter(move |attribute| is(attribute, &names) || is_hidden(attribute));
    here.cloned().chain(expectations(attributes))
}

/// The documentation as text; what is computed, as by `include_str!`, is not part of it.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(doc_line).map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Whether anybody documented it, in whatever way.
pub(crate) fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| matches!(&attribute.meta, Meta::NameValue(meta) if meta.path.is_ident("doc")))
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn is_hidden(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
        && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("hidden"))
}

/// Whether the attribute has one of the names, or is a `cfg_attr` of such attributes only.
fn is(attribute: &Attribute, names: &[&str]) -> bool {
    let among = |meta: &Meta| names.iter().any(|name| meta.path().is_ident(name));
    if !attribute.path().is_ident("cfg_attr") {
        return among(&attribute.meta);
    }
    let parts = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    parts.is_ok_and(|parts| parts.len() > 1 && parts.iter().skip(1).all(among))
}
