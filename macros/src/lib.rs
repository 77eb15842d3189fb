//! The `#[plugin_interface]` attribute of the `outboard` crate, which documents it.

use proc_macro::TokenStream;

/// See `outboard::plugin_interface`.
#[proc_macro_attribute]
pub fn plugin_interface(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}
