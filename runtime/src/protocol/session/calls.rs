//! The calls of both directions.

use super::super::frame::{Header, Kind};
use super::super::outbox::Withdrawn;
use super::super::table::Answer;
use super::super::{SystemError, SystemErrorKind};
use super::sending::Unfit;
use super::{Outgoing, Session, header};
use crate::codec::Codec;
use crate::error::{Error, ErrorKind};

impl<W, R, O: Clone> Session<W, R, O> {
    // ---- calls of this side ----

    /// Whether one more call may begin now; otherwise it waits until a call ends or bytes leave.
    pub(crate) fn admits(&self) -> bool {
        let calls = (self.limits.calls as u64).min(self.peer.calls);
        self.ended.is_some()
            || self.shutting_down
            || ((self.calls.in_flight() as u64) < calls && self.outbox.waiting_bytes() < self.limits.pending)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.calls.in_flight()
    }

    /// Queues a request; the id is what [`take`](Session::take) and [`abandon`](Session::abandon)
    /// want.
    pub(crate) fn request(
        &mut self,
        target: u64,
        method: (u16, &'static str),
        message: Outgoing<'_, O>,
        waiter: Option<W>,
    ) -> Result<u64, Error> {
        self.check_open()?;
        self.check_message(&message).map_err(|unfit| unfit.into_error(&format!("the arguments of `{}`", method.1)))?;
        let call = self.calls.begin(Some(method.1), waiter);
        self.send(header(Kind::Request, message.codec, method.0, call, target), message);
        Ok(call)
    }

    /// Asks the other end what it serves; the answer's payload is a
    /// [`Description`](crate::protocol::Description) in JSON.
    pub(crate) fn describe(&mut self, waiter: Option<W>) -> Result<u64, Error> {
        self.check_open()?;
        let call = self.calls.begin(None, waiter);
        self.outbox.push(header(Kind::Describe, Codec::Json, 0, call, 0), &[]);
        Ok(call)
    }

    /// The answer to a call, once; if there is none yet, `waiter` replaces who is woken by it.
    pub(crate) fn take(&mut self, call: u64, waiter: impl FnOnce(Option<W>) -> W) -> Result<Option<Answer<O>>, Error> {
        match self.calls.take(call, waiter) {
            Some(answer) => Ok(Some(answer)),
            None => match &self.ended {
                Some(cause) => Err(cause.clone().after_send()),
                None => Ok(None),
            },
        }
    }

    /// The caller does not want the answer any more; the other end is told if it knows of the call.
    ///
    /// What would have woken the caller is given back.
    pub(crate) fn abandon(&mut self, call: u64) -> Option<W> {
        let gone = self.calls.abandon(call);
        if let Some(received) = gone.answer.and_then(|answer| answer.received) {
            self.refuse_received(*received);
        }
        if !gone.owed || self.ended.is_some() {
            return gone.waiter;
        }
        let request = |header: &Header| header.call == call && header.kind == Kind::Request as u8;
        let withdrawn = self.outbox.withdraw(request);
        if let Withdrawn::Unsent(_) = withdrawn {
            self.calls.forget(call);
        } else {
            self.outbox.push(header(Kind::Cancel, Codec::Postcard, 0, call, 0), &[]);
        }
        self.take_back(withdrawn);
        gone.waiter
    }

    /// Whether nobody waits for the answer to this call any more, and it is still to come.
    pub(crate) fn is_abandoned(&self, call: u64) -> bool {
        self.calls.is_abandoned(call)
    }

    /// How many such calls there are.
    pub(crate) fn abandoned(&self) -> usize {
        self.calls.abandoned()
    }

    /// Whether the answer to this call is here and was not taken.
    pub(crate) fn is_answered(&self, call: u64) -> bool {
        self.calls.is_answered(call)
    }

    /// The methods whose callers wait, in the order of their calls.
    pub(crate) fn waiting_methods(&self) -> Vec<&'static str> {
        self.calls.waiting_methods()
    }

    // ---- calls of the other side ----

    /// Keeps what stops the handler of a request. `false` if it is to be stopped at once: the
    /// caller cancelled meanwhile, or the connection ended.
    pub(crate) fn attach(&mut self, call: u64, run: R) -> bool {
        match self.served.get_mut(&call) {
            Some(served) if !served.cancelled => {
                served.run = Some(run);
                true
            }
            Some(_) => false,
            // Replied already: nothing is left to stop.
            None => self.ended.is_none(),
        }
    }

    /// Requests that have not got their reply.
    pub(crate) fn serving(&self) -> usize {
        self.served.len()
    }

    /// Replies to a request, unless it has its reply.
    pub(crate) fn reply(&mut self, call: u64, application_error: bool, message: Outgoing<'_, O>) {
        if let Err(Unfit { kind, why }) = self.check_message(&message) {
            let kind = if kind == ErrorKind::Limit { SystemErrorKind::Limit } else { SystemErrorKind::Encode };
            return self.refuse(call, &SystemError { kind, message: format!("the reply {why}") });
        }
        if self.served.remove(&call).is_some() && self.ended.is_none() {
            let kind = if application_error { Kind::ApplicationError } else { Kind::Value };
            self.send(header(kind, message.codec, 0, call, 0), message);
        }
    }

    /// Replies to a request on behalf of the SDK, unless it has its reply.
    pub(crate) fn refuse(&mut self, call: u64, error: &SystemError) {
        if self.served.remove(&call).is_some() && self.ended.is_none() {
            self.push_system_error(call, error);
        }
    }

    pub(super) fn check_open(&self) -> Result<(), Error> {
        if let Some(cause) = &self.ended {
            return Err(cause.clone());
        }
        if self.shutting_down {
            return Err(Error::new(ErrorKind::Disconnected, "the plugin is being shut down"));
        }
        Ok(())
    }
}
