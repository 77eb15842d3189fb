//! A well-built plugin under a host written by hand, over pipes and over sockets.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use outboard_e2e::inspect::until;
use outboard_e2e::wire::{Frame, RawHost, kind};

const ZOO: &str = env!("CARGO_BIN_EXE_zoo");
const SECOND: Duration = Duration::from_secs(1);

struct Plugin<R, W> {
    child: Child,
    host: RawHost<R, W>,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(ZOO);
    command.args(arguments).stderr(Stdio::null());
    command
}

fn over_pipes(arguments: &[&str]) -> Plugin<ChildStdout, ChildStdin> {
    let mut command = command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a plugin");
    let (read, write) = (child.stdout.take().expect("its stdout"), child.stdin.take().expect("its stdin"));
    Plugin { child, host: RawHost::greet(read, write).expect("a handshake") }
}

fn over_a_socket(arguments: &[&str]) -> Plugin<UnixStream, UnixStream> {
    let (near, far) = UnixStream::pair().expect("a pair");
    let far: OwnedFd = far.into();
    let stdin = Stdio::from(far.try_clone().expect("a descriptor"));
    let child = command(arguments).stdin(stdin).stdout(Stdio::from(far)).spawn().expect("a plugin");
    let read = near.try_clone().expect("a descriptor");
    Plugin { child, host: RawHost::greet(read, near).expect("a handshake") }
}

impl<R: Read, W: Write> Plugin<R, W> {
    fn receive(&mut self) -> Frame {
        self.host.receive().expect("a whole frame").expect("not the end")
    }

    fn ends_within(&mut self, limit: Duration) -> std::process::ExitStatus {
        let begun = Instant::now();
        let mut status = None;
        until(4 * limit, || {
            status = self.child.try_wait().expect("its state");
            status.is_some()
        });
        let status = status.expect("it never ended");
        assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
        status
    }
}

impl<R, W> Drop for Plugin<R, W> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn check_ping<R: Read, W: Write>(mut plugin: Plugin<R, W>) {
    plugin.host.send(&Frame::new(kind::PING, 0)).expect("a ping");
    check_pong(plugin);
}

/// Expects the pong within two seconds; a watchdog ends a plugin that is deaf.
fn check_pong<R: Read, W: Write>(mut plugin: Plugin<R, W>) {
    let pid = i32::try_from(plugin.child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a pid");
    let (answered, watchdog) = std::sync::mpsc::channel();
    let watching = thread::spawn(move || {
        if watchdog.recv_timeout(2 * SECOND).is_err() {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    });
    let pong = plugin.host.receive();
    let _ = answered.send(());
    watching.join().expect("no panic");
    let pong = pong.expect("a whole frame").expect("a plugin that answers pings");
    assert_eq!(pong, Frame::new(kind::PONG, 0));
}

/// The ping comes when the plugin spins for sure.
fn check_ping_while_spinning(method: &str, arguments: &[&str]) {
    let mut command = command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a plugin");
    let (read, write) = (child.stdout.take().expect("its stdout"), child.stdin.take().expect("its stdin"));
    let stderr = child.stderr.take().expect("its stderr");
    let mut plugin = Plugin { child, host: RawHost::greet(read, write).expect("a handshake") };
    plugin.host.call(method, &[]).expect("a call");
    let mut line = String::new();
    BufReader::new(stderr).read_line(&mut line).expect("a line");
    assert_eq!(line, "spinning\n");
    check_ping(plugin);
}

/// The ping comes in one write with the call.
fn check_ping_behind(method: &str, arguments: &[&str]) {
    let mut plugin = over_pipes(arguments);
    let index = plugin.host.method(method);
    let call = Frame { method: index, ..Frame::new(kind::REQUEST, 1) }.to_bytes();
    let both = [call, Frame::new(kind::PING, 0).to_bytes()].concat();
    plugin.host.write.write_all(&both).expect("a write");
    check_pong(plugin);
}

#[test]
fn a_plugin_that_spins_in_a_handlers_first_poll_answers_pings() {
    // rows 38, 46
    for arguments in [&[][..], &["--workers", "2"], &["--async"]] {
        check_ping_while_spinning("spin", arguments);
        check_ping_behind("spin", arguments);
    }
}

#[test]
fn a_plugin_that_spins_after_a_handlers_first_wait_answers_pings() {
    // rows 38, 46
    for arguments in [&[][..], &["--workers", "2"], &["--async"]] {
        check_ping_while_spinning("spin_later", arguments);
        check_ping_behind("spin_later", arguments);
    }
}

#[test]
fn a_plugin_over_a_socket_answers_and_ends_with_its_host() {
    let mut plugin = over_a_socket(&[]);
    let call = plugin.host.call("echo", b"\x02hi").expect("a call");
    assert_eq!(plugin.receive(), Frame::new(kind::VALUE, call).with(b"\x02hi"));
    plugin.host.call("spin", &[]).expect("a call");
    plugin.host.write.shutdown(std::net::Shutdown::Write).expect("an end");
    assert!(plugin.ends_within(SECOND).success());
}

#[test]
fn a_plugin_whose_host_leaves_without_a_word_ends_within_a_second() {
    // rows 79, 81
    for arguments in [&[][..], &["--workers", "2"], &["--async"]] {
        for method in ["echo", "never", "spin", "spin_later"] {
            let Plugin { child, host } = &mut over_pipes(arguments);
            host.call(method, b"\x00").expect("a call");
            let (_, write) = UnixStream::pair().expect("a pair");
            let write = ChildStdin::from(OwnedFd::from(write));
            drop(std::mem::replace(&mut host.write, write));
            let begun = Instant::now();
            assert!(until(4 * SECOND, || child.try_wait().expect("its state").is_some()), "{method} {arguments:?}");
            assert!(begun.elapsed() < SECOND, "{method} {arguments:?} took {:?}", begun.elapsed());
        }
    }
}

#[test]
fn a_shutdown_is_answered_by_a_goodbye_and_the_end() {
    let mut plugin = over_pipes(&[]);
    plugin.host.send(&Frame::new(kind::SHUTDOWN, 0).with(br#"{"drain_ms":1000}"#)).expect("a frame");
    let goodbye = plugin.receive();
    assert_eq!((goodbye.kind, goodbye.payload.len()), (kind::GOODBYE, 0));
    assert_eq!(plugin.host.receive().expect("no half frame"), None);
    assert!(plugin.ends_within(SECOND).success());
}

#[test]
fn a_host_that_breaks_the_protocol_is_told_so() {
    let mut plugin = over_pipes(&[]);
    plugin.host.send(&Frame::new(0x7f, 0)).expect("a frame");
    let goodbye = plugin.receive();
    let reason = String::from_utf8_lossy(&goodbye.payload).into_owned();
    assert_eq!(goodbye.kind, kind::GOODBYE);
    assert!(reason.contains("you broke the protocol") && reason.contains("unknown kind 0x7f"), "{reason}");
    assert_eq!(plugin.ends_within(2 * SECOND).code(), Some(1));
}

#[test]
fn whoever_is_no_host_is_told_what_this_is() {
    // row 15
    let mut child =
        command(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a plugin");
    child.stdin.take().expect("its stdin").write_all(b"help\n").expect("a write");
    let output = child.wait_with_output().expect("its end");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64));
    assert!(said.contains("`zoo` is a plugin") && said.contains("`Aquarium` version 1: A second interface"), "{said}");
    let nothing = command(&[]).stdin(Stdio::null()).output().expect("its end");
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(64), 0));
}
