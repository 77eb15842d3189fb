//! Two honest ends that do what they may in any order: nobody is blamed, nothing is lost or left.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::pair::Pair;
use super::*;

#[derive(Clone, Debug)]
enum Act {
    Call { length: usize },
    Describe,
    Abandon(prop::sample::Index),
    Take(prop::sample::Index),
    Reply { which: prop::sample::Index, length: usize, error: bool },
    Refuse(prop::sample::Index),
    Send,
    Deliver(usize),
    ShutDown,
    Ping,
}

/// A length that is small, around a frame, or near the longest message.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![0..40_usize, 250..260_usize, 500..4096_usize, Just(4096_usize), Just(4097_usize)]
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let act = prop_oneof![
        6 => length().prop_map(|length| Act::Call { length }),
        1 => Just(Act::Describe),
        3 => any::<prop::sample::Index>().prop_map(Act::Abandon),
        2 => any::<prop::sample::Index>().prop_map(Act::Take),
        5 => (any::<prop::sample::Index>(), length(), any::<bool>())
            .prop_map(|(which, length, error)| Act::Reply { which, length, error }),
        1 => any::<prop::sample::Index>().prop_map(Act::Refuse),
        6 => Just(Act::Send),
        6 => prop_oneof![1..30_usize, 200..600_usize, Just(usize::MAX)].prop_map(Act::Deliver),
        1 => Just(Act::Ping),
    ];
    let end = prop_oneof![9 => Just(None), 1 => (0..2_usize).prop_map(|side| Some((side, Act::ShutDown)))];
    (prop::collection::vec((0..2_usize, act), 0..150), end, any::<prop::sample::Index>()).prop_map(
        |(mut acts, end, at)| {
            if let Some(end) = end {
                acts.insert(at.index(acts.len() + 1), end);
            }
            acts
        },
    )
}

/// What one side expects of its calls.
#[derive(Default)]
struct Book {
    /// Calls whose answer was neither fetched nor given up, with the length of their arguments.
    open: BTreeMap<u64, usize>,
    descriptions: Vec<u64>,
}

/// The test's model of a pair.
struct Play {
    pair: Pair,
    books: [Book; 2],
    shut_down: [bool; 2],
}

/// A payload that says whose it is.
fn payload(call: u64, length: usize) -> Vec<u8> {
    call.to_le_bytes().into_iter().cycle().take(length).collect()
}

impl Play {
    fn act(&mut self, side: usize, act: &Act) {
        match act {
            Act::Call { length } => self.call(side, *length),
            Act::Describe => {
                if self.pair.0[side].session.admits()
                    && let Ok(call) = self.pair.0[side].session.describe(None)
                {
                    self.books[side].descriptions.push(call);
                }
            }
            Act::Abandon(which) => {
                if let Some(call) = self.pick(side, which) {
                    self.books[side].open.remove(&call);
                    self.pair.0[side].session.abandon(call);
                }
            }
            Act::Take(which) => {
                if let Some(call) = self.pick(side, which) {
                    self.take(side, call);
                }
            }
            Act::Reply { which, length, error } => {
                let running = &mut self.pair.0[side].running;
                if !running.is_empty() {
                    let run = running.remove(which.index(running.len()));
                    let message =
                        Outgoing { codec: Codec::Json, payload: &mut payload(run.call, *length), extras: None };
                    self.pair.0[side].session.reply(run.call, *error, message);
                }
            }
            Act::Refuse(which) => {
                let running = &mut self.pair.0[side].running;
                if !running.is_empty() {
                    let run = running.remove(which.index(running.len()));
                    let error = SystemError { kind: SystemErrorKind::Panicked, message: "ouch".to_owned() };
                    self.pair.0[side].session.refuse(run.call, &error);
                }
            }
            Act::Send => _ = self.pair.send(side),
            Act::Deliver(count) => _ = self.pair.deliver(side, *count).unwrap(),
            Act::ShutDown => {
                self.shut_down[side] = true;
                self.pair.0[side].session.shut_down(Duration::from_secs(1));
            }
            Act::Ping => {
                let quiet = Heard { received: false, mid_frame: false, written: true, unwritten: false };
                self.pair.0[side].session.tick(quiet).unwrap();
                self.pair.0[side].session.tick(Heard { received: true, ..quiet }).unwrap();
            }
        }
    }

