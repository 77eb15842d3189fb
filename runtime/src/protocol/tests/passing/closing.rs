//! How a play ends: everything comes to its end, or both ends die.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::play::Play;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::protocol::Permits;

impl Play {
    /// Lets everything come to its end, where nobody acts who waits and was not woken.
    pub(super) fn finish(mut self) {
        let mut granted = BTreeSet::new();
        loop {
            self.pair.settle().unwrap();
            self.settle(0);
            self.settle(1);
            let mut progress = false;
            for side in [0, 1] {
                progress |= self.finish_calls(side) | self.finish_streams(side, &mut granted);
                self.settle(side);
            }
            if !progress && !self.pair.0.iter().any(|end| end.session.has_output()) {
                break;
            }
        }
        for side in &self.sides {
            assert!(side.read.is_empty(), "a consumer was not woken: {side:?}");
            assert!(side.open.is_empty(), "a call has no answer: {side:?}");
            assert!(side.made.values().all(|made| !made.waiting), "a producer was not woken: {side:?}");
        }
        self.pair.check_at_rest();
        self.check_things();
    }

    fn finish_calls(&mut self, side: usize) -> bool {
        let mut progress = false;
        let nothing = Gives { streams: 0, handles: 0, returned: 0, context: false };
        while !self.pair.0[side].running.is_empty() {
            self.reply(side, 0, 0, nothing, true);
            progress = true;
        }
        for call in self.sides[side].open.clone() {
            progress |= self.take(side, call, true);
        }
        for id in std::mem::take(&mut self.sides[side].held) {
            self.pair.0[side].session.release(id);
            progress = true;
        }
        progress
    }

    fn finish_streams(&mut self, side: usize, granted: &mut BTreeSet<(usize, u64)>) -> bool {
        let mut progress = false;
        let nothing = Gives { streams: 0, handles: 0, returned: 0, context: false };
        let made: Vec<_> = self.sides[side].made.keys().copied().collect();
        for stream in made {
            let made = &self.sides[side].made[&stream];
            if made.waiting || made.finished.is_some() {
                continue;
            }
            progress = true;
            if made.sent > 20 || !self.produce(side, stream, 3, 500, nothing) {
                self.sides[side].made.get_mut(&stream).unwrap().finished = Some(None);
                self.pair.0[side].session.stream_finish(stream, None);
            }
        }
        let read: Vec<_> = self.sides[side].read.keys().copied().collect();
        for stream in read {
            if granted.insert((side, stream)) {
                self.pair.0[side].session.stream_grant(stream, 5, 10_000);
                progress = true;
            }
            let before = self.sides[side].read[&stream].seen;
            if self.sides[side].read[&stream].waiting {
                continue;
            }
            if let Some(bytes) = self.next(side, stream, true) {
                progress = true;
                if let Some(read) = self.sides[side].read.get(&stream) {
                    let items = read.seen - before;
                    self.pair.0[side].session.stream_grant(stream, items, bytes as u64);
                }
            }
        }
        progress
    }

    /// Both ends lose each other at this moment.
    pub(super) fn die(mut self) {
        for side in [0, 1] {
            let cause = Error::new(ErrorKind::Disconnected, "it is over");
            self.pair.0[side].session.end(cause);
            self.settle(side);
            let this = &self.sides[side];
            assert!(this.read.values().all(|read| !read.waiting), "all who wait are woken: {this:?}");
            assert!(this.made.values().all(|made| !made.waiting), "all who wait are woken: {this:?}");
            assert_eq!(self.pair.0[side].session.open_streams(), (0, 0));
            for stream in this.made.keys().copied().collect::<Vec<_>>() {
                assert_eq!(self.pair.0[side].session.stream_permits(stream, |_| 0), Permits::Over);
                self.pair.0[side].session.stream_finish(stream, None);
            }
            for call in std::mem::take(&mut self.sides[side].open) {
                self.pair.0[side].session.abandon(call);
            }
            for run in std::mem::take(&mut self.pair.0[side].running) {
                self.receive(side, run.extras.map(|extras| extras.received), true);
            }
            // What came can still be read, with what it gives.
            while let Some(stream) = self.sides[side].read.keys().next().copied() {
                let keep = stream % 2 == 0;
                assert!(self.next(side, stream, keep).is_some(), "nothing is left to wait for");
            }
            self.settle(side);
            assert_eq!((self.pair.0[side].session.exports(), self.pair.0[side].session.imports()), (0, 0));
        }
        self.check_things();
    }

    /// Nobody has an object of either side but the test.
    fn check_things(&mut self) {
        for side in [0, 1] {
            self.pair.0[side].discarded.clear();
            for thing in &self.sides[side].things {
                assert_eq!(Arc::strong_count(thing), 1, "object {thing} of side {side} is still held");
            }
        }
    }
}
