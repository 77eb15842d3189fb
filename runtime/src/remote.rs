//! An object at the other end of a connection, and the calls to it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(feature = "tokio")]
use crate::client::{BoxFuture, local};
use crate::client::{Client, Endpoint};
use crate::codec::{self, Codec};
#[cfg(feature = "tokio")]
use crate::connection::call::{Call, Refusal};
use crate::connection::call::{Return, recycle_buffer, take_buffer};
use crate::connection::crossing::{self, Arriving, Parcel};
#[cfg(feature = "tokio")]
use crate::connection::run_on_thread;
use crate::connection::{Answer, Connection, Link};
use crate::context::{Bounds, Options};
use crate::error::{Error, ErrorKind};
#[cfg(feature = "tokio")]
use crate::error::{guarded, panicked};
use crate::interface::Method;
use crate::protocol::hello::{Entry, Found};
use crate::protocol::{Answered, SystemError, SystemErrorKind};

/// What a client of another process calls.
pub(crate) struct Remote {
    connection: Connection,
    object: u64,
    /// The other side keeps the object until this is dropped.
    held: bool,
    /// The implementation's, from the handshake or the announcement.
    version: u32,
    /// This side's table.
    interface: &'static str,
    methods: &'static [Method],
    compiled_version: u32,
    /// Where the other side has the methods of this side's table.
    indices: Vec<Option<u16>>,
}

impl Remote {
    fn new<C: Client>(connection: Connection, object: u64, served: &Entry, held: bool) -> Self {
        let index = |method: &Method| served.methods.iter().position(|entry| entry.name == method.name);
        Self {
            connection,
            object,
            held,
            version: served.version,
            interface: C::NAME,
            methods: C::METHODS,
            compiled_version: C::VERSION,
            indices: C::METHODS
                .iter()
                .map(|method| index(method).and_then(|index| u16::try_from(index).ok()))
                .collect(),
        }
    }

    /// A client of an object that the other side gave, and that is let go of with the client.
    pub(crate) fn held<C: Client>(connection: Connection, object: u64, served: &Entry) -> C {
        C::__from_endpoint(Endpoint::remote(Self::new::<C>(connection, object, served, true)))
    }

    /// Calls the method with this index in the interface's own table; `arguments` is a tuple.
    ///
    /// The arguments are encoded at the first poll. Dropping the future cancels the call.
    pub(crate) async fn call<R: Return, A: Serialize + Send>(
        &self,
        options: Option<&Options>,
        method: u16,
        arguments: A,
    ) -> R {
        R::from_result(self.try_call::<R, A>(options, method, arguments).await)
    }

    async fn try_call<R: Return, A: Serialize + Send>(
        &self,
        options: Option<&Options>,
        method: u16,
        arguments: A,
    ) -> Result<R::Value, R::Error> {
        let (name, index) = self.locate(method)?;
        let bounds = self.bounds(options, method)?;
        let mut parcel = self.encode(&arguments, name)?;
        drop(arguments);
        let answer = self.connection.call(self.object, (index, name), &mut parcel, bounds).await;
        recycle_buffer(parcel.payload);
        self.read_answer::<R>(name, answer?)
    }

    /// The same from a thread, which waits for the answer.
    pub(crate) fn call_blocking<R: Return, A: Serialize>(
        &self,
        options: Option<&Options>,
        method: u16,
        arguments: A,
    ) -> R {
        R::from_result(self.try_call_blocking::<R, A>(options, method, arguments))
    }

    fn try_call_blocking<R: Return, A: Serialize>(
        &self,
        options: Option<&Options>,
        method: u16,
        arguments: A,
    ) -> Result<R::Value, R::Error> {
        let (name, index) = self.locate(method)?;
        let bounds = self.bounds(options, method)?;
        let mut parcel = self.encode(&arguments, name)?;
        drop(arguments);
        let answer = self.connection.call_blocking(self.object, (index, name), &mut parcel, bounds);
        recycle_buffer(parcel.payload);
        self.read_answer::<R>(name, answer?)
    }

    /// The arguments in a buffer of this thread's, and what goes along with them.
    fn encode(&self, arguments: &impl Serialize, method: &str) -> Result<Parcel, Error> {
        let mut payload = take_buffer();
        let encoded = crossing::leaving(self.connection.link(), || encode(arguments, &mut payload));
        let ((), baggage) = encoded.map_err(|error| not_sent(method, error))?;
        Ok(Parcel { payload, baggage })
    }

    /// Whether the other side does not have the method with this index; decided without sending anything.
    #[must_use]
    pub(crate) fn lacks(&self, method: u16) -> bool {
        !matches!(self.indices.get(usize::from(method)), Some(Some(_)))
    }