    fn call(&mut self, side: usize, length: usize) {
        let session = &mut self.pair.0[side].session;
        if !session.admits() {
            return;
        }
        let waiter = 1000;
        let message = Outgoing { codec: Codec::Postcard, payload: &mut vec![b'a'; length], extras: None };
        match session.request(0, (0, "method"), message, Some(waiter)) {
            Ok(call) => _ = self.books[side].open.insert(call, length),
            Err(_) => assert!(length > 4096 || self.shut_down[side]),
        }
    }

    fn pick(&self, side: usize, which: &prop::sample::Index) -> Option<u64> {
        let open = &self.books[side].open;
        if open.is_empty() { None } else { open.keys().nth(which.index(open.len())).copied() }
    }

    /// Fetches an answer if it is there, and checks that it is this call's.
    fn take(&mut self, side: usize, call: u64) -> bool {
        let Some(answer) = self.pair.0[side].session.take(call, |_| 1000).unwrap() else {
            return false;
        };
        self.books[side].open.remove(&call);
        match answer.answered {
            Answered::Value | Answered::ApplicationError => {
                assert_eq!(answer.payload, payload(call, answer.payload.len()));
                assert_eq!(answer.codec, Codec::Json);
            }
            Answered::SystemError(error) => assert!(matches!(
                error.kind,
                SystemErrorKind::Panicked | SystemErrorKind::Limit | SystemErrorKind::ShuttingDown
            )),
        }
        assert_eq!(self.pair.0[side].session.take(call, |_| 1000).unwrap(), None);
        true
    }

    /// Lets everything come to its end, and looks whether anything was lost or left.
    fn finish(mut self) {
        loop {
            self.pair.settle().unwrap();
            if self.pair.0.iter().all(|end| end.running.is_empty()) {
                break;
            }
            for end in &mut self.pair.0 {
                for run in end.running.drain(..) {
                    assert_eq!(run.payload, vec![b'a'; run.payload.len()]);
                    let message = Outgoing { codec: Codec::Json, payload: &mut payload(run.call, 300), extras: None };
                    end.session.reply(run.call, false, message);
                }
            }
        }
        self.pair.check_at_rest();
        for side in [0, 1] {
            let open: Vec<_> = self.books[side].open.keys().copied().collect();
            for call in open {
                assert!(self.take(side, call), "call {call} of side {side} has no answer");
            }
            for call in std::mem::take(&mut self.books[side].descriptions) {
                let answer = self.pair.0[side].session.take(call, |_| 0).unwrap().unwrap();
                assert_eq!(answer.payload, DESCRIPTION);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_honest_ends_do_every_call_gets_one_answer_and_nothing_is_left(acts in acts()) {
        let mut play = Play { pair: Pair::new([small_limits(); 2]), books: Default::default(), shut_down: [false; 2] };
        for (side, act) in &acts {
            play.act(*side, act);
            let in_flight = play.pair.0[*side].session.in_flight();
            prop_assert!(in_flight <= small_limits().calls);
            let (_, held) = play.pair.0[*side].incoming.held();
            prop_assert!(held <= small_limits().reassembly);
        }
        play.finish();
    }

    #[test]
    fn ends_with_unlike_limits_never_blame_each_other(
        acts in acts(),
        calls in (1..4_usize, 1..20_usize),
        frames in (256..300_usize, 256..4096_usize),
    ) {
        let limits = |calls, frame| Limits { calls, frame, ..small_limits() };
        let both = [limits(calls.0, frames.0), limits(calls.1, frames.1)];
        let mut play = Play { pair: Pair::new(both), books: Default::default(), shut_down: [false; 2] };
        for (side, act) in &acts {
            play.act(*side, act);
        }
        play.finish();
    }
}
