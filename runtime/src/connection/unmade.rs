//! The context of a request, before its handler asks for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::shared::Shared;
use super::stop::Stop;
use crate::context::{Context, Limit, Origin, Terms};

/// What a context is made from when a handler, or a call that it makes, wants it.
pub(crate) struct Unmade {
    shared: Arc<Shared>,
    call: u64,
    no_cancel: bool,
    told: Option<Box<Told>>,
}

/// What the caller sent along.
#[derive(Default)]
pub(super) struct Told {
    pub(super) limit: Option<Limit>,
    pub(super) depth: u16,
    pub(super) metadata: Vec<(String, String)>,
}

impl Told {
    pub(super) fn new(remaining: Option<Duration>, depth: u16, metadata: Vec<(String, String)>) -> Self {
        let limit = remaining.and_then(|remaining| Limit::after(Instant::now(), remaining, Origin::Caller));
        Self { limit, depth, metadata }
    }
}

impl Unmade {
    pub(super) fn new(shared: &Arc<Shared>, call: u64, no_cancel: bool, told: Option<Box<Told>>) -> Self {
        Self { shared: Arc::clone(shared), call, no_cancel, told }
    }

    pub(crate) fn make(self) -> Context {
        let Self { shared, call, no_cancel, told } = self;
        let Told { limit, depth, metadata } = told.map(|told| *told).unwrap_or_default();
        let peer = Some(Arc::clone(&shared.peer));
        // Who says nothing made the call outside of any handler.
        let terms = Terms { limit, depth: depth.max(1), metadata, peer, no_cancel };
        let context = Context::new(terms, Context::root());
        let wanted = shared.lock().session.attach(call, Stop::new(context.clone()));
        if !wanted {
            context.cancel();
        }
        context
    }
}
