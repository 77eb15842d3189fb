//! Lifetimes that authors leave out, and that some generated places have to name.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;

/// The type with each `'_` and each lifetime of an author's spelt with this name.
///
/// On tokens, because a type is otherwise left exactly as its author wrote it.
pub(crate) fn renamed(ty: impl ToTokens, name: &str) -> TokenStream {
    replace(ty.into_token_stream(), name)
}

fn replace(tokens: TokenStream, name: &str) -> TokenStream {
    let mut after_tick = false;
    let rename = |token: TokenTree| {
        let is_name =
            std::mem::replace(&mut after_tick, matches!(&token, TokenTree::Punct(tick) if tick.as_char() == '\''));
        match token {
            TokenTree::Group(group) => within(&group, name),
            TokenTree::Ident(old) if is_name && old != "static" => TokenTree::Ident(Ident::new(name, old.span())),
            other => other,
        }
    };
    tokens.into_iter().map(rename).collect()
}

fn within(group: &Group, name: &str) -> TokenTree {
    let mut renamed = Group::new(group.delimiter(), replace(group.stream(), name));
    renamed.set_span(group.span());
    TokenTree::Group(renamed)
}
