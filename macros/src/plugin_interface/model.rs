//! An interface as data: what the expander needs to know, borrowed from the author's syntax.

use proc_macro2::Ident;
use syn::{Attribute, Block, ItemTrait, LitStr, Signature, Token, Type};

/// An interface that can be expanded.
pub(crate) struct Interface<'a> {
    pub(crate) definition: &'a ItemTrait,
    pub(crate) settings: Settings,
    pub(crate) form: Form,
    pub(crate) methods: Vec<Method<'a>>,
}

/// How the methods of an interface are called: all alike.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// `async fn`.
    Async,
    /// A plain `fn`, whose caller waits.
    Blocking,
}

/// What the attribute says of the interface.
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) min_version: u32,
    pub(crate) cookie: String,
}

/// A method that can be called from another program.
pub(crate) struct Method<'a> {
    pub(crate) attributes: &'a [Attribute],
    pub(crate) ident: &'a Ident,
    /// Its name on the wire.
    pub(crate) name: WireName,
    /// The limit of a call for which its caller sets none, in milliseconds.
    pub(crate) timeout: Option<u64>,
    /// Whether it runs to its end, even if its caller gives up.
    pub(crate) no_cancel: bool,
    pub(crate) arguments: Vec<Argument<'a>>,
    pub(crate) output: &'a Type,
    pub(crate) default: Option<DefaultBody<'a>>,
}

/// The name by which the other program finds a method.
pub(crate) struct WireName {
    pub(crate) text: String,
    /// Where it stands, if the author gave one.
    pub(crate) literal: Option<LitStr>,
}

/// The body that a method has in the trait, with the signature whose names it uses.
pub(crate) struct DefaultBody<'a> {
    pub(crate) signature: &'a Signature,
    /// Never looked into.
    pub(crate) block: &'a Block,
}

/// An argument of a method, beside `&self`.
pub(crate) struct Argument<'a> {
    pub(crate) ident: &'a Ident,
    /// The whole type, as it stands in the signature.
    pub(crate) ty: &'a Type,
    pub(crate) passing: Passing<'a>,
}

/// How an argument is passed, which is how it is kept while its method runs.
pub(crate) enum Passing<'a> {
    /// `T`, in which lifetimes are `'_`.
    Owned(&'a Type),
    /// `&T`.
    Borrowed(&'a Type),
    /// `Option<&T>`.
    Optional(&'a Type),
}

/// An interface of which something may be missing or wrong.
pub(crate) struct Draft<'a> {
    pub(crate) definition: &'a ItemTrait,
    pub(crate) settings: Option<Settings>,
    pub(crate) methods: Vec<Lowered<'a>>,
}

/// A method, and what came of it.
pub(crate) struct Lowered<'a> {
    pub(crate) fn_token: Token![fn],
    pub(crate) ident: &'a Ident,
    /// Nothing where it is not known what the author meant.
    pub(crate) form: Option<Form>,
    /// Nothing where the method was refused.
    pub(crate) method: Option<Method<'a>>,
}

impl Draft<'_> {
    /// The form of the whole, as far as it shows: that of the first method.
    pub(crate) fn form(&self) -> Form {
        self.methods.iter().find_map(|method| method.form).unwrap_or(Form::Async)
    }

    /// Whether any method is a plain `fn`.
    pub(crate) fn blocks(&self) -> bool {
        self.methods.iter().any(|method| method.form == Some(Form::Blocking))
    }
}
