//! Streams, from the side that produces and from the side that consumes.

use super::super::frame::{Header, Kind};
use super::super::notice;
use super::super::streams::{Finish, Flow, Permits, Stage, StreamItems};
use super::sending::Unfit;
use super::{Outgoing, Session, header};
use crate::codec::Codec;
use crate::error::{Error, ErrorKind};

/// What a consumer gets next.
#[derive(Debug)]
pub(crate) enum Next<O> {
    Items(StreamItems<O>),
    /// The waiter is woken when there is something.
    Wait,
    /// The producer was done.
    Ended,
    /// The producer failed: the messages of its error and of the causes. Told once.
    Broken(Vec<String>),
    /// The connection ended first; its root cause.
    Failed(Error),
}

impl<W, R, O: Clone> Session<W, R, O> {
    /// Streams that have not ended: those of the other side, then those of this one.
    pub(crate) fn open_streams(&self) -> (usize, usize) {
        (self.consuming.open(), self.producing.streams.len())
    }

    // ---- producing ----

    /// What may be sent of a stream now.
    pub(crate) fn stream_permits(&mut self, stream: u64, waiter: impl FnOnce(Option<W>) -> W) -> Permits {
        let Some(produced) = self.producing.unfinished(stream) else {
            return Permits::Over;
        };
        let has_room = self.outbox.has_room_for_items();
        let may = produced.stage == Stage::Idle && produced.has_credit();
        if may && has_room {
            return produced.credit();
        }
        produced.waiter = Some(waiter(produced.waiter.take()));
        if may && !self.producing.for_room.contains(&stream) {
            self.producing.for_room.push(stream);
        }
        Permits::Wait
    }

    /// Whether nobody wants items any more; otherwise the waiter is woken when that comes true.
    pub(crate) fn stream_is_over(&mut self, stream: u64, waiter: impl FnOnce(Option<W>) -> W) -> bool {
        let Some(produced) = self.producing.streams.get_mut(&stream).filter(|produced| produced.finish.is_none())
        else {
            return true;
        };
        produced.waiter = Some(waiter(produced.waiter.take()));
        false
    }

    /// Sends items that [`stream_permits`](Session::stream_permits) allowed. What cannot be sent
    /// leaves the stream as it was. Nothing happens if nobody wants them any more.
    pub(crate) fn stream_send(&mut self, stream: u64, count: u16, message: Outgoing<'_, O>) -> Result<(), Error> {
        if self.producing.unfinished(stream).is_none() {
            return Ok(());
        }
        self.check_message(&message).map_err(|unfit| unfit.into_error("the items of a stream"))?;
        let Some(produced) = self.producing.unfinished(stream) else {
            return Ok(());
        };
        if count == 0 || produced.stage != Stage::Idle || !produced.spend(count, message.payload.len()) {
            let why = "were not asked for".to_owned();
            return Err(Unfit { kind: ErrorKind::Limit, why }.into_error("the items of a stream"));
        }
        let cut = self.send(header(Kind::StreamItem, message.codec, count, stream, 0), message);
        if cut && let Some(produced) = self.producing.streams.get_mut(&stream) {
            produced.stage = Stage::Sending;
        }
        Ok(())
    }

    /// Ends a stream, after what was sent of it; `broken` are the messages of an error.
    pub(crate) fn stream_finish(&mut self, stream: u64, broken: Option<Vec<String>>) {
        let finish = broken.map_or(Finish::Complete, Finish::Broken);
        let Some(produced) = self.producing.unfinished(stream) else {
            return;
        };
        if produced.stage == Stage::Idle {
            let waiter = self.push_end(stream, &finish);
            self.aftermath.woken.extend(waiter);
        } else {
            produced.finish = Some(finish);
        }
    }

    /// The stream is over; whoever waited to send is to be woken.
    pub(super) fn push_end(&mut self, stream: u64, finish: &Finish) -> Option<W> {
        let produced = self.producing.streams.remove(&stream)?;
        let payload = match finish {
            Finish::Complete => Vec::new(),
            Finish::Broken(messages) => notice::fitting_broken(messages, self.outbox.frame()),
        };
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.outbox.push_note(Header { length, ..header(Kind::StreamEnd, Codec::Json, 0, stream, 0) }, &payload);
        produced.waiter
    }

    // ---- consuming ----

    /// What came next of a stream. What came before the end of the stream or of the connection
    /// comes first.
    pub(crate) fn stream_next(&mut self, stream: u64, waiter: impl FnOnce(Option<W>) -> W) -> Next<O> {
        let failed = || self.ended.as_ref().map(|cause| Next::Failed(cause.clone().after_send()));
        let Some(consumed) = self.consuming.streams.get_mut(&stream) else {
            return failed().unwrap_or(Next::Ended);
        };
        if let Some(items) = consumed.queue.pop_front() {
            return Next::Items(items);
        }
        match std::mem::replace(&mut consumed.state, Flow::Ended) {
            Flow::Broken(messages) => Next::Broken(messages),
            Flow::Ended => Next::Ended,
            flow => {
                consumed.state = flow;
                failed().unwrap_or_else(|| {
                    consumed.waiter = Some(waiter(consumed.waiter.take()));
                    Next::Wait
                })
            }
        }
    }

    /// Lets the producer send more.
    pub(crate) fn stream_grant(&mut self, stream: u64, mut items: u64, mut bytes: u64) {
        let Some(consumed) = self.consuming.streams.get_mut(&stream) else {
            return;
        };
        if consumed.state != Flow::Open || self.ended.is_some() {
            return;
        }
        consumed.grant(items, bytes);
        while items > 0 || bytes > 0 {
            let now = u16::try_from(items).unwrap_or(u16::MAX);
            self.outbox.push_note(header(Kind::StreamCredit, Codec::Postcard, now, stream, bytes), &[]);
            items -= u64::from(now);
            bytes = 0;
        }
    }

    /// Nobody reads a stream any more. What came and was not read is thrown away.
    pub(crate) fn stream_close(&mut self, stream: u64) {
        self.decline(&[stream], &[]);
    }

    /// What came with a message and was not taken.
    pub(crate) fn decline(&mut self, streams: &[u64], handles: &[u64]) {
        let mut streams = streams.to_vec();
        handles.iter().for_each(|id| self.release(*id));
        // Not by recursion: what is thrown away may hold streams that hold items.
        while let Some(stream) = streams.pop() {
            for received in self.close_one(stream).into_iter().filter_map(|items| items.received) {
                received.handles.iter().for_each(|id| self.release(*id));
                self.aftermath.discarded.extend(received.returned.into_iter().map(|(_, object)| object));
                streams.extend(received.streams);
            }
        }
    }

    /// What of it was not read.
    fn close_one(&mut self, stream: u64) -> Vec<StreamItems<O>> {
        let Some(consumed) = self.consuming.streams.get_mut(&stream) else {
            return Vec::new();
        };
        self.aftermath.woken.extend(consumed.waiter.take());
        let unread = std::mem::take(&mut consumed.queue);
        if consumed.state.is_over() || self.ended.is_some() {
            self.consuming.streams.remove(&stream);
        } else if consumed.state == Flow::Open {
            consumed.state = Flow::Reset;
            self.outbox.push_note(header(Kind::StreamReset, Codec::Postcard, 0, stream, 0), &[]);
        }
        unread.into()
    }
}
