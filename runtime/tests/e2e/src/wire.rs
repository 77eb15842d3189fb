//! The protocol by hand, for peers that break it or look at it closely. Knows nothing of the SDK.

use std::io::{self, Read, Write};

use serde_json::{Value, json};

/// What a host begins with.
pub const FROM_HOST: [u8; 8] = *b"\xfeOUTBRD>";
/// What a plugin begins with.
pub const FROM_PLUGIN: [u8; 8] = *b"\xfeOUTBRD<";

/// Kinds of frames.
pub mod kind {
    /// A call.
    pub const REQUEST: u8 = 0x01;
    /// Its value.
    pub const VALUE: u8 = 0x02;
    /// Its error, from the SDK.
    pub const SYSTEM_ERROR: u8 = 0x04;
    /// The caller is gone.
    pub const CANCEL: u8 = 0x05;
    /// Items of a stream.
    pub const ITEMS: u8 = 0x10;
    /// More of a stream is wanted.
    pub const CREDIT: u8 = 0x11;
    /// The end of a stream.
    pub const END: u8 = 0x12;
    /// No more of a stream is wanted.
    pub const RESET: u8 = 0x13;
    /// An object is not needed any more.
    pub const RELEASE: u8 = 0x20;
    /// A method table.
    pub const INTERFACE: u8 = 0x21;
    /// Are you there?
    pub const PING: u8 = 0x30;
    /// Yes.
    pub const PONG: u8 = 0x31;
    /// End, please.
    pub const SHUTDOWN: u8 = 0x38;
    /// I end.
    pub const GOODBYE: u8 = 0x39;
}

/// Entries of an extension block.
pub mod entry {
    /// Streams that the message gives.
    pub const STREAMS: u16 = 5;
    /// Objects that the message gives.
    pub const HANDLES: u16 = 6;
    /// Objects of the receiver that come back.
    pub const RETURNED: u16 = 7;
}

/// An extension block comes first.
pub const EXTENDED: u8 = 0b100;
/// More chunks follow.
pub const MORE: u8 = 0b1000;
/// A peer that does not know the kind skips the frame.
pub const IGNORABLE: u8 = 0b1_0000;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// See [`kind`].
    pub kind: u8,
    /// Codec, [`MORE`], [`IGNORABLE`].
    pub flags: u8,
    /// Index in the table of the serving side.
    pub method: u16,
    /// The call's number.
    pub call: u64,
    /// The object.
    pub target: u64,
    /// What follows the header.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame without a payload.
    #[must_use]
    pub fn new(kind: u8, call: u64) -> Self {
        Self { kind, call, ..Self::default() }
    }

    /// The same with a payload.
    #[must_use]
    pub fn with(self, payload: &[u8]) -> Self {
        Self { payload: payload.to_vec(), ..self }
    }

    /// The same with an extension block of one entry in front of the payload, which holds these ids.
    #[must_use]
    pub fn giving(self, entry: u16, ids: impl IntoIterator<Item = u64>) -> Self {
        let ids: Vec<u8> = ids.into_iter().flat_map(u64::to_le_bytes).collect();
        let length = |bytes: usize| u16::try_from(bytes).unwrap_or(u16::MAX).to_le_bytes();
        let mut payload = [length(4 + ids.len()), entry.to_le_bytes(), length(ids.len())].concat();
        payload.extend(ids);
        payload.extend(self.payload);
        Self { flags: self.flags | EXTENDED, payload, ..self }
    }

    /// The bytes of it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        let mut bytes = header(length, self.kind, self.flags, self.method, self.call, self.target);
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// Reads the next one; `None` at the end of the stream.
    ///
    /// # Errors
    ///
    /// When the stream fails or ends inside of a frame.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; 24];
        if stream.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        stream.read_exact(&mut head[1..])?;
        let number = |from: usize, count: usize| {
            head.iter().skip(from).take(count).rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        let mut payload = vec![0; usize::try_from(number(0, 4)).unwrap_or(0)];
        stream.read_exact(&mut payload)?;
        let method = u16::try_from(number(6, 2)).unwrap_or(u16::MAX);
        Ok(Some(Self { kind: head[4], flags: head[5], method, call: number(8, 8), target: number(16, 8), payload }))
    }
}

