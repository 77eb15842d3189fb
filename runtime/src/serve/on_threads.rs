//! Serving without a runtime.

use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use super::claim::Claimed;
use super::watch::HostWatch;
use super::{LOOK_AGAIN, STARTED_BY_HAND, ServerBuilder, Serving, by_hand, have_let_go, not_greeted};
use crate::connection::{StandBy, establish_on_threads};
use crate::descriptor::stream;

pub(super) fn run(server: ServerBuilder, claimed: Claimed) -> ExitCode {
    let objects = server.objects.clone();
    let watch = HostWatch::start(&claimed.input);
    let Ok(stream) = stream(claimed.input, claimed.output) else {
        // A file, say: whatever it is, it is no host.
        by_hand::introduce(&objects);
        return ExitCode::from(STARTED_BY_HAND);
    };
    let (bring, host) = server.bring();
    let serving = match establish_on_threads(stream, bring, StandBy::Here) {
        Ok(connection) => Serving::new(connection, watch),
        Err(failed) => return not_greeted(failed, &objects),
    };
    serving.connection.stand_by();
    let end = serving.connection.ended().wait();
    drop(serving);
    let began = Instant::now();
    while !have_let_go(&objects, began) {
        thread::sleep(LOOK_AGAIN);
    }
    host.code(&end)
}
