//! A stream that another program reads: asking its source for items as long as that program wants
//! some.
//!
//! Items that are ready together go out together. An async source that is not ready sends off what there
//! is; behind the back of an iterator that blocks the clock does, after a millisecond.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{self, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::source::{Item, Source, source_panicked};
use super::{Inner, Stream};
use crate::clock::Alarm;
use crate::codec::{self, Codec};
use crate::connection::crossing::{self, Baggage, Start};
use crate::connection::{Allowance, Sender, block_on, run_on_pool};
use crate::context::Context;
use crate::error::guarded;

/// A batch of this many bytes is worth a message; or half of what the other end takes in a frame, so that
/// a batch that waits for the clock is never cut.
const ENOUGH: usize = 16 << 10;
/// So many items at most in a message.
const MOST: u16 = 1024;
/// An item waits for others no longer than this if its source works meanwhile.
const SOON: Duration = Duration::from_micros(200);
/// Nor longer than this if its source blocks.
const LATEST: Duration = Duration::from_millis(1);
/// After so many messages in one poll, other tasks get their turn.
const MESSAGES_PER_POLL: usize = 16;

/// What begins a stream when its message is on its way.
pub(super) fn start<T: Serialize + DeserializeOwned + Send + 'static>(stream: Stream<T>) -> Start {
    // Whatever produces it goes on where the call came from, and longer than the call.
    let context = Context::current().of_a_stream();
    Box::new(move |sender| {
        let enough = ENOUGH.min(sender.link().frame() / 2);
        let out = Arc::new(Out { sender, enough, batch: Mutex::default() });
        let theirs = Arc::clone(&out);
        match stream.inner.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Inner::Source(Source::Iter(items)) => out.sender.spawn_blocking(move || iterate(items, &theirs, context)),
            inner => {
                let items = Stream { inner: Mutex::new(inner) };
                out.sender.spawn(context.scope(Pump { items: Some(items), out: theirs, scratch: Vec::new() }));
            }
        }
    })
}

/// The way out for the items of one stream.
struct Out {
    sender: Sender,
    /// A batch of so many bytes is sent.
    enough: usize,
    batch: Mutex<Batch>,
}

/// Items that are encoded and not sent.
#[derive(Default)]
struct Batch {
    payload: Vec<u8>,
    count: u16,
    baggage: Baggage,
    /// When the first of them came.
    began: Option<Instant>,
    /// Sends them off if nobody else does.
    alarm: Option<Alarm>,
    /// The last attempt to send some failed: with this.
    failed: Option<Vec<String>>,
}

