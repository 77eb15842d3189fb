//! From the attribute's tokens to the tokens that replace them.
//!
//! The phases are parse, lower, check and expand. Each collects all the mistakes it can see; where
//! there are any, the fallback stands in for the expansion: the author's trait survives, with a
//! client and a server beside it that do nothing.

mod arguments;
mod attributes;
mod check;
pub(crate) mod duration;
mod errors;
mod expand;
mod fallback;
mod keys;
mod lifetimes;
mod lower;
pub(crate) mod messages;
mod model;
mod names;
mod parse;

use proc_macro2::TokenStream;

use arguments::Arguments;
use errors::Errors;
use names::Names;

/// Everything that `#[plugin_interface(arguments)] item` stands for.
pub(crate) fn run(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = Arguments::parse(arguments, &mut errors);
    let Some(definition) = parse::definition(item.clone(), &mut errors) else {
        return errors.before(item);
    };
    let names = Names::new(&definition, arguments.krate.as_ref());

    let draft = lower::lower(&definition, &arguments, &mut errors);
    match check::check(draft, &mut errors) {
        Ok(interface) => expand::expand(&interface, &names),
        Err(draft) => fallback::expand(&draft, &names, &errors),
    }
}
