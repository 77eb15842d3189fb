//! Check: the rules about an interface as a whole.

use super::errors::Errors;
use super::messages;
use super::model::{Draft, Form, Interface, Lowered};
use super::names::spoken;

/// The interface, if nothing at all is wrong with it.
pub(crate) fn check<'a>(draft: Draft<'a>, errors: &mut Errors) -> Result<Interface<'a>, Draft<'a>> {
    if draft.definition.items.is_empty() {
        errors.push(&draft.definition.ident, messages::empty_trait(spoken(&draft.definition.ident)));
    }
    one_form(&draft, errors);
    match draft {
        Draft { settings: Some(settings), definition, methods } if errors.is_empty() => {
            let methods = methods.into_iter().filter_map(|lowered| lowered.method).collect();
            Ok(Interface { definition, settings, methods })
        }
        draft => Err(draft),
    }
}

/// Async or blocking as a whole, and for now async.
fn one_form(draft: &Draft<'_>, errors: &mut Errors) {
    let mut forms = draft.methods.iter().filter_map(|method| method.form.map(|form| (method, form)));
    let Some((first, first_form)) = forms.next() else { return };
    let odd = forms.find(|(_, form)| std::mem::discriminant(form) != std::mem::discriminant(&first_form));
    match (odd, first_form) {
        (Some((odd, form)), _) => mixed((odd, form), (first, first_form), errors),
        (None, Form::Blocking(token)) => {
            errors.push(token, messages::blocking_not_yet(spoken(&draft.definition.ident)));
        }
        (None, Form::Async) => {}
    }
}

fn mixed(odd: (&Lowered<'_>, Form), first: (&Lowered<'_>, Form), errors: &mut Errors) {
    let message = messages::mixed_forms(spoken(odd.0.ident), says(odd.1), spoken(first.0.ident), says(first.1));
    match (odd.1, first.1) {
        (Form::Blocking(token), _) => errors.push(token, message),
        (Form::Async, _) => errors.push(odd.0.ident, message),
    }
}

fn says(form: Form) -> &'static str {
    match form {
        Form::Async => "`async`",
        Form::Blocking(_) => "a plain `fn`",
    }
}
