//! What generated items say of themselves in rustdoc.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::names::Names;

/// The trait's way to its client and server.
pub(super) fn of_interface(names: &Names<'_>) -> TokenStream {
    let Names { client, server, .. } = names;
    let text = format!(" A plugin's interface: [`{client}`] calls an implementation, [`{server}`] serves one.");
    quote!(#[doc = ""] #[doc = #text])
}

pub(super) fn of_version() -> &'static str {
    "The version of the interface that this implementation was compiled against. A client answers \
     for the implementation at its other end, without a call."
}

pub(super) fn of_client(names: &Names<'_>) -> String {
    let Names { interface, client, krate, .. } = names;
    format!(
        "Calls an implementation of [`{interface}`], in a plugin's process or in this one.\n\
         \n\
         It implements [`{interface}`] itself, so code that takes `impl {interface}` runs with it unchanged.\n\
         Get one by launching a plugin:\n\
         \n\
         ```text\n\
         let client = {client}::launch(\"./plugin\").await?;\n\
         ```\n\
         \n\
         or around an implementation of your own, with [`{client}::local`]. A clone is one more handle of \
         the same implementation; what every client can do beside its methods comes from \
         [`Client`]({krate}::Client)."
    )
}

pub(super) fn of_local(names: &Names<'_>) -> String {
    format!(
        "A client of an implementation in this process: no process behind it and no bytes, and otherwise \
         the same. A panic of the implementation is an error of the call, as it is for a plugin.\n\
         \n\
         ```text\n\
         let client = {}::local(implementation);\n\
         ```",
        names.client
    )
}

pub(super) fn of_launch(names: &Names<'_>) -> String {
    format!(
        "Starts a plugin that serves [`{}`], as a child process of its own, and connects to it. The process \
         ends when the last clone of the client is dropped.",
        names.interface
    )
}

pub(super) fn of_server(names: &Names<'_>) -> String {
    let Names { interface, server, krate, .. } = names;
    format!(
        "Serves an implementation of [`{interface}`] to other programs.\n\
         \n\
         The whole `main` of a plugin:\n\
         \n\
         ```text\n\
         fn main() -> std::process::ExitCode {{\n    \
             {}::serve({server}::new(implementation))\n\
         }}\n\
         ```",
        krate.trim_start_matches("::")
    )
}

pub(super) fn of_new(names: &Names<'_>) -> String {
    format!("Makes an implementation of [`{}`] ready to be served.", names.interface)
}
