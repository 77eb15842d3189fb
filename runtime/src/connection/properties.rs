//! Whatever several callers do, each gets what was to be expected, on either driver, and nothing is
//! left.

use std::future::Future;
use std::sync::{Arc, Weak, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::on_threads::block_on;
use super::zoo::{ECHO, FAIL, Gate, LINGER, MISSING, PANIC, WAIT, Zoo, ZooClient, ZooServer};
use super::{BareStream, Connection, Establish, StandBy, establish_on_threads, pipe};
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::protocol::Limits;
use crate::protocol::handshake::Side;
use crate::protocol::hello::Entry;
use crate::remote::bind;
use crate::service::object;

/// What one caller does, and then the next thing.
#[derive(Clone, Debug)]
enum Step {
    /// Gets back a text of this length.
    Echo(usize),
    Fail,
    Panic,
    Missing,
    /// Until this gate is opened.
    Wait(usize),
    /// Sends a text of this length, polls so often and gives up.
    GiveUp {
        length: usize,
        polls: usize,
    },
    /// The same with a call that waits for a gate.
    GiveUpWaiting {
        gate: usize,
        polls: usize,
    },
    /// A call whose handler waits until its deadline, after so many milliseconds.
    TimeOut(u64),
    /// The same with a text of this length, which comes back before its deadline.
    InTime(usize),
    /// Gives a call up whose handler waits for that.
    Cancel {
        polls: usize,
    },
    /// Opens this gate before its time.
    Open(usize),
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// A text of this length, which is the right one.
    Text(usize),
    Failed(ErrorKind),
    Nothing,
}

const GATES: usize = 3;

#[derive(Clone, Debug)]
struct Scenario {
    callers: Vec<Vec<Step>>,
    /// How many bytes each of the pipes holds.
    capacity: usize,
    limits: Limits,
    /// The handlers block a thread each.
    blocking: bool,
    /// The gates are opened after so many milliseconds each, one after the other.
    delays: [u64; GATES],
}

impl Scenario {
    fn expected(&self) -> Vec<Vec<Outcome>> {
        let expected = |step: &Step| match step {
            Step::Echo(length) if encoded(*length) <= self.limits.message => Outcome::Text(*length),
            Step::InTime(length) if encoded(*length) + TOLD <= self.limits.message => Outcome::Text(*length),
            Step::Echo(_) | Step::InTime(_) => Outcome::Failed(ErrorKind::Limit),
            Step::TimeOut(_) => Outcome::Failed(ErrorKind::TimedOut),
            Step::Fail => Outcome::Failed(ErrorKind::Remote),
            Step::Panic => Outcome::Failed(ErrorKind::Panicked),
            Step::Missing => Outcome::Failed(ErrorKind::Unsupported),
            Step::Wait(_) => Outcome::Text(1),
            Step::GiveUp { .. } | Step::GiveUpWaiting { .. } | Step::Cancel { .. } | Step::Open(_) => Outcome::Nothing,
        };
        self.callers.iter().map(|steps| steps.iter().map(expected).collect()).collect()
    }

    fn zoo(&self) -> (Arc<Zoo>, Vec<Gate>) {
        let gates: Vec<_> = (0..GATES).map(|_| Gate::default()).collect();
        (Arc::new(Zoo { gates: gates.clone(), ..Zoo::default() }), gates)
    }

    fn serving(&self, zoo: Arc<Zoo>) -> Establish {
        let served = if self.blocking { object(ZooServer::<true>(zoo)) } else { object(ZooServer::<false>(zoo)) };
        let bare = Establish::new(Side::Plugin, BareStream::serving());
        Establish { objects: vec![served], limits: self.limits, ..bare }
    }

    fn calling(&self) -> Establish {
        let bare = Establish::new(Side::Host, BareStream::calling());
        Establish { asks: vec![Entry::of::<ZooClient>()], limits: self.limits, ..bare }
    }
}

/// What a deadline and a pair of metadata take beside the arguments: the length of their block, and for each
/// a tag and a length before what it is about.
const TOLD: usize = 2 + (4 + 8) + (4 + 2 + "user".len() + "ada".len());

/// What a text of this length takes, with the length itself.
fn encoded(length: usize) -> usize {
    length + length.checked_ilog2().unwrap_or_default() as usize / 7 + 1
}

/// The call that a step makes, or nothing.
fn call_of(step: &Step) -> Option<(u16, String)> {
    // Not all bytes alike: a text that is put together in the wrong order is noticed.
    let text = |length: usize| (b'a'..=b'z').cycle().take(length).map(char::from).collect();
    Some(match step {
        Step::Echo(length) | Step::InTime(length) | Step::GiveUp { length, .. } => (ECHO, text(*length)),
        Step::TimeOut(_) | Step::Cancel { .. } => (LINGER, String::new()),
        Step::Fail => (FAIL, "no such animal".to_owned()),
        Step::Panic => (PANIC, "oh no".to_owned()),
        Step::Missing => (MISSING, String::new()),
        Step::Wait(gate) | Step::GiveUpWaiting { gate, .. } => (WAIT, gate.to_string()),
        Step::Open(_) => return None,
    })
}

fn outcome_of(sent: &str, returned: Result<String>) -> Outcome {
    match returned {
        Ok(text) => {
            assert!(text == sent, "another call's answer, or a torn one");
            Outcome::Text(text.len())
        }
        Err(error) => Outcome::Failed(error.kind()),
    }
}

/// Makes one step, with `ask` for a call that is waited for.
async fn step<F: Future<Output = Result<String>>>(
    step: &Step,
    zoo: &ZooClient,
    gates: &[Gate],
    ask: impl FnOnce(ZooClient, u16, String) -> F,
) -> Outcome {
    let Some((method, text)) = call_of(step) else {
        if let Step::Open(gate) = step {
            gates[*gate].open();
        }
        return Outcome::Nothing;
    };
    if let Step::GiveUp { polls, .. } | Step::GiveUpWaiting { polls, .. } | Step::Cancel { polls } = step {
        let mut call = Box::pin(zoo.call(method, &text));
        for _ in 0..*polls {
            if call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                break;
            }
            thread::yield_now();
        }
        return Outcome::Nothing;
    }
    let zoo = match step {
        Step::TimeOut(milliseconds) => zoo.with_timeout(Duration::from_millis(*milliseconds)),
        Step::InTime(_) => zoo.with_timeout(Duration::from_secs(3600)).with_metadata("user", "ada"),
        _ => zoo.clone(),
    };
    outcome_of(&text, ask(zoo, method, text.clone()).await)
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        thread::yield_now();
    }
}

