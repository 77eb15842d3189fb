//! Threads for what may block: blocking handlers, reading for those who do not wait, finding out
//! why a process ended.
//!
//! The pool has no size. Handlers may wait for each other through any number of programs, and a job
//! behind a full pool would wait for ever; what bounds the threads is the number of calls that a
//! peer may have open. A thread without work waits for some, so a busy plugin starts none.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(feature = "tokio")]
use crate::announcement::{Announcement, Waiter};
use crate::error::guarded;

/// What a thread does.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// A thread that had nothing to do for so long ends.
const KEPT: Duration = Duration::from_secs(10);

static POOL: Pool = Pool { state: Mutex::new(State { jobs: VecDeque::new(), idle: 0 }), work: Condvar::new() };

struct Pool {
    state: Mutex<State>,
    /// Where idle threads wait.
    work: Condvar,
}

struct State {
    /// Taken over by idle threads: never more than there are of those.
    jobs: VecDeque<Job>,
    /// Threads that wait, less the jobs that some of them are about to take.
    idle: usize,
}

/// Runs the job on a thread of the pool, at once. The job comes back where no thread can be had.
pub(crate) fn run(job: Job) -> Result<(), Job> {
    let mut state = POOL.lock();
    if state.idle > 0 {
        state.idle -= 1;
        state.jobs.push_back(job);
        drop(state);
        POOL.work.notify_one();
        return Ok(());
    }
    drop(state);
    start(job)
}

/// Runs the job on a thread of the pool and gives what it returned; nothing where no thread can be had.
#[cfg(feature = "tokio")]
pub(crate) async fn run_and_tell<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    // The one who waits takes the value; the announcement wakes, and cannot hand out what is no clone.
    let place = Arc::new(Mutex::new(None));
    let done = Arc::new(Announcement::new());
    let (theirs, tell) = (Arc::clone(&place), Tells(Arc::clone(&done)));
    let job = move || {
        let _tell = tell;
        let value = job();
        *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    };
    run(Box::new(job)).ok()?;
    Waiter::new(&done).await;
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Announces the end of a job, however it ends.
#[cfg(feature = "tokio")]
struct Tells(Arc<Announcement<()>>);

#[cfg(feature = "tokio")]
impl Drop for Tells {
    fn drop(&mut self) {
        self.0.make(());
    }
}

fn start(job: Job) -> Result<(), Job> {
    // In a place of its own: from there it can be had back if there is no thread.
    let place = Arc::new(Mutex::new(Some(job)));
    let take = |place: &Mutex<Option<Job>>| place.lock().unwrap_or_else(PoisonError::into_inner).take();
    let theirs = Arc::clone(&place);
    let thread = thread::Builder::new().name("outboard-worker".to_owned());
    match thread.spawn(move || take(&theirs).into_iter().for_each(work)) {
        Ok(_) => Ok(()),
        Err(_) => take(&place).map_or(Ok(()), Err),
    }
}

/// A thread's life: this job, and those that come while it waits.
fn work(first: Job) {
    let mut next = Some(first);
    while let Some(job) = next.take() {
        // A panic is told by whoever makes the job, if it tells anybody.
        let _ = guarded(job);
        next = POOL.wait();
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, or nothing if none came for a while.
    fn wait(&self) -> Option<Job> {
        let mut state = self.lock();
        state.idle += 1;
        let began = Instant::now();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            let left = KEPT.saturating_sub(began.elapsed());
            if left.is_zero() {
                state.idle -= 1;
                return None;
            }
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn as_many_jobs_as_there_are_run_at_once() {
        let barrier = Arc::new(Barrier::new(65));
        for round in 0..4 {
            for _ in 0..64 {
                let barrier = Arc::clone(&barrier);
                assert!(
                    run(Box::new(move || {
                        barrier.wait();
                    }))
                    .is_ok(),
                    "round {round}"
                );
            }
            barrier.wait();
        }
    }

    #[test]
    #[cfg(feature = "tokio")]
    fn what_a_job_returns_is_told_and_a_panic_too() {
        let told = |job: fn() -> u8| crate::connection::on_threads::block_on(run_and_tell(job));
        assert_eq!(told(|| 7), Some(7));
        assert_eq!(told(|| panic!("as intended")), None);
    }

    #[test]
    fn a_job_that_panics_takes_no_thread_with_it() {
        let (send, receive) = mpsc::channel::<()>();
        for number in 0..100 {
            let send = send.clone();
            let job = move || {
                let _send = send;
                assert!(number % 2 == 0, "as intended");
            };
            assert!(run(Box::new(job)).is_ok());
        }
        drop(send);
        assert!(receive.recv().is_err(), "all are done");
        // The pool is everybody's in this process: all that can be said of it is that it goes on.
        let (send, receive) = mpsc::channel();
        assert!(run(Box::new(move || send.send(7).unwrap())).is_ok());
        assert_eq!(receive.recv(), Ok(7));
    }
}
