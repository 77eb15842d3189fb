//! What the fuzz targets of `runtime/fuzz` run: the insides of the crate on any bytes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec::{self, Budget, Codec};
use crate::protocol::handshake::{Handshake, Progress, Side};
use crate::protocol::hello::{About, Hello};
use crate::protocol::{
    Event, Extras, Given, Heard, Incoming, Limits, Next, Outgoing, Received, Session, SystemError, SystemErrorKind,
};

/// Bytes that are taken for decisions; at their end they are zeros.
struct Script<'b>(&'b [u8]);

impl<'b> Script<'b> {
    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    fn take(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// One side of a connection, and a peer that sends what the script says.
struct Scene {
    limits: Limits,
    session: Session<(), u64, u64>,
    incoming: Incoming,
    calls: Vec<u64>,
    running: Vec<u64>,
    /// Streams and objects that were given to this side.
    read: Vec<u64>,
    held: Vec<u64>,
    /// So many streams and objects were given by it.
    given: u64,
}

/// Plays a session against a peer that may do anything.
pub fn session(bytes: &[u8]) {
    let limits =
        Limits { message: 4096, frame: 512, reassembly: 8192, calls: 8, pending: 16 << 10, ..Limits::default() };
    let limits = limits.max_streams(6).max_handles(6).stream_window(16, 4096);
    let mut scene = Scene {
        limits,
        session: Session::new(limits, limits.announced(), vec![b'd'; 600].into()),
        incoming: Incoming::new(limits, &[]),
        calls: Vec::new(),
        running: Vec::new(),
        read: Vec::new(),
        held: Vec::new(),
        given: 0,
    };
    scene.session.set_ahead(1024);
    let mut script = Script(bytes);
    while !script.0.is_empty() {
        if !scene.act(&mut script) {
            return;
        }
        scene.check();
    }
}

impl Scene {
    /// `false` once the peer broke the protocol.
    fn act(&mut self, script: &mut Script<'_>) -> bool {
        match script.byte() % 14 {
            0 => {
                let count = script.byte();
                let raw = script.take(count.into());
                return self.receive(raw);
            }
            1..=4 => {
                let frame = frame(script);
                return self.receive(&frame);
            }
            5 => {
                let length = usize::from(script.byte()) * 17;
                let mut extras = self.extras(script.byte());
                let payload = &mut vec![0; length];
                let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) };
                if self.session.admits() {
                    self.calls.extend(self.session.request(0, (0, "method"), message, Some(())));
                }
            }
            6 => {
                if let Some(call) = self.calls.pop() {
                    if script.byte().is_multiple_of(2) {
                        self.session.abandon(call);
                    } else {
                        let answer = self.session.take(call, |_| ()).ok().flatten();
                        self.keep(answer.and_then(|answer| answer.received).map(|received| *received));
                    }
                }
            }
            7 => {
                if let Some(call) = self.running.pop() {
                    let length = usize::from(script.byte()) * 17;
                    let mut extras = self.extras(script.byte());
                    let payload = &mut vec![0; length];
                    let message = Outgoing { codec: Codec::Json, payload, extras: Some(&mut extras) };
                    match length % 3 {
                        0 => {
                            let error = SystemError { kind: SystemErrorKind::Panicked, message: "\0".repeat(length) };
                            self.session.refuse(call, &error);
                        }
                        odd => self.session.reply(call, odd == 1, message),
                    }
                }
            }
            8 => {
                let mut batch = VecDeque::new();
                self.session.take_output(&mut batch);
                for segment in batch {
                    self.session.recycle(segment);
                }
            }
            9 => self.produce(script),
            10 | 11 => self.consume(script),
            12 => {
                if let Some(object) = self.held.pop() {
                    self.session.release(object);
                }
                let _ = self.session.aftermath();
            }
            _ => match script.byte() {
                byte if byte % 16 == 0 => self.session.shut_down(Duration::from_secs(1)),
                byte => {
                    let [received, mid_frame, written, unwritten] = [1, 2, 4, 8].map(|bit| byte & bit != 0);
                    return self.session.tick(Heard { received, mid_frame, written, unwritten }).is_ok();
                }
            },
        }
        true
    }

    /// What a message gives, by the bits of a byte.
    fn extras(&mut self, choice: u8) -> Extras<u64> {
        let mut given = Given::default();
        if choice & 1 != 0 {
            self.given += 1;
            given.streams.push(self.given);
        }
        if choice & 2 != 0 {
            self.given += 1;
            given.handles.push((65_535 + self.given, self.given));
        }
        if choice & 4 != 0 {
            given.returned.extend(self.held.last());
        }
        let remaining = (choice & 8 != 0).then_some(Duration::from_secs(1));
        Extras { remaining, depth: (choice >> 4).into(), metadata: Vec::new(), given }
    }

