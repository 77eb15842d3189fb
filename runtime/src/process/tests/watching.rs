//! Watching where the usual means are missing.

use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

use super::*;
use crate::announcement::Announcement;
use crate::process::Ending;
use crate::process::handle::Shared;
use crate::process::log::Log;
use crate::process::signals::Reach;
use crate::process::stderr::{Drain, Tail};
use crate::process::ward::{Ready, Ward};

const HERE: &str = "process::tests::watching::";

/// A ward that nobody watches, to be given its turns by hand; and its stdin.
fn ward(script: &str) -> (Ward, process::ChildStdin) {
    let mut child = process::Command::new("sh")
        .args(["-c", script])
        .stdin(process::Stdio::piped())
        .stderr(process::Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let feed = Log::start().unwrap().feed("sh", child.id());
    let stderr = Drain::new(child.stderr.take().unwrap().into(), feed);
    let shared = Arc::new(Shared {
        id: u64::MAX,
        pid: Pid::from_child(&child),
        name: "sh".into(),
        program: "/bin/sh".into(),
        withheld: 0,
        exit: Arc::new(Announcement::new()),
        tail: Mutex::new(Tail::default()),
    });
    (Ward::new(shared, child, None, stderr, Reach::Process), stdin)
}

fn bury(ward: &mut Ward) -> ProcessExit {
    eventually("it is reaped", || ward.turn(Instant::now(), Ready::NOTHING, &mut [0; 1024]));
    ward.shared.exit.get().unwrap()
}

#[test]
fn a_child_without_a_descriptor_to_watch_it_by_is_asked() {
    let (mut ward, stdin) = ward("read line; echo bye >&2; exit 3");
    let now = Instant::now();
    assert!(!ward.turn(now, Ready::NOTHING, &mut [0; 1024]));
    assert!(ward.deadline(now).is_some_and(|next| next - now <= Duration::from_millis(20)));
    drop(stdin);
    let exit = bury(&mut ward);
    assert_eq!((exit.code(), exit.stderr_tail()), (Some(3), ["bye".to_owned()].as_slice()));
}

#[test]
fn a_kill_does_not_claim_a_process_that_is_dead_unnoticed() {
    let (mut ward, stdin) = ward("read line; exit 3");
    drop(stdin);
    let stat = format!("/proc/{}/stat", ward.shared.pid);
    eventually("it ends", || fs::read_to_string(&stat).unwrap().contains(") Z "));
    ward.kill(Instant::now(), Ending::KilledFor("too late".into()));
    let exit = bury(&mut ward);
    assert_eq!((exit.code(), exit.ending()), (Some(3), &Ending::OnItsOwn));
}

#[test]
fn when_the_system_refuses_to_watch_children_are_asked() {
    alone(&format!("{HERE}when_the_system_refuses_to_watch_children_are_asked"), &[], &[], || {
        let mut running: Vec<_> = (0..8).map(|_| sh("cat; echo bye >&2; exit 3")).collect();
        // `poll` refuses more descriptors than a process may have, though they are open already.
        let usual = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(4), ..usual }).unwrap();
        running.iter_mut().for_each(|child| child.stdin = None);
        for child in &running {
            let exit = child.exit();
            assert_eq!((exit.code(), exit.stderr_tail()), (Some(3), ["bye".to_owned()].as_slice()));
        }
        setrlimit(Resource::Nofile, usual).unwrap();
        assert_eq!(sh("exit 3").exit().code(), Some(3));
    });
}
