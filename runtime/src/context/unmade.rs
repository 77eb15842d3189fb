//! The context of a request, before its handler asks for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Context, Limit, Origin, Terms};
use crate::protocol::hello::Hello;

/// What a context is made from when a handler, or a call that it makes, wants it.
pub(crate) struct Unmade {
    from: Arc<dyn CalledFrom>,
    call: u64,
    no_cancel: bool,
    told: Option<Box<Told>>,
}

/// Where a request came from.
pub(crate) trait CalledFrom: Send + Sync {
    /// Who made it.
    fn peer(&self) -> Arc<Hello>;

    /// Has the context cancelled when the caller gives the call up; `false` if it has.
    fn attach(&self, call: u64, context: &Context) -> bool;
}

/// What the caller sent along.
#[derive(Default)]
pub(crate) struct Told {
    limit: Option<Limit>,
    pub(crate) depth: u16,
    metadata: Vec<(String, String)>,
}

impl Told {
    pub(crate) fn new(remaining: Option<Duration>, depth: u16, metadata: Vec<(String, String)>) -> Self {
        let limit = remaining.and_then(|remaining| Limit::after(Instant::now(), remaining, Origin::Caller));
        Self { limit, depth, metadata }
    }
}

impl Unmade {
    pub(crate) fn new(from: Arc<dyn CalledFrom>, call: u64, no_cancel: bool, told: Option<Box<Told>>) -> Self {
        Self { from, call, no_cancel, told }
    }

    pub(super) fn make(self) -> Context {
        let Self { from, call, no_cancel, told } = self;
        let Told { limit, depth, metadata } = told.map(|told| *told).unwrap_or_default();
        // Who says nothing made the call outside of any handler.
        let terms = Terms { limit, depth: depth.max(1), metadata, peer: Some(from.peer()), no_cancel };
        let context = Context::new(terms, Context::root());
        if !from.attach(call, &context) {
            context.cancel();
        }
        context
    }
}
