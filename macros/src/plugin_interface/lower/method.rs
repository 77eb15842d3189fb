//! One method.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{FnArg, LitStr, ReturnType, Safety, Signature, TraitItemFn, Type};

use super::super::arguments::MethodSettings;
use super::super::errors::Errors;
use super::super::messages;
use super::super::model::{Argument, DefaultBody, Form, Lowered, Method, WireName};
use super::super::names::spoken;
use super::types::{self, Place};
use super::{argument, only_lifetimes, receiver};

/// More than this many arguments are a struct that wants a name.
const MOST_ARGUMENTS: usize = 12;

/// One method, and everything that is wrong with it.
pub(super) fn lower<'a>(item: &'a TraitItemFn, errors: &mut Errors) -> Lowered<'a> {
    let mut ours = Errors::default();
    let method = lower_valid(item, &mut ours);
    let refused = !ours.is_empty();
    errors.append(ours);
    let Signature { fn_token, ident, .. } = &item.sig;
    Lowered { fn_token: *fn_token, ident, form: form(&item.sig), method: method.filter(|_| !refused) }
}

/// A method that returns `impl Future` was meant to be `async`, and of a `const` one nobody knows.
fn form(signature: &Signature) -> Option<Form> {
    match &signature.output {
        _ if signature.asyncness.is_some() => Some(Form::Async),
        _ if signature.constness.is_some() => None,
        ReturnType::Type(_, output) if matches!(**output, Type::ImplTrait(_)) => None,
        _ => Some(Form::Blocking),
    }
}

fn lower_valid<'a>(item: &'a TraitItemFn, errors: &mut Errors) -> Option<Method<'a>> {
    let signature = &item.sig;
    if signature.ident == "version" {
        errors.push(&signature.ident, messages::reserved_version());
    }
    let MethodSettings { name, timeout, no_cancel } = MethodSettings::parse(&item.attrs, errors);
    let name = wire_name(name, signature);
    qualifiers(signature, errors);
    generics(signature, errors);
    receiver::check(signature, errors);
    let arguments = arguments(signature, errors);
    let output = output(signature, errors)?;
    let default = item.default.as_ref().map(|block| DefaultBody { signature, block });
    let (attributes, ident) = (&item.attrs, &signature.ident);
    Some(Method { attributes, ident, name, timeout, no_cancel, arguments, output, default })
}

fn wire_name(literal: Option<LitStr>, signature: &Signature) -> WireName {
    let text = literal.as_ref().map_or_else(|| name(signature), LitStr::value);
    WireName { text, literal }
}

fn qualifiers(signature: &Signature, errors: &mut Errors) {
    let method = spoken(&signature.ident);
    if let Some(token) = signature.constness {
        errors.push(token, messages::const_method(&method));
    }
    if let Safety::Unsafe(token) = signature.safety {
        errors.push(token, messages::unsafe_method(&method));
    }
    if let Some(abi) = &signature.abi {
        errors.push(abi, messages::extern_method(&method));
    }
    if let Some(variadic) = &signature.variadic {
        errors.push(variadic.dots, messages::variadic_method(&method));
    }
}

fn generics(signature: &Signature, errors: &mut Errors) {
    let method = spoken(&signature.ident);
    let generics = &signature.generics;
    if !generics.params.is_empty() {
        let only_lifetimes = only_lifetimes(generics);
        let message =
            if only_lifetimes { messages::method_lifetime(&method) } else { messages::generic_method(&method) };
        errors.push(&generics.params, message);
    }
    if let Some(clause) = &generics.where_clause {
        errors.push(clause, messages::where_on_method(&method));
    }
}

fn arguments<'a>(signature: &'a Signature, errors: &mut Errors) -> Vec<Argument<'a>> {
    let typed: Vec<_> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
        .collect();
    if let Some(excess) = typed.get(MOST_ARGUMENTS) {
        errors.push(&excess.pat, messages::too_many_arguments(spoken(&signature.ident)));
    }
    typed.into_iter().filter_map(|argument| argument::lower(argument, signature, errors)).collect()
}

fn output<'a>(signature: &'a Signature, errors: &mut Errors) -> Option<&'a Type> {
    let method = spoken(&signature.ident);
    match &signature.output {
        ReturnType::Default => refuse(&signature.ident, messages::no_return(method), errors),
        ReturnType::Type(_, output) => match types::bare(output) {
            never @ Type::Never(_) => refuse(never, messages::returns_never(method), errors),
            _ => {
                types::check(output, &Place::output(signature), errors);
                Some(output)
            }
        },
    }
}

fn refuse<'a>(wrong: impl ToTokens, message: String, errors: &mut Errors) -> Option<&'a Type> {
    errors.push(wrong, message);
    None
}

/// The method's name in a message.
pub(super) fn name(signature: &Signature) -> String {
    spoken(&signature.ident as &Ident)
}
