//! The mistakes found so far.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// All the mistakes of one interface, in the order in which they were found.
#[derive(Default)]
pub(crate) struct Errors(Vec<Mistake>);

struct Mistake {
    first: Span,
    last: Span,
    message: String,
}

impl Errors {
    /// Notes a mistake on the tokens that are wrong.
    pub(crate) fn push(&mut self, wrong: impl ToTokens, message: String) {
        let mut spans = wrong.into_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        let last = spans.last().unwrap_or(first);
        self.0.push(Mistake { first, last, message });
    }

    /// Notes what syn could not parse.
    pub(crate) fn push_syntax(&mut self, error: &syn::Error) {
        for error in error {
            let span = error.span();
            self.0.push(Mistake { first: span, last: span, message: error.to_string() });
        }
    }

    pub(crate) fn append(&mut self, mut later: Self) {
        self.0.append(&mut later.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The errors, and after them the rest of the output.
    pub(crate) fn before(&self, rest: TokenStream) -> TokenStream {
        let mut tokens = TokenStream::new();
        for mistake in &self.0 {
            let (error, last) = (mistake.to_token_stream(), mistake.last);
            tokens.extend(quote_spanned!(last=> #error;));
        }
        tokens.extend(rest);
        tokens
    }

    /// Stands for an expression that nobody can know: the first error once more.
    ///
    /// rustc prints equal errors once, and is silent about whatever follows from one. Any value
    /// of our own would have to satisfy bounds that we cannot know, and be a second error.
    pub(crate) fn hole(&self) -> TokenStream {
        self.0.first().map(ToTokens::to_token_stream).unwrap_or_default()
    }
}

impl ToTokens for Mistake {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let message = &self.message;
        // rustc underlines from the first token of the invocation to its last.
        tokens.extend(quote_spanned!(self.first=> ::core::compile_error!));
        tokens.extend(quote_spanned!(self.last=> (#message)));
    }
}