    fn keep(&mut self, received: Option<Received<u64>>) {
        if let Some(received) = received {
            self.read.extend(received.streams);
            self.held.extend(received.handles);
        }
    }

    fn produce(&mut self, script: &mut Script<'_>) {
        let stream = u64::from(script.byte() % 12);
        match script.byte() {
            byte if byte % 8 == 0 => self.session.stream_finish(stream, (byte > 99).then(|| vec!["\0".repeat(200)])),
            count => {
                let _ = self.session.stream_permits(stream, |_| ());
                let mut extras = self.extras(script.byte());
                let payload = &mut vec![0; usize::from(script.byte()) * 17];
                let message = Outgoing { codec: Codec::Postcard, payload, extras: Some(&mut extras) };
                let _ = self.session.stream_send(stream, (count % 4).into(), message);
            }
        }
    }

    fn consume(&mut self, script: &mut Script<'_>) {
        let place = usize::from(script.byte());
        let Some(stream) = self.read.get(place % self.read.len().max(1)).copied() else {
            return;
        };
        match script.byte() {
            byte if byte % 4 == 0 => {
                self.session.stream_close(stream);
                self.read.retain(|read| *read != stream);
            }
            byte if byte % 4 == 1 => self.session.stream_grant(stream, u64::from(byte) % 9, u64::from(byte) * 9),
            _ => {
                if let Next::Items(items) = self.session.stream_next(stream, |_| ()) {
                    self.keep(items.received.map(|received| *received));
                }
            }
        }
    }

    fn receive(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let room = self.incoming.room();
            let count = bytes.len().min(room.len());
            let (now, later) = bytes.split_at(count);
            room[..count].copy_from_slice(now);
            self.incoming.filled(count);
            bytes = later;
        }
        loop {
            match self.incoming.next().map(|message| message.map(|message| self.session.accept(message))) {
                Ok(Some(Ok(Event::Run(run)))) => {
                    self.session.attach(run.call, run.call);
                    self.running.push(run.call);
                    self.keep(run.extras.map(|extras| extras.received));
                }
                Ok(Some(Ok(_))) => {}
                Ok(None) => return true,
                Ok(Some(Err(_))) | Err(_) => return false,
            }
        }
    }

    fn check(&self) {
        let (unfinished, held) = self.incoming.held();
        assert!(unfinished <= 2 * self.limits.calls + self.limits.streams);
        assert!(held <= self.limits.reassembly);
        assert!(self.incoming.memory() <= 2 * self.limits.reassembly + (256 << 10));
        assert!(self.session.serving() <= self.limits.calls);
        assert!(self.session.in_flight() <= self.limits.calls);
        let (incoming, outgoing) = self.session.open_streams();
        assert!(incoming <= self.limits.streams && outgoing <= self.limits.streams);
        assert!(self.session.imports() <= self.limits.handles && self.session.exports() <= self.limits.handles);
        // Answers are bounded in number, requests by `pending`; cancels by the calls in flight.
        let calls = (3 * self.limits.calls + 16) * 5000 + 2 * self.limits.pending;
        // Items wait for room, but for one message of each stream; credit is this script's choice.
        let streams = 8 * 5000 + 100_000;
        assert!(self.session.waiting_bytes() <= calls + streams);
    }
}

/// A frame that parses: a known kind, a low id, flags that may be set.
fn frame(script: &mut Script<'_>) -> Vec<u8> {
    const KINDS: [u8; 24] = [
        1, 1, 1, 2, 2, 3, 4, 4, 5, 5, 0x10, 0x10, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x30, 0x31, 0x38, 0x39,
        0x32,
    ];
    let kind = KINDS[usize::from(script.byte()) % KINDS.len()];
    let mut flags = script.byte() & 0b1_1101;
    let call = script.byte() % 12;
    let length = usize::from(script.byte()) * 2;
    let mut body = match kind {
        4 if length % 4 == 0 => br#"{"kind":"cancelled"}"#.to_vec(),
        5 | 0x11 | 0x13 | 0x20 | 0x22 | 0x30 | 0x31 => Vec::new(),
        0x12 if length % 4 == 0 => Vec::new(),
        0x12 => br#"{"messages":["why"]}"#.to_vec(),
        0x21 => br#"{"name":"","version":1,"min_version":1,"cookie":{"key":"","value":""},"methods":[]}"#.to_vec(),
        _ => script.take(length).to_vec(),
    };
    // Half of the messages that may give something give what is likely to be free, or held.
    if let 1..=3 | 0x10 = kind
        && length % 4 == 0
    {
        flags |= 0b100;
        let (tag, id) = (5 + script.byte() % 3, script.byte() % 16);
        let high = u8::from(tag != 5);
        body.splice(..0, [12, 0, tag, 0, 8, 0, id, 0, high, 0, 0, 0, 0, 0]);
    }
    let (method, target) = match kind {
        0x10 => (1 + script.byte() % 3, [0; 3]),
        0x11 => (script.byte() % 8, [script.byte(), 0, 0]),
        0x20 => (0, [script.byte() % 16, 0, 1]),
        _ => (0, [0; 3]),
    };
    let mut frame = u32::try_from(body.len()).unwrap_or(0).to_le_bytes().to_vec();
    frame.extend([kind, flags, method, 0, call]);
    frame.extend([0; 7]);
    frame.extend(target);
    frame.extend([0; 5]);
    frame.extend(body);
    frame
}

