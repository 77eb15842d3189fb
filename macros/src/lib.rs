//! The `#[plugin_interface]` attribute of the `outboard` crate, which documents it.

mod plugin_interface;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// See `outboard::plugin_interface`.
#[proc_macro_attribute]
pub fn plugin_interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    plugin_interface::run(arguments.into(), item.into()).into()
}
