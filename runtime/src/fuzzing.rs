//! What the fuzz targets of `runtime/fuzz` run: the insides of the crate on any bytes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec::{self, Budget, Codec};
use crate::protocol::handshake::{Handshake, Progress, Side};
use crate::protocol::hello::{About, Hello};
use crate::protocol::{Event, Heard, Incoming, Limits, Outgoing, Session, SystemError, SystemErrorKind};

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
}

/// Plays a session against a peer that may do anything.
pub fn session(bytes: &[u8]) {
    let limits =
        Limits { message: 4096, frame: 512, reassembly: 8192, calls: 8, pending: 16 << 10, ..Limits::default() };
    let mut scene = Scene {
        limits,
        session: Session::new(limits, limits.announced(), vec![b'd'; 600].into()),
        incoming: Incoming::new(limits, &[]),
        calls: Vec::new(),
        running: Vec::new(),
    };
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
        match script.byte() % 10 {
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
                let message = Outgoing { codec: Codec::Postcard, payload: &mut vec![0; length], extras: None };
                if self.session.admits() {
                    self.calls.extend(self.session.request(0, (0, "method"), message, Some(())));
                }
            }
            6 => {
                if let Some(call) = self.calls.pop() {
                    if script.byte().is_multiple_of(2) {
                        self.session.abandon(call);
                    } else {
                        let _ = self.session.take(call, |_| ());
                    }
                }
            }
            7 => {
                if let Some(call) = self.running.pop() {
                    let length = usize::from(script.byte()) * 17;
                    let message = Outgoing { codec: Codec::Json, payload: &mut vec![0; length], extras: None };
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
                }
                Ok(Some(Ok(_))) => {}
                Ok(None) => return true,
                Ok(Some(Err(_))) | Err(_) => return false,
            }
        }
    }

    fn check(&self) {
        let (unfinished, held) = self.incoming.held();
        assert!(unfinished <= 2 * self.limits.calls);
        assert!(held <= self.limits.reassembly);
        assert!(self.incoming.memory() <= 2 * self.limits.reassembly + (256 << 10));
        assert!(self.session.serving() <= self.limits.calls);
        assert!(self.session.in_flight() <= self.limits.calls);
        // Answers are bounded in number, requests by `pending`; cancels by the calls in flight.
        assert!(self.session.waiting_bytes() <= (3 * self.limits.calls + 16) * 5000 + 2 * self.limits.pending);
    }
}

/// A frame that parses: a known kind, a low id, flags that may be set.
fn frame(script: &mut Script<'_>) -> Vec<u8> {
    const KINDS: [u8; 16] = [1, 1, 1, 2, 2, 3, 4, 4, 5, 5, 0x22, 0x30, 0x31, 0x38, 0x39, 0x10];
    let kind = KINDS[usize::from(script.byte()) % KINDS.len()];
    let flags = script.byte() & 0b1_1101;
    let call = script.byte() % 12;
    let length = usize::from(script.byte()) * 2;
    let body = match kind {
        4 if length % 4 == 0 => &br#"{"kind":"cancelled"}"#[..],
        5 | 0x22 | 0x30 | 0x31 => b"",
        _ => script.take(length),
    };
    let mut frame = u32::try_from(body.len()).unwrap_or(0).to_le_bytes().to_vec();
    frame.extend([kind, flags, 0, 0, call]);
    frame.extend([0; 15]);
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
