//! Signs of life, counted in ticks.

use super::*;

const QUIET: Heard = Heard { received: false, mid_frame: false, written: false, unwritten: false };

fn calling() -> Numbered {
    let mut session = session(Limits::default());
    request(&mut session, b"");
    output(&mut session);
    session
}

fn pings(session: &mut Numbered) -> usize {
    headers(&output(session)).iter().filter(|header| header.kind == 0x30).count()
}

#[test]
fn a_tick_is_a_third_of_the_limit() {
    assert_eq!(calling().tick_interval() * 3, Limits::default().silence);
}

#[test]
fn one_ping_goes_out_after_a_silent_tick_while_calls_are_open() {
    let mut session = calling();
    session.tick(Heard { received: true, ..QUIET }).unwrap();
    assert_eq!(pings(&mut session), 0);
    session.tick(QUIET).unwrap();
    assert_eq!(pings(&mut session), 1);
    session.tick(QUIET).unwrap();
    assert_eq!(pings(&mut session), 0, "one is enough");
    session.tick(Heard { received: true, ..QUIET }).unwrap();
    session.tick(QUIET).unwrap();
    assert_eq!(pings(&mut session), 1, "a new silence is asked about again");
}

#[test]
fn an_idle_connection_is_left_alone() {
    let mut session = session(Limits::default());
    for _ in 0..100 {
        session.tick(QUIET).unwrap();
    }
    assert!(!session.has_output());
}

#[test]
fn an_answered_call_is_no_reason_to_ping() {
    let mut session = calling();
    accept(&mut session, Limits::default(), &frame(0x02, 0, 1, b"")).unwrap();
    for _ in 0..100 {
        session.tick(QUIET).unwrap();
    }
    assert!(!session.has_output());
}

#[test]
fn a_cancelled_call_without_a_reply_is_watched_too() {
    let mut session = calling();
    session.abandon(1);
    output(&mut session);
    session.tick(QUIET).unwrap();
    assert_eq!(pings(&mut session), 1);
}

/// Ticks with `heard` until the session gives up, and the sentence it says.
fn gives_up(session: &mut Numbered, heard: Heard) -> (usize, String) {
    for tick in 1..100 {
        if let Err(violation) = session.tick(heard) {
            return (tick, violation.to_string());
        }
    }
    panic!("it never gives up");
}

#[test]
fn a_ping_is_waited_for_as_long_as_the_limit_says() {
    let (tick, why) = gives_up(&mut calling(), QUIET);
    assert_eq!((tick, &why[..]), (4, "answers neither its calls nor a ping"));
}

#[test]
fn a_peer_that_answers_pings_may_take_for_ever() {
    let mut session = calling();
    for _ in 0..100 {
        session.tick(QUIET).unwrap();
        session.tick(QUIET).unwrap();
        session.tick(Heard { received: true, ..QUIET }).unwrap();
    }
}

#[test]
fn half_a_frame_without_progress() {
    let mut idle = session(Limits::default());
    let (tick, why) = gives_up(&mut idle, Heard { mid_frame: true, ..QUIET });
    assert_eq!((tick, &why[..]), (4, "stopped in the middle of a frame"));
}

#[test]
fn half_a_frame_that_goes_on() {
    let mut idle = session(Limits::default());
    for _ in 0..100 {
        idle.tick(Heard { mid_frame: true, ..QUIET }).unwrap();
        idle.tick(Heard { mid_frame: true, received: true, ..QUIET }).unwrap();
    }
}

#[test]
fn a_peer_that_does_not_read() {
    let mut idle = session(Limits::default());
    let (tick, why) = gives_up(&mut idle, Heard { unwritten: true, ..QUIET });
    assert_eq!((tick, &why[..]), (4, "does not read what is sent to it"));
    let mut talking = calling();
    let (tick, _) = gives_up(&mut talking, Heard { unwritten: true, received: true, ..QUIET });
    assert_eq!(tick, 4, "also if it writes all the while");
}

#[test]
fn a_peer_that_reads_slowly() {
    let mut idle = session(Limits::default());
    for _ in 0..100 {
        idle.tick(Heard { unwritten: true, ..QUIET }).unwrap();
        idle.tick(Heard { unwritten: true, written: true, ..QUIET }).unwrap();
    }
}

#[test]
fn a_machine_that_slept_is_not_held_against_the_peer() {
    // Hours pass between two ticks: the peer has as many ticks left as before.
    let mut session = calling();
    for _ in 0..3 {
        session.tick(QUIET).unwrap();
    }
    session.tick(Heard { received: true, ..QUIET }).unwrap();
    assert_eq!(gives_up(&mut session, QUIET).0, 4);
}

#[test]
fn nobody_is_waited_for_after_the_end() {
    let mut session = calling();
    session.end(crate::error::Error::new(crate::error::ErrorKind::Disconnected, "it is over"));
    for _ in 0..100 {
        session.tick(QUIET).unwrap();
    }
    assert!(!session.has_output());
}
