//! Which context the code that runs is in.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::mem;
use std::pin::pin;

use super::unmade::Unmade;
use super::{Context, Terms};

/// Where a context is kept while its handler does not run.
#[derive(Default)]
pub(crate) enum Slot {
    /// Outside of any handler.
    #[default]
    Root,
    /// An implementation in this process that has not asked for it, called outside of any handler and
    /// without any bounds.
    Free,
    /// A handler that has not asked for it. Most never do, and cost no allocation.
    Unmade(Unmade),
    Made(Context),
}

thread_local! {
    static CURRENT: RefCell<Slot> = const { RefCell::new(Slot::Root) };
}

impl Slot {
    pub(crate) fn of(context: &Context) -> Self {
        if context.0.is_some() { Self::Made(context.clone()) } else { Self::Root }
    }

    /// The context, made if need be.
    pub(crate) fn context(&mut self) -> Context {
        let context = match mem::take(self) {
            Self::Root => return Context(None),
            Self::Free => Context::new(Terms::default(), Context::root()),
            Self::Unmade(unmade) => unmade.make(),
            Self::Made(context) => context,
        };
        *self = Self::Made(context.clone());
        context
    }
}

/// The context of the code that calls this.
pub(super) fn current() -> Context {
    // No code of anybody's runs while the cell is borrowed. A thread that is about to end is in none.
    CURRENT.try_with(|current| current.borrow_mut().context()).unwrap_or(Context::root())
}

/// The same for a call: nothing if there is nothing that the call has to keep to.
pub(crate) fn surrounding() -> Option<Context> {
    let current = |current: &RefCell<Slot>| match &mut *current.borrow_mut() {
        Slot::Root | Slot::Free => None,
        slot => Some(slot.context()),
    };
    CURRENT.try_with(current).ok().flatten()
}

/// The code that runs next on this thread is in this context, until the guard is dropped: also by a
/// panic. What the slot holds comes back to it.
#[must_use]
pub(crate) fn enter(slot: &mut Slot) -> Inside<'_> {
    swap(slot);
    Inside { slot, _of_this_thread: PhantomData }
}

/// See [`enter`].
pub(crate) struct Inside<'s> {
    slot: &'s mut Slot,
    _of_this_thread: PhantomData<*const ()>,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        swap(self.slot);
    }
}

fn swap(slot: &mut Slot) {
    let _ = CURRENT.try_with(|current| mem::swap(&mut *current.borrow_mut(), slot));
}

impl Context {
    /// Runs a future in this context: for tasks that a handler spawns.
    ///
    /// What the future calls keeps this context's deadline, and is cancelled with it. The future
    /// itself is not: it ends when it is done, or when whoever polls it drops it.
    ///
    /// ```
    /// # use outboard::Context;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let context = Context::current();
    /// let remaining = tokio::spawn(context.scope(async { Context::current().remaining() }));
    /// assert_eq!(remaining.await.unwrap(), None);
    /// # }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let mut slot = Slot::of(self);
        async move {
            let mut future = pin!(future);
            poll_fn(|cx| {
                let _inside = enter(&mut slot);
                future.as_mut().poll(cx)
            })
            .await
        }
    }

    /// Runs a closure in this context: for threads that a handler starts.
    ///
    /// ```
    /// use outboard::Context;
    ///
    /// let context = Context::current();
    /// let cancelled = std::thread::spawn(move || context.sync_scope(|| Context::current().is_cancelled()));
    /// assert!(!cancelled.join().unwrap());
    /// ```
    pub fn sync_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        let mut slot = Slot::of(self);
        let _inside = enter(&mut slot);
        run()
    }
}
