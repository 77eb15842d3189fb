//! Objects that are passed and used from both sides, calls that are nested in each other, and a plugin
//! that is killed in the middle of all that.

macro_rules! situations {
    ($kit:ident, [$($asynchronous:tt)?], [$($awaited:tt)*], [$($start:tt)*]) => {
        pub(crate) mod $kit {
            use std::sync::atomic::{AtomicU64, Ordering};
            use std::sync::{Arc, Mutex};
            use std::time::{Duration, Instant};

            use outboard::{Error, ErrorKind, Limits, Result, Stream};
            use outboard_e2e::mill::Counting;
            use rustix::process::{Pid, Signal, kill_process};

            use crate::kits::{Alive, Token};
            use crate::kits::$kit::*;
            use crate::witness::{Belongings, Figures, patient, peak};

            /// For what takes as long as the machine is busy.
            const PATIENCE: Duration = Duration::from_secs(20);
            /// Objects that are passed at once, and who passes them.
            const PART: u64 = 100;
            const PARTS: u64 = 10;

            /// Tells when it is gone.
            struct Book {
                sum: AtomicU64,
                alive: Token,
            }

            impl Ledger for Book {
                $($asynchronous)? fn enter(&self, amount: u64) -> Result<u64> {
                    Ok(self.sum.fetch_add(amount, Ordering::SeqCst) + amount)
                }

                $($asynchronous)? fn deeper(&self, left: u32, mill: MillClient) -> Result<u32> {
                    if left == 0 {
                        return Ok(0);
                    }
                    let ledger = ledger(&self.alive.kind());
                    Ok(1 + mill.deeper(left - 1, ledger, mill.clone())$($awaited)*?)
                }
            }

            fn ledger(alive: &Alive) -> LedgerClient {
                LedgerClient::local(Book { sum: AtomicU64::new(0), alive: alive.token() })
            }

            // ---- all goes well ----

            /// A thousand objects of this program and a thousand of the plugin, used by both, and gone
            /// afterwards; again and again.
            pub(crate) $($asynchronous)? fn exchange(rounds: u64, words: Vec<String>) -> Figures {
                let (plugin, mill) = launch(&words, Limits::default())$($awaited)*;
                let (host, guest) = (std::process::id(), plugin.pid());
                let mut before = (0, 0);
                for round in 0..rounds {
                    everywhere(&mill)$($awaited)*;
                    if round == 0 {
                        before = (peak(host), peak(guest));
                    }
                }
                Figures::from([
                    ("host".to_owned(), before.0),
                    ("host grew".to_owned(), peak(host) - before.0),
                    ("plugin".to_owned(), before.1),
                    ("plugin grew".to_owned(), peak(guest) - before.1),
                ])
            }

            $($asynchronous)? fn everywhere(mill: &MillClient) {
                let alive = Alive::default();
                let tasks: Vec<Task<()>> = (0..PARTS).map(|_| {
                    let (mill, alive) = (mill.clone(), alive.clone());
                    spawn($($start)* {
                        pass(&mill, &alive)$($awaited)*;
                        take(&mill)$($awaited)*;
                    })
                }).collect();
                for task in tasks {
                    joined(task)$($awaited)*;
                }
                let kept = mill.enter_kept(1)$($awaited)*.expect("entered");
                assert_eq!((kept, alive.count()), (PART * PARTS, PART * PARTS));
                mill.forget()$($awaited)*.expect("an answer");
                assert!(until(PATIENCE, || alive.count() == 0)$($awaited)*, "{} objects are left", alive.count());
                let end = Instant::now() + PATIENCE;
                while mill.turning()$($awaited)*.expect("a count") > 0 {
                    assert!(Instant::now() < end, "objects of the plugin are left");
                }
            }

            /// Objects of this program: kept and called by the plugin while they are called here.
            $($asynchronous)? fn pass(mill: &MillClient, alive: &Alive) {
                let ledgers: Vec<_> = (0..PART).map(|_| ledger(alive)).collect();
                mill.keep(ledgers.clone())$($awaited)*.expect("an answer");
                let (other, passed) = (mill.clone(), ledgers.clone());
                let back = spawn($($start)* { other.enter_all(passed, 10)$($awaited)* });
                for ledger in &ledgers {
                    assert!([100, 110].contains(&ledger.enter(100)$($awaited)*.expect("a sum")));
                }
                let back = joined(back)$($awaited)*.expect("objects");
                assert_eq!(back.len(), ledgers.len());
                for ledger in back {
                    // What comes home is the object itself.
                    assert!(format!("{ledger:?}").contains("local"), "{ledger:?}");
                    assert_eq!(ledger.enter(1000)$($awaited)*.expect("a sum"), 1110);
                }
            }

            /// Objects of the plugin: half of them in a value, half in a stream, called here and there.
            $($asynchronous)? fn take(mill: &MillClient) {
                let mut wheels = mill.open(PART / 2)$($awaited)*.expect("wheels");
                let mut more = mill.wheels(PART / 2)$($awaited)*.expect("a stream");
                while let Some(wheel) = next(&mut more)$($awaited)* {
                    wheels.push(wheel.expect("a wheel"));
                }
                assert_eq!(wheels.len() as u64, PART);
                let (other, passed) = (mill.clone(), wheels.clone());
                let turned = spawn($($start)* { other.turn_all(passed)$($awaited)* });
                for wheel in &wheels {
                    assert!([1, 2].contains(&wheel.turn()$($awaited)*.expect("a turn")));
                }
                assert_eq!(joined(turned)$($awaited)*.expect("turned"), PART);
                for wheel in wheels {
                    assert_eq!(wheel.turn()$($awaited)*.expect("a turn"), 3);
                }
            }

            // ---- one in the other ----

            /// So many calls at once, each nested as deep as is allowed, and one deeper.
            pub(crate) $($asynchronous)? fn nested(count: u64, words: Vec<String>) -> Figures {
                let (_plugin, mill) = launch(&words, Limits::default())$($awaited)*;
                let alive = Alive::default();
                for _ in 0..5 {
                    let tasks: Vec<Task<()>> = (0..count).map(|number| {
                        let (mill, alive) = (mill.clone(), alive.clone());
                        spawn($($start)* {
                            let deepest = mill.deeper(15, ledger(&alive), mill.clone())$($awaited)*;
                            assert_eq!(deepest.expect("sixteen are allowed"), 15);
                            if number % 4 == 0 {
                                let too_deep = mill.deeper(16, ledger(&alive), mill.clone())$($awaited)*;
                                let report = too_deep.expect_err("seventeen are not").report().to_string();
                                assert!(report.contains("nested") && report.contains("16"), "{report}");
                            }
                        })
                    }).collect();
                    for task in tasks {
                        joined(task)$($awaited)*;
                    }
                }
                assert_eq!(mill.echo("still here")$($awaited)*.expect("an echo"), "still here");
                assert!(until(PATIENCE, || alive.count() == 0)$($awaited)*, "{} objects are left", alive.count());
                Figures::new()
            }

            // ---- the plugin is killed ----

            /// What all who use the plugin share.
            #[derive(Clone)]
            struct Traffic {
                mill: MillClient,
                alive: Alive,
                /// What has been done; at so many the plugin is killed.
                done: Arc<AtomicU64>,
                last: u64,
                pid: u32,
                killed: Arc<Mutex<Option<Instant>>>,
            }

            impl Traffic {
                fn count(&self) {
                    if self.done.fetch_add(1, Ordering::SeqCst) + 1 == self.last {
                        let mut killed = self.killed.lock().expect("no panic");
                        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).expect("a process");
                        kill_process(pid, Signal::KILL).expect("it runs");
                        *killed = Some(Instant::now());
                    }
                }
            }

            /// Everything at once: calls that wait, streams in both directions, objects in both
            /// directions, and then the end. Nothing of it stays.
            pub(crate) $($asynchronous)? fn killed(seed: u64, words: Vec<String>) -> Figures {
                let own = Belongings::now();
                healthy(&words)$($awaited)*;
                assert!(until(PATIENCE, || own.is_settled())$($awaited)*, "{:?}", own.left_over());
                let before = Belongings::now();
                let alive = Alive::default();
                let took = until_killed(&alive, seed, &words)$($awaited)*;
                assert!(until(PATIENCE, || alive.count() == 0)$($awaited)*, "{} objects are left", alive.count());
                assert!(until(PATIENCE, || before.left_over().is_empty())$($awaited)*, "{:#?}", before.left_over());
                healthy(&words)$($awaited)*;
                assert!(until(PATIENCE, || before.left_over().is_empty())$($awaited)*, "{:#?}", before.left_over());
                if seed == 0 {
                    // The others would wait here for nothing.
                    assert!(until(PATIENCE, || patient() == 0)$($awaited)*, "threads are left");
                }
                Figures::from([("milliseconds".to_owned(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX))])
            }

            $($asynchronous)? fn healthy(words: &[String]) {
                let (plugin, mill) = launch(words, Limits::default())$($awaited)*;
                take(&mill)$($awaited)*;
                drop(mill);
                plugin.shutdown()$($awaited)*.expect("an exit");
            }

            /// From the kill until the last one knows.
            $($asynchronous)? fn until_killed(alive: &Alive, seed: u64, words: &[String]) -> Duration {
                let (plugin, mill) = launch(words, Limits::default())$($awaited)*;
                // The golden ratio again, so that neighbours are far apart.
                let last = 1 + (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % 2000;
                let traffic = Traffic {
                    mill: mill.clone(),
                    alive: alive.clone(),
                    done: Arc::default(),
                    last,
                    pid: plugin.pid(),
                    killed: Arc::default(),
                };
                let mut tasks: Vec<Task<Error>> = Vec::new();
                for _ in 0..64 {
                    let mill = mill.clone();
                    tasks.push(spawn($($start)* { mill.never()$($awaited)*.expect_err("it never answers") }));
                }
                let end = Instant::now() + PATIENCE;
                while mill.waiting()$($awaited)*.expect("a count") < 64 {
                    assert!(Instant::now() < end, "not all calls came");
                }
                let wheel = mill.open(1)$($awaited)*.expect("a wheel").pop().expect("one");
                for _ in 0..4 {
                    let theirs = traffic.clone();
                    tasks.push(spawn($($start)* { read(&theirs)$($awaited)* }));
                    let theirs = traffic.clone();
                    tasks.push(spawn($($start)* { write(&theirs)$($awaited)* }));
                    let theirs = traffic.clone();
                    tasks.push(spawn($($start)* { give_and_take(&theirs)$($awaited)* }));
                }
                let theirs = traffic.clone();
                tasks.push(spawn($($start)* { skim(&theirs)$($awaited)* }));
                let Traffic { killed, .. } = traffic;
                for task in tasks {
                    check(&joined(task)$($awaited)*);
                }
                let took = killed.lock().expect("no panic").expect("it was killed").elapsed();
                check(&plugin.closed()$($awaited)*);
                check(&wheel.turn()$($awaited)*.expect_err("it is gone"));
                check(&mill.keep(vec![ledger(alive)])$($awaited)*.expect_err("it is gone"));
                check(&mill.grind(Stream::from_iter(0..3))$($awaited)*.expect_err("it is gone"));
                took
            }

            /// One root cause for all, with the exit in it.
            fn check(error: &Error) {
                assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
                let exit = error.process_exit().unwrap_or_else(|| panic!("no exit in {error:?}"));
                assert_eq!(exit.signal(), Some(9), "{exit:?}");
            }

            /// Reads a stream until it breaks: it ends with an error, and not as if it were over.
            $($asynchronous)? fn read(traffic: &Traffic) -> Error {
                let given = Arc::new(AtomicU64::new(0));
                let mut numbers = match traffic.mill.grind(source(Counting::to(u64::MAX, &given)))$($awaited)* {
                    Ok(numbers) => numbers,
                    Err(error) => return error,
                };
                loop {
                    match next(&mut numbers)$($awaited)*.expect("a stream that breaks") {
                        Ok(_) => traffic.count(),
                        Err(error) => {
                            assert!(next(&mut numbers)$($awaited)*.is_none());
                            return error;
                        }
                    }
                }
            }

            /// Opens streams of objects, and drops them unread or half read.
            $($asynchronous)? fn skim(traffic: &Traffic) -> Error {
                for opened in 0_u64.. {
                    let mut wheels = match traffic.mill.wheels(u64::MAX)$($awaited)* {
                        Ok(wheels) => wheels,
                        Err(error) => return error,
                    };
                    for _ in 0..opened % 3 {
                        if let Err(error) = next(&mut wheels)$($awaited)*.expect("a stream that breaks") {
                            return error;
                        }
                    }
                    traffic.count();
                }
                unreachable!("it breaks before")
            }

            /// Writes a stream for as long as somebody reads it.
            $($asynchronous)? fn write(traffic: &Traffic) -> Error {
                let theirs = traffic.clone();
                let token = theirs.alive.token();
                let items = (0..u64::MAX).map(move |_| {
                    theirs.count();
                    let _ = &token;
                    vec![7; 1000]
                });
                traffic.mill.sink(Stream::from_iter(items), u64::MAX, 0)$($awaited)*.expect_err("it never ends")
            }

            /// Passes objects to and fro.
            $($asynchronous)? fn give_and_take(traffic: &Traffic) -> Error {
                let mut kept = Vec::new();
                loop {
                    let ledgers: Vec<_> = (0..10).map(|_| ledger(&traffic.alive)).collect();
                    if let Err(error) = traffic.mill.keep(ledgers.clone())$($awaited)* {
                        return error;
                    }
                    traffic.count();
                    match traffic.mill.enter_all(ledgers, 1)$($awaited)* {
                        Ok(back) => assert_eq!(back.len(), 10),
                        Err(error) => return error,
                    }
                    traffic.count();
                    match traffic.mill.open(10)$($awaited)* {
                        Ok(wheels) => kept.extend(wheels),
                        Err(error) => return error,
                    }
                    traffic.count();
                    for wheel in &kept {
                        if let Err(error) = wheel.turn()$($awaited)* {
                            return error;
                        }
                    }
                    kept.truncate(10);
                }
            }
        }
    };
}

situations!(tasks, [async], [.await], [async move]);
situations!(threads, [], [], [move ||]);