/// Runs it on a thread of its own, and does not wait for ever.
fn soon<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(run()));
    receive.recv_timeout(Duration::from_secs(60)).expect("it hangs, or panicked")
}

/// All calls are answered, those too that nobody waited for.
fn is_idle(connection: &Connection) -> bool {
    connection.0.shared.lock().session.in_flight() == 0
}

fn nothing_is_left(connection: Connection, zoo: &Weak<Zoo>) {
    until("calls stay open", || is_idle(&connection));
    let shared = Arc::downgrade(&connection.0.shared);
    drop(connection);
    until("the implementation is kept", || zoo.strong_count() == 0);
    until("the connection is kept", || shared.strong_count() == 0);
}

fn open_all(scenario: &Scenario, gates: &[Gate]) {
    for (gate, delay) in gates.iter().zip(scenario.delays) {
        thread::sleep(Duration::from_millis(delay));
        gate.open();
    }
}

/// `as_futures`: those callers are futures, by their numbers; the others block.
fn on_threads(scenario: &Scenario, as_futures: impl Fn(usize) -> bool) -> Vec<Vec<Outcome>> {
    let (zoo, gates) = scenario.zoo();
    let left = Arc::downgrade(&zoo);
    let (near, far) = pipe(scenario.capacity);
    let serving = scenario.serving(zoo);
    thread::spawn(move || establish_on_threads(far, serving, StandBy::Here).unwrap().stand_by());
    let connection = establish_on_threads(near, scenario.calling(), StandBy::Thread).unwrap();
    let client: ZooClient = bind(&connection).unwrap();
    let callers: Vec<_> = scenario
        .callers
        .iter()
        .enumerate()
        .map(|(number, steps)| {
            let (client, gates, steps, future) = (client.clone(), gates.clone(), steps.clone(), as_futures(number));
            thread::spawn(move || {
                let made = |made: &Step| {
                    let ask = |client: ZooClient, method, text: String| async move {
                        if future { client.call(method, &text).await } else { client.call_blocking(method, &text) }
                    };
                    block_on(step(made, &client, &gates, ask))
                };
                steps.iter().map(made).collect()
            })
        })
        .collect();
    drop(client);
    open_all(scenario, &gates);
    let outcomes = callers.into_iter().map(|caller| caller.join().unwrap()).collect();
    nothing_is_left(connection, &left);
    outcomes
}

