//! One argument.

use proc_macro2::Ident;
use syn::{GenericArgument, Pat, PatType, PathArguments, Signature, Type, TypePath, TypeReference};

use super::super::errors::Errors;
use super::super::messages;
use super::super::model::{Argument, Passing};
use super::super::names::spoken;
use super::method::name;
use super::receiver::named;
use super::types::{self, Place, bare};

pub(super) fn lower<'a>(argument: &'a PatType, signature: &Signature, errors: &mut Errors) -> Option<Argument<'a>> {
    if let Some(attribute) = argument.attrs.first() {
        errors.push(attribute, messages::argument_attribute(name(signature)));
    }
    let ident = plain_name(argument, signature, errors);
    let place = Place::argument(ident.map_or_else(|| "_".to_owned(), spoken), signature);
    let passing = passing(&argument.ty);
    match passing {
        Passing::Owned(ty) => types::check(ty, &place, errors),
        Passing::Borrowed(ty) => borrowed(&argument.ty, ty, &place, errors),
        Passing::Optional(ty) => {
            let reference = optional_reference(&argument.ty)?;
            borrow(reference, &place, errors);
            types::check(ty, &place.inside(), errors);
        }
    }
    Some(Argument { ident: ident?, ty: &argument.ty, passing })
}

fn plain_name<'a>(argument: &'a PatType, signature: &Signature, errors: &mut Errors) -> Option<&'a Ident> {
    match &*argument.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            if let Some(token) = pattern.mutability {
                errors.push(token, messages::mutable_binding(spoken(&pattern.ident), name(signature)));
            }
            Some(&pattern.ident)
        }
        pattern => {
            errors.push(pattern, messages::pattern_argument(name(signature)));
            None
        }
    }
}

fn passing(ty: &Type) -> Passing<'_> {
    match (bare(ty), optional_reference(ty)) {
        (Type::Reference(reference), _) => Passing::Borrowed(&reference.elem),
        (_, Some(reference)) => Passing::Optional(&reference.elem),
        _ => Passing::Owned(ty),
    }
}

fn borrowed(whole: &Type, ty: &Type, place: &Place<'_>, errors: &mut Errors) {
    if let Type::Reference(reference) = bare(whole) {
        borrow(reference, place, errors);
    }
    types::check(ty, &place.inside(), errors);
}

fn borrow(reference: &TypeReference, place: &Place<'_>, errors: &mut Errors) {
    if let Some(token) = reference.mutability {
        errors.push(token, messages::mutable_argument(&place.argument, place.method()));
    }
    if let Some(lifetime) = &reference.lifetime {
        named(lifetime, place.signature, errors);
    }
}

/// The reference of an `Option<&T>`.
///
/// The name is looked at, and a wrong guess is an error of types and never a wrong value.
fn optional_reference(ty: &Type) -> Option<&TypeReference> {
    let Type::Path(TypePath { qself: None, path, .. }) = bare(ty) else { return None };
    let option = path.segments.last().filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &option.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(Type::Reference(reference)) if arguments.args.len() == 1 => Some(reference),
        _ => None,
    }
}