/// Greets a peer that says anything, in reads of any length; they must not matter.
pub fn handshake(bytes: &[u8]) {
    let mut script = Script(bytes);
    let choice = script.byte();
    let piece = usize::from(script.byte()).max(1);
    let side = if choice & 1 == 0 { Side::Host } else { Side::Plugin };
    let bytes = if choice & 2 == 0 { script.0.to_vec() } else { with_preamble(script, choice) };
    let at_once = greet(side, &bytes, usize::MAX);
    let in_pieces = greet(side, &bytes, piece);
    assert_eq!(at_once, in_pieces);
}

fn with_preamble(mut script: Script<'_>, choice: u8) -> Vec<u8> {
    let stray = script.byte();
    let mut bytes = script.take(stray.into()).to_vec();
    bytes.extend(if choice & 4 == 0 { b"\xfeOUTBRD<" } else { b"\xfeOUTBRD>" });
    let hello = script.0;
    bytes.extend(u32::try_from(hello.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(hello);
    bytes
}

/// What came of it, except for how much was read.
fn greet(side: Side, bytes: &[u8], piece: usize) -> Result<Hello, String> {
    let limits = Limits { hello: 1024, stray: 128, ..Limits::default() };
    let hello = Hello::new(About::default(), Vec::new(), Vec::new(), limits.announced());
    let mut handshake = Handshake::new(side, &hello, limits);
    let kind = |refused| format!("{refused:?}").split([' ', '{', '(']).next().map(str::to_owned).unwrap_or_default();
    for part in bytes.chunks(piece) {
        let mut progress = handshake.feed(part);
        if progress == Ok(Progress::PreambleSeen) {
            progress = handshake.feed(&[]);
        }
        match progress {
            Ok(Progress::Complete(greeted)) => return Ok(greeted.hello),
            Ok(_) => {}
            Err(refused) => {
                let _ = refused.to_string();
                return Err(kind(refused));
            }
        }
    }
    Err(kind(handshake.ended()))
}

/// One of everything.
#[derive(Debug, Serialize, Deserialize)]
struct Zoo {
    truth: bool,
    small: i8,
    large: u64,
    huge: i128,
    float: f64,
    letter: char,
    text: String,
    maybe: Option<Box<Zoo>>,
    list: Vec<Option<[u64; 8]>>,
    nothing: Vec<()>,
    table: BTreeMap<String, Animal>,
    pair: (u16, Vec<u8>),
}

#[derive(Debug, Serialize, Deserialize)]
enum Animal {
    Unit,
    Wrapped(Box<Animal>),
    Tuple(u8, String),
    Struct { name: String, young: Vec<Animal> },
}

/// Decodes payloads; what can be decoded is encoded and decoded to the same again.
pub fn decode(bytes: &[u8]) {
    let mut script = Script(bytes);
    let codec = if script.byte() % 2 == 0 { Codec::Postcard } else { Codec::Json };
    round_trip::<Zoo>(codec, script.0);
    round_trip::<Animal>(codec, script.0);
    round_trip::<Vec<u8>>(codec, script.0);
    round_trip::<BTreeMap<String, Vec<Option<String>>>>(codec, script.0);
}

fn round_trip<T: Serialize + serde::de::DeserializeOwned + 'static>(codec: Codec, bytes: &[u8]) {
    let budget = Budget { depth: 64, bytes: 1 << 20, elements: 10_000 };
    let Ok(value) = codec::decode::<T>(codec, bytes, budget) else {
        return;
    };
    let encode = |value: &T| {
        let mut out = Vec::new();
        codec::encode(codec, value, &mut out).map(|()| out)
    };
    let Ok(once) = encode(&value) else {
        return;
    };
    let wide = Budget { depth: 128, bytes: 4 << 20, elements: 40_000 };
    let Ok(again) = codec::decode::<T>(codec, &once, wide) else {
        panic!("what was encoded cannot be decoded");
    };
    assert_eq!(encode(&again).ok(), Some(once));
}
