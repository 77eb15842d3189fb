//! The words in which `async` code and plain code differ.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::model::Form;

impl Form {
    /// What stands before `fn`.
    pub(super) fn asyncness(self) -> Option<TokenStream> {
        (self == Self::Async).then(|| quote!(async))
    }

    /// What stands after a call.
    pub(super) fn awaited(self) -> Option<TokenStream> {
        (self == Self::Async).then(|| quote!(.await))
    }
}
