//! Two honest ends that pass streams and objects in any order of events: nobody is blamed, items
//! come in order, and all tables are empty when all is over.

mod closing;
mod play;

use proptest::prelude::*;

use super::*;
use play::Play;

/// What a message gives beside its payload.
#[derive(Clone, Copy, Debug)]
struct Gives {
    streams: usize,
    handles: usize,
    /// Up to so many of the handles that are held go back.
    returned: usize,
    /// A deadline, a depth and metadata.
    context: bool,
}

type Index = prop::sample::Index;

#[derive(Clone, Debug)]
enum Act {
    Call { length: usize, gives: Gives, on_handle: Option<Index> },
    Abandon(Index),
    Take { which: Index, keep: bool },
    Reply { which: Index, length: usize, gives: Gives, keep: bool },
    Refuse(Index),
    Produce { which: Index, count: u16, length: usize, gives: Gives },
    Finish { which: Index, broken: bool },
    Grant { which: Index, items: u64, bytes: u64 },
    Next { which: Index, keep: bool },
    Close(Index),
    Release(Index),
    Announce(usize),
    Send,
    Deliver(usize),
    ShutDown,
}

fn index() -> impl Strategy<Value = Index> {
    any::<Index>()
}

/// A length that is small, around a frame, or near the longest message.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..40_usize, 2 => 200..260_usize, 1 => 500..3900_usize, 1 => Just(4096_usize)]
}

fn gives() -> impl Strategy<Value = Gives> {
    let some = (0..3_usize, 0..3_usize, 0..3_usize, any::<bool>())
        .prop_map(|(streams, handles, returned, context)| Gives { streams, handles, returned, context });
    let nothing = Gives { streams: 0, handles: 0, returned: 0, context: false };
    prop_oneof![1 => Just(nothing), 2 => some]
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let calls = prop_oneof![
        6 => (length(), gives(), prop::option::of(index()))
            .prop_map(|(length, gives, on_handle)| Act::Call { length, gives, on_handle }),
        2 => index().prop_map(Act::Abandon),
        2 => (index(), any::<bool>()).prop_map(|(which, keep)| Act::Take { which, keep }),
        4 => (index(), length(), gives(), any::<bool>())
            .prop_map(|(which, length, gives, keep)| Act::Reply { which, length, gives, keep }),
        1 => index().prop_map(Act::Refuse),
    ];
    let streams = prop_oneof![
        6 => (index(), 1..5_u16, length(), gives())
            .prop_map(|(which, count, length, gives)| Act::Produce { which, count, length, gives }),
        2 => (index(), any::<bool>()).prop_map(|(which, broken)| Act::Finish { which, broken }),
        5 => (index(), 0..6_u64, prop_oneof![0..2_u64, 500..5000_u64])
            .prop_map(|(which, items, bytes)| Act::Grant { which, items, bytes }),
        5 => (index(), any::<bool>()).prop_map(|(which, keep)| Act::Next { which, keep }),
        2 => index().prop_map(Act::Close),
        2 => index().prop_map(Act::Release),
        1 => (0..5_usize).prop_map(Act::Announce),
    ];
    let wire = prop_oneof![
        1 => Just(Act::Send),
        1 => prop_oneof![1..30_usize, 200..600_usize, Just(usize::MAX)].prop_map(Act::Deliver),
    ];
    let act = prop_oneof![10 => calls, 20 => streams, 15 => wire];
    let end = prop_oneof![9 => Just(None), 1 => (0..2_usize).prop_map(|side| Some((side, Act::ShutDown)))];
    (prop::collection::vec((0..2_usize, act), 0..200), end, index()).prop_map(|(mut acts, end, at)| {
        if let Some(end) = end {
            acts.insert(at.index(acts.len() + 1), end);
        }
        acts
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_honest_ends_pass_it_arrives_once_in_order_and_nothing_is_left(acts in acts()) {
        let mut play = Play::new([small_limits(); 2]);
        for (side, act) in &acts {
            play.act(*side, act);
        }
        play.finish();
    }

    #[test]
    fn ends_with_unlike_limits_never_blame_each_other_for_what_they_pass(
        acts in acts(),
        frames in (256..300_usize, 256..4096_usize),
        streams in (0..3_usize, 1..10_usize),
        handles in (0..5_usize, 1..20_usize),
    ) {
        let limits = |frame, streams, handles| Limits { frame, streams, handles, ..small_limits() };
        let mut play = Play::new([limits(frames.0, streams.0, handles.0), limits(frames.1, streams.1, handles.1)]);
        for (side, act) in &acts {
            play.act(*side, act);
        }
        play.finish();
    }

    #[test]
    fn death_at_any_moment_ends_every_stream_and_frees_every_object(acts in acts()) {
        let mut play = Play::new([small_limits(); 2]);
        for (side, act) in &acts {
            play.act(*side, act);
        }
        play.die();
    }
}
