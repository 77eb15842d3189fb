//! A long stream, one that nobody reads, and one that is read slowly.

macro_rules! situations {
    ($kit:ident, [$($asynchronous:tt)?], [$($awaited:tt)*], [$($start:tt)*]) => {
        pub(crate) mod $kit {
            use std::sync::Arc;
            use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
            use std::time::{Duration, Instant};

            use outboard::{Limits, Stream};
            use outboard_e2e::mill::{Counting, work};

            use crate::kits::$kit::*;
            use crate::witness::{Figures, peak};

            /// What a reader lets be sent ahead.
            const WINDOW: u64 = 64;
            /// Of each item, in bytes: enough that a million of them would be seen.
            const SIZE: u32 = 256;
            const CALLS: u64 = 1000;

            pub(crate) $($asynchronous)? fn streams(length: u64, words: Vec<String>) -> Figures {
                let (plugin, mill) = launch(&words, Limits::default())$($awaited)*;
                let (host, guest) = (std::process::id(), plugin.pid());
                // Everything once, so that what it takes by itself is there.
                through(&mill, length / 100)$($awaited)*;
                stalled(&mill)$($awaited)*;
                let (host_before, guest_before) = (peak(host), peak(guest));
                let took = through(&mill, length)$($awaited)*;
                let pause = (took / u32::try_from(length).expect("a length")).clamp(Duration::from_nanos(500), Duration::from_micros(3)) * 100;
                stalled(&mill)$($awaited)*;
                read_slowly(&mill, pause)$($awaited)*;
                written_to_slowly(&mill, pause)$($awaited)*;
                Figures::from([
                    ("milliseconds".to_owned(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
                    ("pause".to_owned(), u64::try_from(pause.as_micros()).unwrap_or(u64::MAX)),
                    ("host".to_owned(), host_before),
                    ("host grew".to_owned(), peak(host) - host_before),
                    ("plugin".to_owned(), guest_before),
                    ("plugin grew".to_owned(), peak(guest) - guest_before),
                ])
            }

            /// To the plugin and back; all come, in their order.
            $($asynchronous)? fn through(mill: &MillClient, length: u64) -> Duration {
                let began = Instant::now();
                let given = Arc::new(AtomicU64::new(0));
                let mut ground = mill.grind(source(Counting::to(length, &given)))$($awaited)*.expect("a stream");
                let (mut expected, mut sum) = (1, 0);
                while let Some(number) = next(&mut ground)$($awaited)* {
                    let number = number.expect("a number");
                    assert_eq!(number, expected);
                    if expected % 1000 == 0 {
                        let ahead = given.load(Ordering::SeqCst) - number;
                        assert!(ahead <= 2 * WINDOW + 1, "{ahead} ahead");
                    }
                    expected += 1;
                    sum += number;
                }
                assert_eq!((expected, sum), (length + 1, length * (length + 1) / 2));
                assert_eq!(given.load(Ordering::SeqCst), length);
                began.elapsed()
            }

            /// A stream that nobody reads stops its writer and nobody else, and goes on where it stopped.
            $($asynchronous)? fn stalled(mill: &MillClient) {
                let before = mill.poured()$($awaited)*.expect("a count");
                let mut items = mill.pour(u64::MAX, SIZE)$($awaited)*.expect("a stream");
                next(&mut items)$($awaited)*.expect("an item").expect("no error");
                calls(mill.clone(), CALLS)$($awaited)*;
                // The writer has had all the time in the world.
                let poured = mill.poured()$($awaited)*.expect("a count") - before;
                assert!((1..=WINDOW + 1).contains(&poured), "{poured} poured");
                for _ in 0..1000 {
                    assert_eq!(next(&mut items)$($awaited)*.expect("an item").expect("no error").len(), 256);
                }
            }

            $($asynchronous)? fn calls(mill: MillClient, count: u64) {
                for _ in 0..count {
                    assert_eq!(mill.echo("beside")$($awaited)*.expect("an echo"), "beside");
                }
            }

            /// The plugin never has more than the window ahead of a reader who works a hundred times
            /// longer on each item than it takes to send it; and another caller is served meanwhile.
            $($asynchronous)? fn read_slowly(mill: &MillClient, pause: Duration) {
                let before = mill.poured()$($awaited)*.expect("a count");
                let mut items = mill.pour(u64::MAX, SIZE)$($awaited)*.expect("a stream");
                let other = mill.clone();
                let done = Arc::new(AtomicBool::new(false));
                let told = Arc::clone(&done);
                let beside = spawn($($start)* {
                    calls(other, CALLS)$($awaited)*;
                    told.store(true, Ordering::SeqCst);
                });
                let mut read = 0;
                while read < 2000 || !done.load(Ordering::SeqCst) {
                    next(&mut items)$($awaited)*.expect("an item").expect("no error");
                    read += 1;
                    work(pause);
                    yield_now()$($awaited)*;
                    if read % 500 == 0 {
                        let poured = mill.poured()$($awaited)*.expect("a count") - before;
                        assert!(poured >= read && poured <= read + WINDOW, "{poured} poured, {read} read");
                    }
                }
                joined(beside)$($awaited)*;
            }

            /// The same the other way: it is the plugin that reads, and this program has nothing of it in
            /// memory.
            $($asynchronous)? fn written_to_slowly(mill: &MillClient, pause: Duration) {
                const MOST: u64 = 3000;
                let given = Arc::new(AtomicU64::new(0));
                let before = mill.sunk()$($awaited)*.expect("a count");
                let numbers = Counting::to(u64::MAX, &given);
                let items = Stream::from_iter(numbers.map(|_| vec![7; 256]));
                let (other, pause) = (mill.clone(), u64::try_from(pause.as_micros()).expect("a pause"));
                let sink = spawn($($start)* { other.sink(items, MOST, pause)$($awaited)* });
                let mut sunk = 0;
                while sunk < MOST {
                    let poured = given.load(Ordering::SeqCst);
                    sunk = mill.sunk()$($awaited)*.expect("a count") - before;
                    assert!(poured <= sunk + WINDOW + 1, "{poured} poured, {sunk} sunk");
                    mill.echo("beside")$($awaited)*.expect("an echo");
                }
                assert_eq!(joined(sink)$($awaited)*.expect("a count"), MOST);
            }
        }
    };
}

situations!(tasks, [async], [.await], [async move]);
situations!(threads, [], [], [move ||]);