impl Out {
    fn batch(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Encodes an item into an empty buffer; not under the lock, since it is the author's code that does it.
    fn encode<T: Serialize>(&self, item: &T, payload: &mut Vec<u8>) -> Result<Option<Box<Baggage>>, Vec<String>> {
        let link = self.sender.link().clone();
        let encoded = guarded(|| crossing::leaving(link, || codec::encode(Codec::Postcard, item, payload)));
        match encoded {
            Ok(Ok(((), baggage))) => Ok(baggage),
            Ok(Err(error)) => Err(vec!["an item cannot be sent".to_owned(), error.to_string()]),
            Err(panic) => Err(vec!["encoding an item panicked".to_owned(), panic]),
        }
    }

    /// Adds an item to those that wait. If it is time to send them off it does so, and says it: what may
    /// be sent then is to be asked anew.
    fn put(&self, item: &mut Vec<u8>, baggage: Option<Box<Baggage>>, alarm: Option<&Waker>, now: Instant) -> bool {
        let mut batch = self.batch();
        let given = baggage.as_ref().map_or(0, |more| more.extras.given.count());
        // What one message may give is bounded, and what fits one by one must not fail together.
        if given + batch.baggage.extras.given.count() > self.enough / 16 && batch.count > 0 {
            drop(batch);
            self.flush();
            batch = self.batch();
        }
        if batch.payload.is_empty() {
            // A large item is not copied.
            std::mem::swap(&mut batch.payload, item);
        } else {
            batch.payload.extend_from_slice(item);
        }
        item.clear();
        batch.count += 1;
        if let Some(baggage) = baggage {
            batch.baggage.append(*baggage);
        }
        let began = *batch.began.get_or_insert(now);
        if batch.payload.len() >= self.enough || batch.count >= MOST || now.duration_since(began) >= SOON {
            drop(batch);
            self.flush();
            return true;
        }
        if let (None, Some(waker)) = (&batch.alarm, alarm) {
            let mut alarm = Alarm::new(now + LATEST);
            if alarm.poll(&task::Context::from_waker(waker)).is_ready() {
                // This thread was kept from running: the time has passed, and no alarm is set.
                drop(batch);
                self.flush();
                return true;
            }
            batch.alarm = Some(alarm);
        }
        false
    }

    /// Sends off what waits.
    fn flush(&self) {
        let mut batch = self.batch();
        let Batch { mut payload, count, mut baggage, alarm, failed, .. } = std::mem::take(&mut *batch);
        batch.failed = failed;
        if count > 0
            && let Err(error) = self.sender.send(count, &mut payload, &mut baggage)
        {
            batch.failed = Some(vec!["an item cannot be sent".to_owned(), error.to_string()]);
        }
        payload.clear();
        if payload.capacity() <= 4 * ENOUGH {
            batch.payload = payload;
        }
        drop(batch);
        drop(alarm);
        self.sender.flush();
        // Streams within items begin.
        baggage.start(self.sender.link());
    }

    /// The stream is over on this side: with an error, or because nothing is left.
    fn finish(&self, broken: Option<Vec<String>>) {
        self.flush();
        let failed = self.batch().failed.take();
        self.sender.finish(failed.or(broken));
    }

    fn has_failed(&self) -> bool {
        self.batch().failed.is_some()
    }
}

/// The alarm of a batch. It rings on the clock's thread, which must not run the code that is an author's:
/// what cannot be sent is dropped.
impl Wake for Out {
    fn wake(self: Arc<Self>) {
        if let Err(here) = run_on_pool(Box::new(move || self.flush())) {
            here();
        }
    }
}

/// Why no more items were asked for.
enum Filled {
    /// No more may be sent for now.
    Enough,
    /// The source is not ready.
    Waiting,
    /// There are no more, or the stream broke.
    Over(Option<Vec<String>>),
}

/// Asks for items and puts them out as long as more may be sent.
fn fill<T: Serialize>(
    left: &mut Allowance,
    out: &Out,
    scratch: &mut Vec<u8>,
    alarm: Option<&Waker>,
    mut next: impl FnMut() -> Poll<Option<Item<T>>>,
) -> Filled {
    while left.items > 0 && left.bytes > 0 {
        let item = match next() {
            Poll::Pending => return Filled::Waiting,
            Poll::Ready(None) => return Filled::Over(None),
            Poll::Ready(Some(Err(failure))) => return Filled::Over(Some(failure.into_messages())),
            Poll::Ready(Some(Ok(item))) => item,
        };
        match out.encode(&item, scratch) {
            Ok(baggage) => {
                left.items -= 1;
                left.bytes = left.bytes.saturating_sub(scratch.len() as u64);
                if out.put(scratch, baggage, alarm, Instant::now()) {
                    break;
                }
            }
            Err(broken) => return Filled::Over(Some(broken)),
        }
    }
    if out.has_failed() { Filled::Over(None) } else { Filled::Enough }
}

/// Sends what an iterator gives, on a thread of its own.
fn iterate<T: Serialize>(mut items: Box<dyn Iterator<Item = Item<T>> + Send>, out: &Arc<Out>, context: Context) {
    let alarm = Waker::from(Arc::clone(out));
    let reader = Arc::new(Reader { out: Arc::downgrade(out), context: context.clone(), thread: Mutex::default() });
    let mut scratch = Vec::new();
    let mut next = || if context.is_cancelled() { None } else { context.sync_scope(|| next_item(&mut *items)) };
    let broken = loop {
        let Some(mut left) = reader.wait(&out.sender) else { break None };
        match fill(&mut left, out, &mut scratch, Some(&alarm), || Poll::Ready(next())) {
            Filled::Enough | Filled::Waiting => out.flush(),
            Filled::Over(broken) => break broken,
        }
    };
    // First the end: a destructor may take its time.
    out.finish(broken);
    let _ = guarded(|| drop(items));
}

fn next_item<T>(items: &mut (dyn Iterator<Item = Item<T>> + Send)) -> Option<Item<T>> {
    guarded(|| items.next()).unwrap_or_else(|panic| Some(Err(source_panicked(&panic))))
}

/// The reader at the other end, as a thread sees it that is busy with an iterator: woken when it has
/// something to say.
struct Reader {
    out: Weak<Out>,
    /// What the iterator's code sees: cancelled when the reader is gone.
    context: Context,
    /// The thread, while it waits.
    thread: Mutex<Option<Waker>>,
}

impl Reader {
    /// How much may be sent; nothing once the reader is gone.
    fn wait(self: &Arc<Self>, sender: &Sender) -> Option<Allowance> {
        let waker = Waker::from(Arc::clone(self));
        let cx = task::Context::from_waker(&waker);
        let allowance = block_on(std::future::poll_fn(|thread| {
            *self.thread() = Some(thread.waker().clone());
            sender.poll_allowance(&cx)
        }))?;
        // It is heard while the thread is busy, too.
        if sender.poll_over(&cx) { None } else { Some(allowance) }
    }

