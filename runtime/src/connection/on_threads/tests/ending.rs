//! Ends, and who is left after them.

use super::*;

#[test]
fn a_caller_in_a_read_is_called_back_by_the_end() {
    for round in 0..100 {
        let (connection, zoo) = connected(Zoo::default(), Limits::default());
        let calling = thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err());
        until(|| !connection.wire().waiting_methods().is_empty());
        connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
        let error = soon(move || calling.join().unwrap());
        assert_eq!(error.to_string(), "as intended", "round {round}");
    }
}

#[test]
fn all_who_wait_get_the_same_cause() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    let calling: Vec<_> = (0..16)
        .map(|_| {
            let zoo = zoo.clone();
            thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err().to_string())
        })
        .collect();
    until(|| connection.wire().waiting_methods().len() == 16);
    connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
    for call in calling {
        assert_eq!(soon(move || call.join().unwrap()), "as intended");
    }
    assert_eq!(zoo.call_blocking(ECHO, "x").unwrap_err().to_string(), "as intended");
}

#[test]
fn a_peer_that_ends_fails_the_call_that_waits() {
    let (near, far) = pipe(64 << 10);
    let serving = Establish {
        objects: vec![object(ZooServer::<true>(Arc::new(Zoo::default())))],
        ..Establish::new(Side::Plugin, BareStream::serving())
    };
    let plugin = thread::spawn(move || establish(far, serving, StandBy::Here).unwrap());
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], ..Establish::new(Side::Host, BareStream::calling()) };
    let connection = establish(near, calling, StandBy::Thread).unwrap();
    let zoo: ZooClient = bind(&connection).unwrap();
    let plugin = plugin.join().unwrap();
    let call = thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err());
    until(|| !connection.wire().waiting_methods().is_empty());
    plugin.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
    plugin.stand_by();
    let error = soon(move || call.join().unwrap());
    assert_eq!(error.to_string(), "the peer closed the connection");
}

#[test]
fn a_peer_that_answers_no_ping_is_given_up() {
    /// Greets, and then reads and says nothing.
    struct Deaf;
    impl Lifeline for Deaf {
        fn cause(&self, end: crate::connection::End, _waiting: Vec<&'static str>) -> crate::connection::Cause {
            crate::connection::Cause::Known(end.into_error("the deaf one"))
        }
        fn released(&self, _wire: crate::connection::Wire) {}
    }
    let (near, mut far) = pipe(64 << 10);
    let limits = Limits { silence: Duration::from_millis(150), ..Limits::default() };
    let deaf = thread::spawn(move || {
        let mut serving = Establish {
            objects: vec![object(ZooServer::<true>(Arc::new(Zoo::default())))],
            ..Establish::new(Side::Plugin, BareStream::serving())
        };
        let greeting = serving.greeting();
        super::super::greeting::greet(&mut far, greeting, None).unwrap();
        // Takes what comes, until the other side gives up.
        let mut room = [0; 4096];
        while !matches!(far.read.read(&mut room), Ok(0) | Err(_)) {}
    });
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], limits, ..Establish::new(Side::Host, Arc::new(Deaf)) };
    let connection = establish(near, calling, StandBy::Thread).unwrap();
    let zoo: ZooClient = bind(&connection).unwrap();
    let error = soon(move || zoo.call_blocking(ECHO, "x").unwrap_err());
    assert!(error.to_string().contains("does not respond"), "{error}");
    drop(connection);
    soon(move || deaf.join().unwrap());
}

#[test]
fn an_idle_connection_ticks_no_more() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    zoo.call_blocking(ECHO, "x").unwrap();
    let threads = Arc::clone(connection.0.threads.as_ref().unwrap());
    until(|| !threads.standby.is_ticking());
    // A call sets it going again; this thread may be kept from seeing it, so there are several.
    until(|| zoo.call_blocking(ECHO, "x").is_ok() && threads.standby.is_ticking());
    until(|| !threads.standby.is_ticking());
}

#[test]
fn nothing_is_left_of_a_connection_that_nobody_holds() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    zoo.call_blocking(ECHO, "x").unwrap();
    block_on(zoo.call(ECHO, "x")).unwrap();
    let threads = Arc::downgrade(connection.0.threads.as_ref().unwrap());
    drop((connection, zoo));
    until(|| threads.strong_count() == 0);
}

#[test]
fn the_waker_of_a_future_that_was_answered_is_let_go() {
    struct Counted;
    impl std::task::Wake for Counted {
        fn wake(self: Arc<Self>) {}
    }
    let zoo = connect(Zoo::default());
    let counted = Arc::new(Counted);
    let mut call: Pin<Box<dyn Future<Output = _>>> = Box::pin(zoo.call(ECHO, "x"));
    let waker = Waker::from(Arc::clone(&counted));
    while call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        thread::yield_now();
    }
    drop((call, waker));
    until(|| Arc::strong_count(&counted) == 1);
}