    fn name(&self, method: u16) -> &'static str {
        self.methods.get(usize::from(method)).map_or("", |method| method.name)
    }

    /// What a call that is made now has to keep to; decided without sending anything.
    fn bounds(&self, options: Option<&Options>, method: u16) -> Result<Option<Box<Bounds>>, Error> {
        let Some(method) = self.methods.get(usize::from(method)) else { return Ok(None) };
        let bounds = Bounds::of_call(options, method)?;
        let limit = self.connection.limits().call_depth;
        if let Some(depth) = bounds.as_ref().map(|bounds| bounds.depth).filter(|depth| *depth > limit) {
            let message = format!(
                "`{}` would be the {depth}th call within a call; up to {limit} may be nested in each other",
                method.name
            );
            return Err(Error::new(ErrorKind::Limit, message));
        }
        Ok(bounds)
    }

    /// Where the other side has a method of this side's table; decided without sending anything.
    fn locate(&self, method: u16) -> Result<(&'static str, u16), Error> {
        let name = self.name(method);
        match self.indices.get(usize::from(method)) {
            Some(Some(index)) => Ok((name, *index)),
            _ => {
                let Self { interface, version, compiled_version, .. } = self;
                let message = format!(
                    "the plugin has no method `{name}`: it implements version {version} of `{interface}`, this program was built for version {compiled_version}"
                );
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }

    /// Runs what stands for a method that the other side lacks, on a thread that it may block.
    ///
    /// The arguments go there as they would to the other side, because what is borrowed cannot. What
    /// is returned stays what it is. Dropping the future does not stop the run: nothing stops a thread.
    #[cfg(feature = "tokio")]
    pub(crate) async fn run_default<R: Return, A: Serialize + Send>(
        &self,
        options: Option<&Options>,
        method: u16,
        arguments: A,
        run: impl FnOnce(&Call) -> Result<R, Refusal> + Send + 'static,
    ) -> R {
        let name = self.name(method);
        let mut payload = take_buffer();
        let arriving = match crossing::staying(|| encode(&arguments, &mut payload)) {
            Ok(((), arriving)) => arriving,
            Err(error) => return R::from_result(Err(not_sent(name, error).into())),
        };
        drop(arguments);
        let call =
            Call { payload: payload.into(), codec: Codec::Postcard, budget: self.budget(), link: None, arriving };
        let job = move || match guarded(|| run(&call)) {
            Ok(Ok(returned)) => returned,
            Ok(Err(refusal)) => {
                let message = format!("the arguments of `{name}` cannot be understood: {}", refusal.message);
                R::from_result(Err(Error::new(ErrorKind::Decode, message).into()))
            }
            Err(panic) => R::from_result(Err(panicked(&panic).into())),
        };
        // With what the call has to keep to; its thread is in the context that this future is polled in.
        let run: BoxFuture<'_, R> = Box::pin(async move {
            let context = crate::Context::current();
            match run_on_thread(move || context.sync_scope(job)).await {
                Some(returned) => returned,
                None => {
                    let message = format!("there is no thread left to run `{name}` on");
                    R::from_result(Err(Error::new(ErrorKind::Limit, message).into()))
                }
            }
        });
        match self.methods.get(usize::from(method)) {
            Some(method) => local(options, method, run).await,
            None => run.await,
        }
    }

    fn read_answer<R: Return>(&self, name: &str, answer: Answer) -> Result<R::Value, R::Error> {
        let Answer { answered, codec, payload, received } = answer;
        let arriving = received.map(|received| Arriving::new(self.connection.link(), *received));
        match answered {
            Answered::Value => self
                .decode(codec, &payload, arriving.as_ref())
                .map_err(|error| wrong_value(ErrorKind::Decode, "the value returned", name, error).after_send().into()),
            Answered::ApplicationError => match self.decode::<R::Error>(codec, &payload, arriving.as_ref()) {
                Ok(error) => Err(error),
                Err(error) => {
                    Err(wrong_value(ErrorKind::Decode, "the error returned", name, error).after_send().into())
                }
            },
            Answered::SystemError(error) => Err(self.system_error(name, &error).into()),
        }
    }

    fn decode<T: DeserializeOwned + 'static>(
        &self,
        codec: Codec,
        payload: &[u8],
        arriving: Option<&Arc<Arriving>>,
    ) -> Result<T, codec::DecodeError> {
        Arriving::decode_whole(arriving, || codec::decode(codec, payload, self.budget()))
    }

    fn budget(&self) -> codec::Budget {
        self.connection.limits().budget()
    }

    fn system_error(&self, method: &str, error: &SystemError) -> Error {
        let told = crate::escape::escape(&error.message);
        let interface = self.interface;
        match error.kind {
            SystemErrorKind::Panicked => {
                Error::new(ErrorKind::Panicked, format!("`{method}` panicked: {told}")).after_send()
            }
            SystemErrorKind::Cancelled => {
                Error::new(ErrorKind::Cancelled, format!("`{method}` was cancelled at the other end")).after_send()
            }
            SystemErrorKind::UnknownObject | SystemErrorKind::UnknownMethod => Error::new(
                ErrorKind::Unsupported,
                format!("the plugin does not know `{method}` of `{interface}`: {told}"),
            ),
            SystemErrorKind::InvalidArguments => {
                Error::new(ErrorKind::Decode, format!("the plugin could not read the arguments of `{method}`: {told}"))
            }
            SystemErrorKind::Encode => {
                Error::new(ErrorKind::Encode, format!("the plugin could not send what `{method}` returned: {told}"))
                    .after_send()
            }
            SystemErrorKind::Limit => Error::new(ErrorKind::Limit, format!("`{method}`: {told}")).after_send(),
            SystemErrorKind::ShuttingDown => {
                Error::new(ErrorKind::Disconnected, format!("`{method}` came too late: {told}"))
            }
            SystemErrorKind::Unknown => Error::new(ErrorKind::Remote, format!("`{method}` failed: {told}")),
        }
    }

    pub(crate) fn object(&self) -> u64 {
        self.object
    }

    pub(crate) fn is_across(&self, link: &Link) -> bool {
        link.is_of(&self.connection)
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    pub(crate) fn supports(&self, method: &str) -> bool {
        let found = self.methods.iter().zip(&self.indices).find(|(known, _)| known.name == method);
        matches!(found, Some((_, Some(_))))
    }
}