#[cfg(feature = "tokio")]
fn on_tokio(scenario: &Scenario, workers: usize) -> Vec<Vec<Outcome>> {
    use super::{any, establish};
    let runtime = match workers {
        0 => tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        workers => tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap(),
    };
    let (zoo, gates) = scenario.zoo();
    let left = Arc::downgrade(&zoo);
    let opener = thread::spawn({
        let (scenario, gates) = (scenario.clone(), gates.clone());
        move || open_all(&scenario, &gates)
    });
    let serving = scenario.serving(zoo);
    let (outcomes, connection) = runtime.block_on(async {
        let (near, far) = tokio::io::duplex(scenario.capacity);
        tokio::spawn(async move {
            let ended = establish(any(far), serving).await.unwrap().ended();
            ended.await;
        });
        let connection = establish(any(near), scenario.calling()).await.unwrap();
        let client: ZooClient = bind(&connection).unwrap();
        let callers: Vec<_> = scenario
            .callers
            .iter()
            .map(|steps| {
                let (client, gates, steps) = (client.clone(), gates.clone(), steps.clone());
                tokio::spawn(async move {
                    let mut outcomes = Vec::new();
                    for made in &steps {
                        let client = &client;
                        let ask =
                            |client: ZooClient, method, text: String| async move { client.call(method, &text).await };
                        outcomes.push(step(made, client, &gates, ask).await);
                    }
                    outcomes
                })
            })
            .collect();
        drop(client);
        let mut outcomes = Vec::new();
        for caller in callers {
            outcomes.push(caller.await.unwrap());
        }
        while !is_idle(&connection) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        (outcomes, connection)
    });
    opener.join().unwrap();
    let shared = Arc::downgrade(&connection.0.shared);
    drop(connection);
    runtime.block_on(async {
        while left.strong_count() > 0 || shared.strong_count() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    outcomes
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let length = prop_oneof![Just(0), 1..300_usize, 300..5000_usize, 5000..40_000_usize];
    let step = prop_oneof![
        6 => length.clone().prop_map(Step::Echo),
        1 => Just(Step::Fail),
        1 => Just(Step::Panic),
        1 => Just(Step::Missing),
        3 => (0..GATES).prop_map(Step::Wait),
        2 => (length.clone(), 0..4_usize).prop_map(|(length, polls)| Step::GiveUp { length, polls }),
        2 => (0..GATES, 0..4_usize).prop_map(|(gate, polls)| Step::GiveUpWaiting { gate, polls }),
        1 => (0..8_u64).prop_map(Step::TimeOut),
        1 => length.prop_map(Step::InTime),
        1 => (0..4_usize).prop_map(|polls| Step::Cancel { polls }),
        1 => (0..GATES).prop_map(Step::Open),
    ];
    prop::collection::vec(step, 0..8)
}

fn limits() -> impl Strategy<Value = Limits> {
    let frame = prop_oneof![Just(256), 256..2000_usize];
    (frame, 0..30_000_usize, 0..10_000_usize, 1..5_usize, prop_oneof![1..2000_usize, Just(32 << 20)]).prop_map(
        |(frame, message, reassembly, calls, pending)| {
            let message = frame + message;
            Limits { frame, message, reassembly: message + reassembly, calls, pending, ..Limits::default() }
        },
    )
}

fn scenarios() -> impl Strategy<Value = Scenario> {
    let capacity = prop_oneof![1..64_usize, 64..5000_usize, Just(64 << 10)];
    let delays = prop::array::uniform3(0..3_u64);
    (prop::collection::vec(steps(), 1..6), capacity, limits(), any::<bool>(), delays).prop_map(
        |(callers, capacity, limits, blocking, delays)| Scenario { callers, capacity, limits, blocking, delays },
    )
}

/// As many as asked for; what is asked of nobody takes a few seconds.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn every_caller_gets_what_is_due_on_threads(scenario in scenarios(), futures in any::<u8>()) {
        let expected = scenario.expected();
        prop_assert_eq!(soon(move || on_threads(&scenario, |caller| futures >> caller & 1 == 1)), expected);
    }
}

#[cfg(feature = "tokio")]
proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn every_caller_gets_what_is_due_on_tokio(scenario in scenarios(), workers in 0..3_usize) {
        let expected = scenario.expected();
        prop_assert_eq!(soon(move || on_tokio(&scenario, workers)), expected);
    }
}