#[test]
fn a_reply_that_came_in_pieces_leaves_no_peer_suspected() {
    let (near, far) = pipe(1000);
    serve(far, Zoo::default());
    let calling =
        Establish { asks: vec![Entry::of::<ZooClient>()], ..Establish::new(Side::Host, BareStream::calling()) };
    let connection = establish(near, calling, StandBy::Thread).unwrap();
    let zoo: ZooClient = bind(&connection).unwrap();
    assert_eq!(zoo.call_blocking(ECHO, &"x".repeat(20_000)).unwrap().len(), 20_000);
    // The ticks of some minutes in which nothing comes, as the standby makes them.
    let threads = connection.0.threads.as_ref().unwrap();
    for _ in 0..20 {
        let heard = threads.shared.heard(threads.mid_frame.load(Ordering::Relaxed));
        assert!(threads.shared.tick(heard).is_ok(), "it would be given up");
    }
    zoo.call_blocking(ECHO, "x").unwrap();
}

#[test]
fn a_call_from_a_destructor_while_its_thread_panics_leaves_the_connection_whole() {
    struct Last(ZooClient);
    impl Drop for Last {
        fn drop(&mut self) {
            assert_eq!(self.0.call_blocking(ECHO, "bye").unwrap(), "bye");
        }
    }
    let zoo = connect(Zoo::default());
    let last = Last(zoo.clone());
    let panicking = thread::spawn(move || {
        let _last = last;
        panic!("as intended");
    });
    assert!(panicking.join().is_err());
    assert_eq!(zoo.call_blocking(ECHO, "x").unwrap(), "x");
}

/// Panics when it is used.
struct Bomb;

impl std::task::Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("as intended");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_from_being_woken() {
    let gate = Gate::default();
    let (connection, zoo) = connected(Zoo { gates: vec![gate.clone()], ..Zoo::default() }, Limits::default());
    let bomb = Waker::from(Arc::new(Bomb));
    let mut polled: Vec<_> = (0..4).map(|_| Box::pin(zoo.call(WAIT, "x"))).collect();
    for call in &mut polled {
        assert!(call.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
    }
    let waiting: Vec<_> = (0..4)
        .map(|number| {
            let zoo = zoo.clone();
            thread::spawn(
                move || if number % 2 == 0 { zoo.call_blocking(WAIT, "x") } else { block_on(zoo.call(WAIT, "x")) },
            )
        })
        .collect();
    until(|| connection.wire().waiting_methods().len() == 8);
    gate.open();
    for call in waiting {
        assert_eq!(soon(move || call.join().unwrap()).unwrap(), "x");
    }
    assert_eq!(zoo.call_blocking(ECHO, "x").unwrap(), "x");
}

#[test]
fn the_end_is_told_to_all_though_a_waker_panics() {
    let (connection, zoo) = connected(Zoo::default(), Limits::default());
    let bomb = Waker::from(Arc::new(Bomb));
    let mut polled: Vec<_> = (0..4).map(|_| Box::pin(zoo.call(WAIT, "never"))).collect();
    for call in &mut polled {
        assert!(call.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
    }
    let calling: Vec<_> = (0..4)
        .map(|_| {
            let zoo = zoo.clone();
            thread::spawn(move || zoo.call_blocking(WAIT, "never").unwrap_err().to_string())
        })
        .collect();
    until(|| connection.wire().waiting_methods().len() == 8);
    connection.wire().end(Error::new(ErrorKind::Disconnected, "as intended"));
    for call in calling {
        assert_eq!(soon(move || call.join().unwrap()), "as intended");
    }
}

#[test]
fn a_queued_caller_that_nobody_polls_keeps_nobody_waiting() {
    let gate = Gate::default();
    let limits = Limits { calls: 1, ..Limits::default() };
    let (connection, zoo) = connected(Zoo { gates: vec![gate.clone()], ..Zoo::default() }, limits);
    let first = thread::spawn({
        let zoo = zoo.clone();
        move || zoo.call_blocking(WAIT, "first")
    });
    until(|| connection.wire().waiting_methods().len() == 1);
    let mut asleep: Vec<_> = (0..8).map(|_| Box::pin(zoo.call(ECHO, "asleep"))).collect();
    for call in &mut asleep {
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let behind = thread::spawn({
        let zoo = zoo.clone();
        move || zoo.call_blocking(ECHO, "behind")
    });
    until(|| connection.wire().0.lock().queue.len() == 9);
    gate.open();
    assert_eq!(soon(move || first.join().unwrap()).unwrap(), "first");
    assert_eq!(soon(move || behind.join().unwrap()).unwrap(), "behind");
    for call in asleep {
        assert_eq!(block_on(call).unwrap(), "asleep");
    }
}