/// A header that may lie about its length.
#[must_use]
pub fn header(length: u32, kind: u8, flags: u8, method: u16, call: u64, target: u64) -> Vec<u8> {
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(&[kind, flags]);
    bytes.extend_from_slice(&method.to_le_bytes());
    bytes.extend_from_slice(&call.to_le_bytes());
    bytes.extend_from_slice(&target.to_le_bytes());
    bytes
}

/// A preamble and a hello.
#[must_use]
pub fn opening(magic: [u8; 8], hello: &Value) -> Vec<u8> {
    let hello = hello.to_string();
    let mut bytes = magic.to_vec();
    bytes.extend_from_slice(&u32::try_from(hello.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(hello.as_bytes());
    bytes
}

/// The hello of a side that serves this; with the fields that the protocol demands and no other.
#[must_use]
pub fn hello(serves: &Value) -> Value {
    json!({ "protocol": [1], "serves": serves })
}

/// An interface in a hello.
#[must_use]
pub fn interface(name: &str, version: u32, methods: &[&str]) -> Value {
    let methods: Vec<_> = methods.iter().map(|name| json!({ "name": name })).collect();
    let cookie = json!({ "key": "OUTBOARD", "value": name });
    json!({ "name": name, "version": version, "min_version": version, "cookie": cookie, "methods": methods })
}

/// Reads the other side's preamble and hello.
///
/// # Errors
///
/// When the stream fails or ends, or does not hold them.
pub fn read_opening(stream: &mut impl Read, magic: [u8; 8]) -> io::Result<Value> {
    let mut seen = [0; 8];
    stream.read_exact(&mut seen)?;
    if seen != magic {
        return Err(io::Error::other(format!("{seen:02x?} is no preamble")));
    }
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut hello = vec![0; usize::try_from(u32::from_le_bytes(length)).unwrap_or(0)];
    stream.read_exact(&mut hello)?;
    Ok(serde_json::from_slice(&hello)?)
}

/// A host by hand, on any stream to a plugin.
#[derive(Debug)]
pub struct RawHost<R, W> {
    /// What the plugin writes.
    pub read: R,
    /// What it reads.
    pub write: W,
    /// Its hello.
    pub hello: Value,
    last: u64,
}

impl<R: Read, W: Write> RawHost<R, W> {
    /// Makes the handshake.
    ///
    /// # Errors
    ///
    /// When the other side is no plugin.
    pub fn greet(mut read: R, mut write: W) -> io::Result<Self> {
        write.write_all(&opening(FROM_HOST, &hello(&json!([]))))?;
        let hello = read_opening(&mut read, FROM_PLUGIN)?;
        Ok(Self { read, write, hello, last: 0 })
    }

    /// The index of a method of the first interface.
    #[must_use]
    pub fn method(&self, name: &str) -> u16 {
        let table = self.hello.pointer("/serves/0/methods").and_then(Value::as_array);
        let index = table.into_iter().flatten().position(|entry| entry.get("name").is_some_and(|known| known == name));
        u16::try_from(index.unwrap_or(usize::MAX)).unwrap_or(u16::MAX)
    }

    /// Sends a call of a method of the first interface, by name; gives its number.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn call(&mut self, method: &str, arguments: &[u8]) -> io::Result<u64> {
        let method = self.method(method);
        self.last += 1;
        let frame = Frame { method, ..Frame::new(kind::REQUEST, self.last) };
        self.send(&frame.with(arguments))?;
        Ok(self.last)
    }

    /// Sends a frame.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn send(&mut self, frame: &Frame) -> io::Result<()> {
        self.write.write_all(&frame.to_bytes())?;
        self.write.flush()
    }

    /// The next frame; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the stream fails.
    pub fn receive(&mut self) -> io::Result<Option<Frame>> {
        Frame::read(&mut self.read)
    }
}
