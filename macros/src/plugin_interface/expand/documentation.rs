//! What generated items say of themselves in rustdoc.
//!
//! The examples are `text`. As `no_run` they would be doctests of the author's crate, and fail there: they
//! cannot know the path to the trait, whether it is private, or whether there is tokio to await with. As
//! `ignore` each would be a line of every `cargo test`. Links go only to what is there whatever the features.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::attributes;
use super::super::model::{Form, Method};
use super::super::names::Names;

/// The trait's way to its clients and server.
pub(super) fn of_interface(form: Form, names: &Names<'_>) -> TokenStream {
    let Names { client, async_client, server, .. } = names;
    // Without a link, because it is there only with tokio.
    let from_async_code = match form {
        Form::Async => String::new(),
        Form::Blocking => format!(", `{async_client}` does from async code"),
    };
    let text = format!(
        " A plugin's interface: [`{client}`] calls an implementation{from_async_code}, [`{server}`] serves one."
    );
    quote!(#[doc = ""] #[doc = #text])
}

pub(super) fn of_defaults(names: &Names<'_>) -> String {
    format!(
        "What the methods of [`{}`] do where an implementation, or an older plugin, says nothing of them.",
        names.interface
    )
}

pub(super) fn of_version() -> &'static str {
    "The version of the interface that this implementation was compiled against. A client answers \
     for the implementation at its other end, without a call."
}

/// Of an async method whose author said nothing of the plain one.
pub(super) fn of_async_method(method: &Method<'_>, names: &Names<'_>) -> Option<TokenStream> {
    let text = format!("The same as [`{}::{}`], without blocking.", names.interface, method.ident);
    (!attributes::is_documented(method.attributes)).then(|| quote!(#[doc = #text]))
}

pub(super) fn of_async_version() -> &'static str {
    "The version of the interface that the implementation at the other end was compiled against, known \
     without a call."
}

pub(super) fn of_client(form: Form, names: &Names<'_>) -> String {
    let Names { interface, client, async_client, krate, .. } = names;
    let (handle, failures) = (handle(krate), failures(krate));
    let (blocking, awaited) = match form {
        Form::Async => (String::new(), ".await"),
        Form::Blocking => (
            format!(
                "A call blocks the thread that makes it until the answer is here. It can be made from anywhere: \
                 without a runtime, on any thread, and in async code too, which had better use `{async_client}`.\n\
                 \n"
            ),
            "",
        ),
    };
    format!(
        "Calls an implementation of [`{interface}`], in a plugin's process or in this one.\n\
         \n\
         {blocking}\
         It implements [`{interface}`] itself, so code that takes `impl {interface}` runs with it unchanged.\n\
         \n\
         Get one by launching a plugin, or with [`{client}::local`] around an implementation of your own, \
         as tests do:\n\
         \n\
         ```text\n\
         let client = {client}::launch(\"./plugin\"){awaited}?;\n\
         let client = {client}::local(implementation);\n\
         ```\n\
         \n\
         {handle}\n\
         \n\
         {failures}"
    )
}

/// What a client is beside its methods.
fn handle(krate: &str) -> String {
    format!(
        "A clone is one more handle of the same implementation. A client can be sent, too: as an argument or a \
         return value of any interface's methods it gives the other program a client of the same implementation. \
         What every client can do beside its methods comes from [`Client`]({krate}::Client)."
    )
}

/// What the methods return when it was not the implementation that failed.
fn failures(krate: &str) -> String {
    format!(
        "# Errors\n\
         \n\
         Beside the errors of the implementation, every call can fail on the way: the plugin crashed or was \
         closed, its method panicked, it does not have the method, an argument or the answer could not be \
         read. The method's error is made from an [`Error`]({krate}::Error) then, and \
         [`ErrorKind`]({krate}::ErrorKind) tells which it was."
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

pub(super) fn of_launch(form: Form, names: &Names<'_>) -> String {
    let blocking = match form {
        Form::Async => "",
        Form::Blocking => " Blocks the calling thread until that is done.",
    };
    format!(
        "Starts a plugin that serves [`{}`], as a child process of its own, and connects to it.{blocking} The \
         process ends when the last clone of the client is dropped.\n\
         \n\
         # Errors\n\
         \n\
         The program cannot be started, is no plugin, does not serve [`{}`], serves it in a version that this \
         program does not take, or is not ready in time. The [`Error`]({}::Error) says which, and what the program \
         wrote instead.",
        names.interface, names.interface, names.krate
    )
}

pub(super) fn of_async_client(names: &Names<'_>) -> String {
    let Names { interface, client, async_client, krate, .. } = names;
    let (handle, failures) = (handle(krate), failures(krate));
    format!(
        "Calls an implementation of [`{interface}`] in a plugin's process, from async code.\n\
         \n\
         It has the methods of [`{interface}`] as `async` ones; [`{client}`] has them as they are, and blocks.\n\
         \n\
         Get one by launching a plugin, from one that runs already, or from a [`{client}`] of another process:\n\
         \n\
         ```text\n\
         let client = {path}::launch::<{async_client}>(\"./plugin\").await?;\n\
         let client = plugin.client::<{async_client}>()?;\n\
         let client = {async_client}::try_from(blocking_client)?;\n\
         ```\n\
         \n\
         {handle}\n\
         \n\
         {failures}",
        path = krate.trim_start_matches("::"),
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
