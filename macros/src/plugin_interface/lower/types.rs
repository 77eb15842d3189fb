//! What a type may be made of: whatever another program can have as well.

use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Lifetime, PathArguments, PathSegment, Signature, Token, Type,
};

use super::super::errors::Errors;
use super::super::messages;
use super::method::name;
use super::receiver::named;

/// Where a type stands.
pub(super) struct Place<'a> {
    pub(super) signature: &'a Signature,
    pub(super) argument: String,
    returned: bool,
    borrowed: bool,
}

impl<'a> Place<'a> {
    pub(super) fn argument(argument: String, signature: &'a Signature) -> Self {
        Self { signature, argument, returned: false, borrowed: false }
    }

    pub(super) fn output(signature: &'a Signature) -> Self {
        Self { signature, argument: String::new(), returned: true, borrowed: false }
    }

    /// Behind the argument's own `&`.
    pub(super) fn inside(&self) -> Self {
        Self { argument: self.argument.clone(), borrowed: true, ..*self }
    }

    pub(super) fn method(&self) -> String {
        name(self.signature)
    }

    fn subject(&self) -> String {
        match self.returned {
            true => format!("the return of `{}`", self.method()),
            false => format!("argument `{}` of `{}`", self.argument, self.method()),
        }
    }
}

/// Without the parentheses that `macro_rules!` and people put around a type.
pub(super) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// Refuses each part of the type that cannot travel.
pub(super) fn check(ty: &Type, place: &Place<'_>, errors: &mut Errors) {
    let mut refuse = |message: String| errors.push(ty, message);
    match ty {
        Type::Group(group) => check(&group.elem, place, errors),
        Type::Paren(paren) => check(&paren.elem, place, errors),
        Type::Array(array) => check(&array.elem, place, errors),
        Type::Slice(slice) => check(&slice.elem, place, errors),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|element| check(element, place, errors)),
        Type::Path(path) => {
            if let Some(qself) = &path.qself {
                check(&qself.ty, place, errors);
            }
            segments(&path.path.segments, place, errors);
        }
        Type::Reference(_) if place.returned => refuse(messages::returns_borrow(place.method())),
        Type::Reference(_) => refuse(messages::nested_reference(&place.argument, place.method())),
        Type::ImplTrait(_) if place.returned => refuse(messages::returns_impl(place.method())),
        Type::ImplTrait(_) => refuse(messages::impl_argument(&place.argument, place.method())),
        Type::TraitObject(_) => refuse(messages::trait_object(place.subject())),
        Type::Ptr(_) => refuse(messages::raw_pointer(place.subject())),
        Type::FnPtr(_) => refuse(messages::function_pointer(place.subject())),
        // Macros and whatever Rust will have tomorrow: the type system speaks for them.
        _ => {}
    }
}

fn segments(segments: &Punctuated<PathSegment, Token![::]>, place: &Place<'_>, errors: &mut Errors) {
    // `Self::Name` is an associated type, which is refused where it is declared.
    if let Some(segment) = segments.first().filter(|segment| segments.len() == 1 && segment.ident == "Self") {
        errors.push(&segment.ident, messages::self_type(place.subject()));
    }
    for segment in segments {
        if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
            hidden_lifetime(segment, arguments, place, errors);
            arguments.args.iter().for_each(|argument| generic(argument, place, errors));
        }
    }
}

fn generic(argument: &GenericArgument, place: &Place<'_>, errors: &mut Errors) {
    match argument {
        GenericArgument::Type(ty) => check(ty, place, errors),
        GenericArgument::Lifetime(lifetime) => in_path(lifetime, place, errors),
        _ => {}
    }
}

fn in_path(lifetime: &Lifetime, place: &Place<'_>, errors: &mut Errors) {
    match () {
        () if lifetime.ident == "static" => {}
        () if place.returned => errors.push(lifetime, messages::returns_borrow(place.method())),
        () if place.borrowed && lifetime.ident == "_" => {
            errors.push(lifetime, messages::nested_reference(&place.argument, place.method()));
        }
        () => named(lifetime, place.signature, errors),
    }
}

/// `Cow<str>` borrows without saying so, which nobody but the compiler can see in other types.
fn hidden_lifetime(
    segment: &PathSegment,
    arguments: &AngleBracketedGenericArguments,
    place: &Place<'_>,
    errors: &mut Errors,
) {
    let hidden = !matches!(arguments.args.first(), Some(GenericArgument::Lifetime(_)));
    if segment.ident == "Cow" && hidden && !place.returned {
        errors.push(segment, messages::hidden_lifetime(&place.argument, place.method()));
    }
}
