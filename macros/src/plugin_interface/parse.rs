//! Parse: tokens to syntax.
//!
//! A member that does not parse is skipped and reported, so that an editor sees the others while
//! somebody types.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::token::Brace;
use syn::{
    AttrStyle, Attribute, Block, Expr, FnModifiers, Ident, ItemTrait, Signature, Stmt, Token, TraitItem, TraitItemFn,
    Visibility, braced,
};

use super::errors::Errors;
use super::messages;

/// The trait under the attribute; nothing where it is no trait.
pub(crate) fn definition(item: TokenStream, errors: &mut Errors) -> Option<ItemTrait> {
    let mut header: Vec<TokenTree> = item.clone().into_iter().collect();
    let body = match header.pop() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group,
        _ => return no_definition(item, errors),
    };
    let empty = TokenTree::Group(emptied(&body));
    let Ok(mut definition) = syn::parse2::<ItemTrait>(header.into_iter().chain([empty]).collect()) else {
        return no_definition(item, errors);
    };
    members(&mut definition, body.stream(), errors);
    Some(definition)
}

fn emptied(body: &Group) -> Group {
    let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
    empty.set_span(body.span());
    empty
}

/// Says why there is no trait: it is something else, or its first line is unfinished.
fn no_definition(item: TokenStream, errors: &mut Errors) -> Option<ItemTrait> {
    let mut keyword = TokenStream::new();
    let find_keyword = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        keyword = input.fork().parse::<TokenTree>().map_or_else(|_| quote!(), ToTokens::into_token_stream);
        input.parse::<TokenStream>()
    };
    let _ = find_keyword.parse2(item.clone());
    match syn::parse2::<ItemTrait>(item) {
        Err(error) if keyword.to_string() == "trait" => errors.push_syntax(&error),
        _ => errors.push(keyword, messages::not_a_trait()),
    }
    None
}

fn members(definition: &mut ItemTrait, body: TokenStream, errors: &mut Errors) {
    let parse = |input: ParseStream<'_>| {
        definition.attrs.extend(input.call(Attribute::parse_inner)?.into_iter().map(outer));
        while !input.is_empty() {
            let begin = input.cursor();
            match member(input, errors) {
                Ok(item) => definition.items.push(item),
                Err(error) => {
                    errors.push_syntax(&error);
                    if input.cursor() == begin {
                        let _ = input.parse::<TokenTree>();
                    }
                    skip_member(input);
                    // Its place, so that the trait does not pass for an empty one.
                    definition.items.push(TraitItem::Verbatim(TokenStream::new()));
                }
            }
        }
        Ok(())
    };
    // What syn finds left over in a group it tells at the very end.
    if let Err(error) = parse.parse2(body) {
        errors.push_syntax(&error);
    }
}

fn member(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<TraitItem> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility: Visibility = input.parse()?;
    let mut item = match with_body(input)? {
        Some(method) => TraitItem::Fn(method),
        None => TraitItem::parse(input)?,
    };
    if let TraitItem::Fn(method) = &mut item {
        method.attrs.splice(..0, attributes);
        if !matches!(visibility, Visibility::Inherited) {
            errors.push(visibility, messages::visible_method(&method.sig.ident));
        }
    }
    Ok(item)
}

/// A method that has a body, which nobody looks into: rustc knows better what is wrong in there, and an
/// editor keeps it while somebody types.
fn with_body(input: ParseStream<'_>) -> syn::Result<Option<TraitItemFn>> {
    let ahead = input.fork();
    let Some(sig) = ahead.parse::<Signature>().ok().filter(|_| ahead.peek(Brace)) else { return Ok(None) };
    input.advance_to(&ahead);
    let content;
    let brace_token = braced!(content in input);
    let attrs = content.call(Attribute::parse_inner)?.into_iter().map(outer).collect();
    let statements = Stmt::Expr(Expr::Verbatim(content.parse()?), None);
    let default = Some(Block { brace_token, stmts: vec![statements] });
    Ok(Some(TraitItemFn { attrs, modifiers: FnModifiers::default(), sig, default, semi_token: None }))
}

/// The same attribute in front of the thing.
fn outer(attribute: Attribute) -> Attribute {
    Attribute { style: AttrStyle::Outer, ..attribute }
}

/// Goes on to where the next member seems to begin.
fn skip_member(input: ParseStream<'_>) {
    while !input.is_empty() && !at_member(input) {
        match input.parse::<TokenTree>() {
            Ok(TokenTree::Punct(end)) if end.as_char() == ';' => return,
            Ok(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => return,
            _ => {}
        }
    }
}

fn at_member(input: ParseStream<'_>) -> bool {
    let keyword = input
        .fork()
        .call(Ident::parse_any)
        .is_ok_and(|word| ["async", "const", "extern", "fn", "type", "unsafe"].iter().any(|keyword| word == keyword));
    keyword || input.peek(Token![#])
}
