//! The receiver, which is `&self`.

use syn::{Lifetime, ReceiverKind, Signature};

use super::super::errors::Errors;
use super::super::messages;
use super::method::name;

pub(super) fn check(signature: &Signature, errors: &mut Errors) {
    let method = name(signature);
    let Some(receiver) = signature.receiver() else {
        return errors.push(&signature.ident, messages::no_receiver(method));
    };
    match &receiver.kind {
        ReceiverKind::Reference(_, _, Some(_)) => errors.push(receiver, messages::mutable_receiver(method)),
        ReceiverKind::Reference(_, Some(lifetime), None) => named(lifetime, signature, errors),
        ReceiverKind::Reference(..) => {}
        ReceiverKind::Value => errors.push(receiver, messages::receiver_by_value(method)),
        _ => errors.push(receiver, messages::typed_receiver(method)),
    }
}

/// Refuses a named lifetime, once: where it is declared, that has been said.
pub(super) fn named(lifetime: &Lifetime, signature: &Signature, errors: &mut Errors) {
    let declared = signature.generics.lifetimes().any(|parameter| parameter.lifetime == *lifetime);
    if lifetime.ident != "_" && !declared {
        errors.push(lifetime, messages::named_lifetime(lifetime, name(signature)));
    }
}
