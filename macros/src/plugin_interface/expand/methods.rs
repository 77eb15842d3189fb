//! The methods by number, and what each returns.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::super::attributes;
use super::super::model::{Interface, Method};
use super::super::names::Names;

/// The enum whose variants count only the methods that are there, and one impl for each.
pub(super) fn expand(interface: &Interface<'_>, names: &Names<'_>) -> TokenStream {
    let variants = interface.methods.iter().map(|method| {
        let conditions = attributes::conditions(method.attributes);
        let ident = method.ident;
        quote!(#(#conditions)* #ident)
    });
    let returns = interface.methods.iter().map(|method| returns(method, names));
    quote! {
        #[allow(non_camel_case_types, reason = "a variant has the name of its method")]
        enum __Method {
            #(#variants,)*
        }

        #(#returns)*
    }
}

/// What a method returns, in the one place where rustc checks it.
fn returns(method: &Method<'_>, names: &Names<'_>) -> TokenStream {
    let conditions = attributes::conditions_and_lints(method.attributes);
    let Names { client, rt, .. } = names;
    let index = index(method.ident);
    let output = method.output;
    // On the author's type, because that is what an unmet bound speaks of.
    let returned = quote_spanned!(output.span()=> type Returned = #output;);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl #rt::Returns<#index> for #client {
            #returned
        }
    }
}

/// A method's index in the interface's own table.
pub(super) fn index(method: &Ident) -> TokenStream {
    quote!({ __Method::#method as ::core::primitive::u16 })
}
