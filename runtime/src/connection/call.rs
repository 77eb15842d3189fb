//! One call on the serving side: its arguments, its run, its reply.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{self, Budget, Codec, Hold};
use crate::connection::Link;
use crate::connection::crossing::{self, Arriving, Baggage};
use crate::error::MethodError;

/// Decodes the arguments, calls the method and encodes what it returns.
pub type Handler<S> = fn(&S, Call) -> Handling;

/// A method's run, not yet begun.
#[expect(missing_debug_implementations, reason = "code that is to run has nothing to show")]
pub struct Handling(pub(crate) Way);

/// How a method runs.
pub(crate) enum Way {
    /// As a task; not yet polled.
    Async(Pin<Box<dyn Future<Output = Outcome> + Send>>),
    /// On a thread, which it may block.
    Blocking(Box<dyn FnOnce() -> Outcome + Send>),
}

impl Handling {
    /// A run of an `async` method.
    pub fn new(run: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self(Way::Async(Box::pin(run)))
    }

    /// A run of a plain method.
    pub fn blocking(run: impl FnOnce() -> Outcome + Send + 'static) -> Self {
        Self(Way::Blocking(Box::new(run)))
    }
}

/// What became of a request.
pub type Outcome = Result<Reply, Refusal>;

/// An encoded reply.
#[derive(Debug)]
pub struct Reply {
    pub(crate) payload: Vec<u8>,
    pub(crate) codec: Codec,
    pub(crate) application_error: bool,
    /// What goes along with it.
    pub(crate) baggage: Option<Box<Baggage>>,
}

/// Why a request got no reply of the method's own.
#[derive(Debug)]
pub struct Refusal {
    pub(crate) kind: RefusalKind,
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    InvalidArguments,
    Encode,
}

/// One request, owned by the future that handles it; borrowed arguments point into it.
#[derive(Debug)]
pub struct Call {
    pub(crate) payload: Bytes,
    pub(crate) codec: Codec,
    pub(crate) budget: Budget,
    /// Where it came from, unless it was made here.
    pub(crate) link: Option<Link>,
    /// What came along with it.
    pub(crate) arriving: Option<Arc<Arriving>>,
}

impl Call {
    /// The arguments, to be taken in the order of the method's signature.
    #[must_use]
    pub fn arguments(&self) -> Arguments<'_> {
        let values = codec::Arguments::new(self.codec, &self.payload, self.budget);
        Arguments { values, arriving: self.arriving.as_ref() }
    }

    /// Encodes what the method returned, in the codec of the request.
    pub fn reply<R: Return>(&self, returned: R) -> Outcome {
        let mut payload = take_buffer();
        let (encoded, application_error) = match returned.into_result() {
            Ok(value) => (self.encode(&value, &mut payload), false),
            Err(error) => (self.encode(&error, &mut payload), true),
        };
        match encoded {
            Ok(baggage) => Ok(Reply { payload, codec: self.codec, application_error, baggage }),
            Err(error) => Err(Refusal { kind: RefusalKind::Encode, message: error.to_string() }),
        }
    }

    fn encode<T: Serialize>(
        &self,
        value: &T,
        payload: &mut Vec<u8>,
    ) -> Result<Option<Box<Baggage>>, codec::EncodeError> {
        let mut encode = || codec::encode(self.codec, value, payload);
        match &self.link {
            Some(link) => crossing::leaving(link.clone(), encode).map(|((), baggage)| baggage),
            None => encode().map(|()| None),
        }
    }
}

thread_local! {
    /// One buffer per thread, so that a call in the steady state allocates none.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A buffer larger than this is not kept.
const KEPT: usize = 64 << 10;

/// An empty buffer to encode into.
pub(crate) fn take_buffer() -> Vec<u8> {
    BUFFER.take()
}

/// Keeps a buffer for the next message of this thread.
pub(crate) fn recycle_buffer(mut buffer: Vec<u8>) {
    if buffer.capacity() <= KEPT {
        buffer.clear();
        BUFFER.set(buffer);
    }
}

/// The arguments of one request, taken one by one.
#[expect(missing_debug_implementations, reason = "it is a place in a frame, for generated code")]
pub struct Arguments<'f> {
    values: codec::Arguments<'f>,
    arriving: Option<&'f Arc<Arriving>>,
}

impl<'f> Arguments<'f> {
    /// The next argument, of type `X` or `&X`.
    pub fn next<X: ?Sized + Hold<'f>>(&mut self, name: &str) -> Result<X::Kept, Refusal> {
        self.take(codec::Arguments::next::<X>).map_err(|error| invalid(name, &error))
    }

    /// The next argument, of type `Option<&X>`.
    pub fn next_optional<X: ?Sized + Hold<'f>>(&mut self, name: &str) -> Result<Option<X::Kept>, Refusal> {
        self.take(codec::Arguments::next_optional::<X>).map_err(|error| invalid(name, &error))
    }

    /// Checks that nothing is left over.
    pub fn finish(self) -> Result<(), Refusal> {
        if let Some(arriving) = self.arriving {
            arriving.settle();
        }
        let refusal =
            |error: codec::DecodeError| Refusal { kind: RefusalKind::InvalidArguments, message: error.to_string() };
        self.values.finish().map_err(refusal)
    }

    #[inline]
    fn take<T>(&mut self, next: impl FnOnce(&mut codec::Arguments<'f>) -> T) -> T {
        Arriving::decode_part(self.arriving, || next(&mut self.values))
    }
}

fn invalid(name: &str, error: &codec::DecodeError) -> Refusal {
    Refusal { kind: RefusalKind::InvalidArguments, message: format!("argument `{name}`: {error}") }
}

/// A method's return type: `Result<T, E>`, under whatever alias.
#[diagnostic::on_unimplemented(
    message = "a plugin's method returns a `Result`, not `{Self}`",
    label = "write `outboard::Result<{Self}>`",
    note = "every call can fail on its way: the plugin may be gone"
)]
pub trait Return: Send + 'static {
    /// What the method gives.
    type Value: Serialize + DeserializeOwned + Send + 'static;
    /// How it fails.
    type Error: MethodError;
    /// The result as such.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
    /// The return type of such a result.
    fn from_result(result: Result<Self::Value, Self::Error>) -> Self;
}

impl<T: Serialize + DeserializeOwned + Send + 'static, E: MethodError> Return for Result<T, E> {
    type Value = T;
    type Error = E;
    fn into_result(self) -> Self {
        self
    }
    fn from_result(result: Self) -> Self {
        result
    }
}