fn encode(arguments: &impl Serialize, payload: &mut Vec<u8>) -> Result<(), codec::EncodeError> {
    codec::encode_arguments(Codec::Postcard, arguments, payload)
}

fn not_sent(method: &str, error: codec::EncodeError) -> Error {
    wrong_value(ErrorKind::Encode, "the arguments", method, error)
}

fn wrong_value(
    kind: ErrorKind,
    what: &str,
    method: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    let verb = if kind == ErrorKind::Encode { "sent" } else { "understood" };
    let verb = if what.ends_with('s') { format!("cannot be {verb}") } else { format!("is not {verb}") };
    Error::build(kind, format!("{what} of `{method}` {verb}")).source(error).finish()
}

impl Drop for Remote {
    fn drop(&mut self) {
        if self.held {
            self.connection.link().release(self.object);
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "remote {} version {}", self.interface, self.version)
    }
}

/// The client of what the peer serves under the client's interface.
pub(crate) fn bind<C: Client>(connection: &Connection) -> Result<C, Error> {
    let asked = Entry::of::<C>();
    let serves = &connection.peer().serves;
    let (object, served) = match asked.find_in(serves) {
        Found::Object(object, served) => (object, served),
        not_found => return Err(not_served(&asked, &not_found, serves)),
    };
    Ok(C::__from_endpoint(Endpoint::remote(Remote::new::<C>(connection.clone(), object, served, false))))
}

/// Why the peer cannot be used as what `asked` says.
pub(crate) fn not_served(asked: &Entry, found: &Found<'_>, serves: &[Entry]) -> Error {
    let Entry { name, version, min_version, .. } = asked;
    let message = match found {
        Found::OtherGeneration(served) => format!(
            "the plugin implements `{name}` version {} and works with {}; this program was built for version {version} and works with {}: {}",
            served.version,
            range(served.min_version, served.version),
            range(*min_version, *version),
            if served.version < *min_version { "the plugin is too old" } else { "this program is too old" },
        ),
        _ => format!("the plugin does not serve `{name}`; it serves {}", list(serves, asked)),
    };
    Error::new(ErrorKind::Handshake, message)
}

/// The generations that a side works with.
fn range(oldest: u32, newest: u32) -> String {
    if oldest == newest { format!("{newest} only") } else { format!("{oldest} to {newest}") }
}

fn list(serves: &[Entry], asked: &Entry) -> String {
    if serves.is_empty() {
        return "nothing".to_owned();
    }
    let entry = |entry: &Entry| {
        let name = crate::escape::escape(&entry.name);
        if entry.name == asked.name {
            format!("`{name}` version {} with another cookie", entry.version)
        } else {
            format!("`{name}` version {}", entry.version)
        }
    };
    serves.iter().map(entry).collect::<Vec<_>>().join(", ")
}
