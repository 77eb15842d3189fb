//! Serving on a tokio runtime.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::claim::Claimed;
use super::watch::HostWatch;
use super::{LOOK_AGAIN, STARTED_BY_HAND, ServerBuilder, Serving, by_hand, have_let_go, not_greeted};
use crate::connection::establish;
use crate::descriptor::duplex;

/// On a runtime of its own.
pub(super) fn run(server: ServerBuilder, claimed: Claimed) -> ExitCode {
    let mut builder = match server.workers {
        0 => tokio::runtime::Builder::new_current_thread(),
        count => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(count);
            builder
        }
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return by_hand::complain(&format!("no runtime could be started: {error}")),
    };
    let code = runtime.block_on(serve(server, claimed));
    // A blocking task that computes on would keep the process from ending.
    runtime.shutdown_timeout(Duration::from_millis(100));
    code
}

pub(super) async fn serve(server: ServerBuilder, claimed: Claimed) -> ExitCode {
    let objects = server.objects.clone();
    let watch = HostWatch::start(&claimed.input);
    let Ok(stream) = duplex(claimed.input, claimed.output) else {
        // A file, say: whatever it is, it is no host.
        by_hand::introduce(&objects);
        return ExitCode::from(STARTED_BY_HAND);
    };
    let (bring, host) = server.bring();
    let serving = match establish(stream, bring).await {
        Ok(connection) => Serving::new(connection, watch),
        Err(failed) => return not_greeted(failed, &objects),
    };
    let end = serving.connection.ended().await;
    drop(serving);
    let began = Instant::now();
    while !have_let_go(&objects, began) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    host.code(&end)
}
