//! The one task of a connection: it reads, and writes for those who do not write by themselves.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::super::End;
use super::super::shared::Shared;
use super::super::writer::As;
use super::Tasks;
use super::handler::{Mode, Processed};
use super::standby::Reader;
use super::transport::ReadHalf;
use crate::protocol::Incoming;

/// After so many reads in one poll, other tasks get their turn.
const READS_PER_POLL: usize = 32;
/// Replies that a peer wrote before it stopped reading are waited for this long.
const LATE_REPLIES: Duration = Duration::from_secs(1);

/// Starts the driver on the current runtime.
pub(super) fn spawn(tasks: Arc<Tasks>, half: Box<dyn ReadHalf>, incoming: Incoming) {
    let reader = Box::new(Reader { half, incoming });
    let runtime = tasks.runtime.clone();
    runtime.spawn(Driver {
        shared: Arc::clone(&tasks.shared),
        tasks,
        reader: Some(reader),
        read_ahead: true,
        over: false,
        ticks: None,
        drain: None,
        farewell: false,
        failing: None,
        woken: Vec::new(),
    });
}

struct Driver {
    tasks: Arc<Tasks>,
    shared: Arc<Shared>,
    /// With the driver unless the standby reads, or nobody does any more.
    reader: Option<Box<Reader>>,
    /// The reader may hold frames that came with the handshake.
    read_ahead: bool,
    /// Nothing more is read.
    over: bool,
    /// Runs while there is something to watch.
    ticks: Option<Pin<Box<Sleep>>>,
    /// This side was asked to end: when the open calls are given up.
    drain: Option<Pin<Box<Sleep>>>,
    /// Goodbye is said; it only has to be written.
    farewell: bool,
    /// The writing failed: until when replies are waited for, and why.
    failing: Option<(Pin<Box<Sleep>>, std::io::Error)>,
    /// Scratch space.
    woken: Vec<Waker>,
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let driver = &mut *self;
        driver.shared.driver_is_polled(cx);
        driver.process_read_ahead();
        for _ in 0..READS_PER_POLL {
            driver.shared.flush(As::Driver(cx));
            if driver.shared.lock().session.ended().is_some() {
                return Poll::Ready(());
            }
            if !driver.read(cx) {
                driver.watch(cx);
                driver.park();
                return Poll::Pending;
            }
        }
        // A peer that never pauses must not keep the deadlines from being looked at.
        driver.watch(cx);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Driver {
    /// Reads once and acts on it; `false` if nothing is there.
    fn read(&mut self, cx: &mut Context<'_>) -> bool {
        if self.over {
            return false;
        }
        let Some(mut reader) = self.reader.take().or_else(|| self.tasks.standby.reclaim()) else {
            // The standby wakes this task when it gives the reader back.
            return false;
        };
        match reader.half.poll_read(cx, reader.incoming.room()) {
            Poll::Pending => {
                self.reader = Some(reader);
                return false;
            }
            Poll::Ready(Ok(0)) => self.is_over(End::Eof { mid_frame: reader.incoming.is_mid_frame() }),
            Poll::Ready(Ok(count)) => {
                reader.incoming.filled(count);
                self.shared.received.store(true, Ordering::Relaxed);
                self.process(reader);
            }
            Poll::Ready(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => self.reader = Some(reader),
            Poll::Ready(Err(error)) => self.is_over(End::Failed(error)),
        }
        true
    }

    /// While handlers run, the reader waits where the standby finds it: one that computes may keep
    /// this task from being woken.
    fn park(&mut self) {
        if self.shared.lock().session.serving() > 0
            && let Some(reader) = self.reader.take()
        {
            self.reader = self.tasks.standby.park(&self.tasks, reader);
        }
    }

    fn process_read_ahead(&mut self) {
        if self.read_ahead {
            self.read_ahead = false;
            if let Some(reader) = self.reader.take() {
                self.process(reader);
            }
        }
    }

    fn process(&mut self, reader: Box<Reader>) {
        match self.tasks.process(reader, Mode::InPlace, &mut self.woken) {
            Processed::All(back) => self.reader = Some(back),
            Processed::ReaderLent => {}
            Processed::Over(end) => self.is_over(end),
        }
    }

    fn is_over(&mut self, end: End) {
        self.over = true;
        self.shared.reading_is_over(end);
    }

    /// Whatever is not a byte: ticks, a failed writing, an end that was asked for.
    fn watch(&mut self, cx: &mut Context<'_>) {
        self.watch_ticks(cx);
        self.watch_writing(cx);
        self.watch_drain(cx);
        self.shared.look_at_abandoned();
    }

    fn watch_ticks(&mut self, cx: &mut Context<'_>) {
        let state = self.shared.lock();
        let (ticking, interval) = (state.ticking, state.session.tick_interval());
        drop(state);
        if !ticking || self.over {
            return;
        }
        let ticks = self.ticks.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + interval)));
        while ticks.as_mut().poll(cx).is_ready() {
            let mid_frame = self.reader.as_deref().is_some_and(|reader| reader.incoming.is_mid_frame());
            match self.shared.tick(self.shared.heard(mid_frame)) {
                Ok(true) => ticks.as_mut().reset(Instant::now() + interval),
                Ok(false) => {
                    self.ticks = None;
                    return;
                }
                Err(violation) => return self.is_over(End::Violation(violation)),
            }
            // A ping may want to be written.
            self.shared.wake_driver();
        }
    }

    fn watch_writing(&mut self, cx: &mut Context<'_>) {
        if let Some(error) = self.shared.lock().write_error.take() {
            self.failing.get_or_insert_with(|| (Box::pin(sleep_until(Instant::now() + LATE_REPLIES)), error));
        }
        if !self.over
            && let Some((late, _)) = &mut self.failing
            && late.as_mut().poll(cx).is_ready()
            && let Some((_, error)) = self.failing.take()
        {
            self.is_over(End::Failed(error));
        }
    }

    fn watch_drain(&mut self, cx: &mut Context<'_>) {
        let mut state = self.shared.lock();
        if let Some(drain) = state.drain_asked.take() {
            self.drain.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + drain)));
        }
        if self.over {
            return;
        }
        let Some(drain) = &mut self.drain else {
            return;
        };
        if !self.farewell && (state.session.serving() == 0 || drain.as_mut().poll(cx).is_ready()) {
            self.farewell = true;
            state.session.say_goodbye("");
            drop(state);
            self.shared.flush(As::Driver(cx));
        } else {
            drop(state);
        }
        if self.farewell && !self.shared.is_behind() {
            self.is_over(End::Drained);
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A parked reader would stay open for as long as somebody holds a client.
        drop(self.tasks.standby.reclaim());
        self.shared.driver_is_gone();
    }
}
