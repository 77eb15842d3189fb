//! Check: the rules about an interface as a whole.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::errors::Errors;
use super::model::{Draft, Form, Interface};
use super::names::spoken;
use super::{attributes, messages};

/// The interface, if nothing at all is wrong with it.
pub(crate) fn check<'a>(draft: Draft<'a>, errors: &mut Errors) -> Result<Interface<'a>, Draft<'a>> {
    if draft.definition.items.is_empty() {
        errors.push(&draft.definition.ident, messages::empty_trait(spoken(&draft.definition.ident)));
    }
    one_form(&draft, errors);
    one_method_for_each_name(&draft, errors);
    let form = draft.form();
    match draft {
        Draft { settings: Some(settings), definition, methods } if errors.is_empty() => {
            let methods = methods.into_iter().filter_map(|lowered| lowered.method).collect();
            Ok(Interface { definition, settings, form, methods })
        }
        draft => Err(draft),
    }
}

/// Async or blocking as a whole.
fn one_form(draft: &Draft<'_>, errors: &mut Errors) {
    let mut forms = draft.methods.iter().filter_map(|method| method.form.map(|form| (method, form)));
    let Some((first, expected)) = forms.next() else { return };
    let Some((odd, form)) = forms.find(|(_, form)| *form != expected) else { return };
    let message = messages::mixed_forms(spoken(odd.ident), says(form), spoken(first.ident), says(expected));
    match form {
        Form::Async => errors.push(odd.ident, message),
        Form::Blocking => errors.push(odd.fn_token, message),
    }
}

/// Of methods that are not always there, rustc picks out those that are.
fn one_method_for_each_name(draft: &Draft<'_>, errors: &mut Errors) {
    let valid = draft.methods.iter().filter_map(|lowered| lowered.method.as_ref());
    let always = valid.filter(|method| attributes::conditions(method.attributes).next().is_none());
    let mut seen = BTreeMap::new();
    for method in always {
        let name = &method.name;
        match seen.entry(&name.text) {
            Entry::Vacant(place) => _ = place.insert(method.ident),
            Entry::Occupied(first) => {
                let message = messages::repeated_name(spoken(method.ident), &name.text, spoken(first.get()));
                match &name.literal {
                    Some(literal) => errors.push(literal, message),
                    None => errors.push(method.ident, message),
                }
            }
        }
    }
}

fn says(form: Form) -> &'static str {
    match form {
        Form::Async => "`async`",
        Form::Blocking => "a plain `fn`",
    }
}