    fn thread(&self) -> MutexGuard<'_, Option<Waker>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Reader {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let gone = |out: Arc<Out>| out.sender.poll_over(&task::Context::from_waker(&waker));
        if self.out.upgrade().is_none_or(gone) {
            self.context.cancel();
        }
        let thread = self.thread().take();
        thread.into_iter().for_each(Waker::wake);
    }
}

// Nothing in it is pinned where it lies.
impl<T> Unpin for Pump<T> {}

/// A stream that sends what another stream gives, as a task.
struct Pump<T> {
    /// Gone when it is over.
    items: Option<Stream<T>>,
    out: Arc<Out>,
    /// For the item that is being encoded.
    scratch: Vec<u8>,
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Future for Pump<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<()> {
        let Self { items, out, scratch } = &mut *self;
        let Some(source) = items else { return Poll::Ready(()) };
        for _ in 0..MESSAGES_PER_POLL {
            let mut left = match out.sender.poll_allowance(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(left)) => left,
                Poll::Ready(None) => return self.end(None),
            };
            match fill(&mut left, out, scratch, None, || source.poll_source(cx)) {
                Filled::Enough => out.flush(),
                Filled::Waiting => {
                    out.flush();
                    return if out.sender.poll_over(cx) { self.end(None) } else { Poll::Pending };
                }
                Filled::Over(broken) => return self.end(broken),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<T> Pump<T> {
    fn end(&mut self, broken: Option<Vec<String>>) -> Poll<()> {
        self.out.finish(broken);
        let items = self.items.take();
        let _ = guarded(|| drop(items));
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::connection::{BareStream, Establish, StandBy, establish_on_threads, pipe};
    use crate::protocol::handshake::Side;

    #[test]
    fn an_item_is_sent_off_though_its_thread_was_kept_from_setting_the_alarm() {
        let (near, far) = pipe(64 << 10);
        let theirs = Establish::new(Side::Plugin, BareStream::serving());
        thread::spawn(move || establish_on_threads(far, theirs, StandBy::Here).map(|connection| connection.stand_by()));
        let ours = Establish::new(Side::Host, BareStream::calling());
        let connection = establish_on_threads(near, ours, StandBy::Thread).unwrap();
        let out = Arc::new(Out { sender: connection.link().sender(1), enough: ENOUGH, batch: Mutex::default() });
        let waker = Waker::from(Arc::clone(&out));
        // The time at which the alarm would ring has passed when it is set.
        let before = Instant::now().checked_sub(2 * LATEST).unwrap();
        assert!(out.put(&mut vec![7], None, Some(&waker), before), "it was sent off");
        assert_eq!(out.batch().count, 0, "it waits for nobody");
    }
}
