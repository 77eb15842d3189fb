//! The extension block: what goes with a message beside its payload.

use std::time::Duration;

use super::Violation;

const REMAINING: u16 = 1;
const DEPTH: u16 = 2;
const METADATA: u16 = 3;
const STREAMS: u16 = 5;
const HANDLES: u16 = 6;
const RETURNED: u16 = 7;

/// Streams and handles in one message: enough for any value that a person would pass, and few
/// enough that what one message opens is done in a moment.
const MOST_IDS: usize = 4096;
/// Pairs of metadata in one message.
const MOST_PAIRS: usize = 64;
/// Keys and values of the metadata in one message, in bytes.
const MOST_METADATA: usize = 8 << 10;
/// The tag and the length of an entry.
const ENTRY: usize = 4;
/// The length of a block, before its entries.
const LENGTH: usize = 2;

/// What goes with a message on its way out.
#[derive(Debug)]
pub(crate) struct Extras<O> {
    /// The time that is left for the call.
    pub(crate) remaining: Option<Duration>,
    /// How many calls this one is nested in, itself included; 0 is not told.
    pub(crate) depth: u16,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) given: Given<O>,
}

/// What a message gives to the other end. Taken when the message is accepted for sending, and left
/// where it is when not.
#[derive(Debug)]
pub(crate) struct Given<O> {
    /// Ids of streams that this side produces.
    pub(crate) streams: Vec<u64>,
    /// Objects of this side, under ids of their own.
    pub(crate) handles: Vec<(u64, O)>,
    /// Ids of objects of the other side, which this side holds.
    pub(crate) returned: Vec<u64>,
}

/// What a message gave to this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received<O> {
    /// Ids of streams that the other side produces.
    pub(crate) streams: Vec<u64>,
    /// Ids of objects of the other side.
    pub(crate) handles: Vec<u64>,
    /// Objects of this side that came back; root objects are not among them.
    pub(crate) returned: Vec<(u64, O)>,
}

impl<O> Given<O> {
    /// How many ids it takes to tell.
    pub(crate) fn count(&self) -> usize {
        self.streams.len() + self.handles.len() + self.returned.len()
    }
}

impl<O> Received<O> {
    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.handles.is_empty() && self.returned.is_empty()
    }
}

// Derived, these three would ask for a default object.
impl<O> Default for Extras<O> {
    fn default() -> Self {
        Self { remaining: None, depth: 0, metadata: Vec::new(), given: Given::default() }
    }
}

impl<O> Default for Given<O> {
    fn default() -> Self {
        Self { streams: Vec::new(), handles: Vec::new(), returned: Vec::new() }
    }
}

impl<O> Default for Received<O> {
    fn default() -> Self {
        Self { streams: Vec::new(), handles: Vec::new(), returned: Vec::new() }
    }
}

impl<O> Given<O> {
    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.handles.is_empty() && self.returned.is_empty()
    }

    fn ids(&self) -> usize {
        self.streams.len() + self.handles.len() + self.returned.len()
    }
}

impl<O> Extras<O> {
    /// Whether they fit a block in front of a payload in frames of this length. The sentence goes
    /// on after what the message is.
    pub(super) fn check(&self, frame: usize) -> Result<(), String> {
        let metadata: usize = self.metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
        let pairs = self.metadata.len();
        let block = metadata + pairs * (ENTRY + 2);
        // Half a frame, so that a block never pushes all of a payload out of the first one.
        let room = (frame / 2).saturating_sub(LENGTH + (ENTRY + 8) + (ENTRY + 2));
        let most = MOST_METADATA.min(room.saturating_sub(pairs * (ENTRY + 2)));
        if pairs > MOST_PAIRS || metadata > most {
            return Err(format!(
                "carry {pairs} pairs of metadata of {metadata} bytes; one message takes up to {MOST_PAIRS} of {most}"
            ));
        }
        let ids = self.given.ids();
        let most = MOST_IDS.min(room.saturating_sub(block + 3 * ENTRY) / 8);
        if ids > most {
            return Err(format!("carry {ids} streams and handles; one message takes up to {most}"));
        }
        Ok(())
    }

    /// Appends the block.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let begin = out.len();
        out.extend([0; LENGTH]);
        if let Some(remaining) = self.remaining {
            let micros = u64::try_from(remaining.as_micros()).unwrap_or(u64::MAX);
            write_entry(out, REMAINING, [&micros.to_le_bytes()[..]]);
        }
        if self.depth > 0 {
            write_entry(out, DEPTH, [&self.depth.to_le_bytes()[..]]);
        }
        for (key, value) in &self.metadata {
            let length = u16::try_from(key.len()).unwrap_or(u16::MAX).to_le_bytes();
            write_entry(out, METADATA, [&length[..], key.as_bytes(), value.as_bytes()]);
        }
        let Given { streams, handles, returned } = &self.given;
        write_ids(out, STREAMS, streams.iter().copied());
        write_ids(out, HANDLES, handles.iter().map(|(id, _)| *id));
        write_ids(out, RETURNED, returned.iter().copied());
        let length = u16::try_from(out.len() - begin - LENGTH).unwrap_or(u16::MAX).to_le_bytes();
        if let Some(place) = out.get_mut(begin..).and_then(<[u8]>::first_chunk_mut) {
            *place = length;
        }
    }
}

fn write_entry<const N: usize>(out: &mut Vec<u8>, tag: u16, parts: [&[u8]; N]) {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    out.extend(tag.to_le_bytes());
    out.extend(u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

fn write_ids(out: &mut Vec<u8>, tag: u16, ids: impl ExactSizeIterator<Item = u64>) {
    if ids.len() > 0 {
        out.extend(tag.to_le_bytes());
        out.extend(u16::try_from(8 * ids.len()).unwrap_or(u16::MAX).to_le_bytes());
        ids.for_each(|id| out.extend(id.to_le_bytes()));
    }
}

/// A block as it came. What its ids mean is the session's to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub(crate) remaining: Option<Duration>,
    pub(crate) depth: u16,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) streams: Vec<u64>,
    pub(crate) handles: Vec<u64>,
    pub(crate) returned: Vec<u64>,
}

impl Extensions {
    /// The block at the start of `body`, and its length there.
    pub(crate) fn parse(body: &[u8]) -> Result<(Self, usize), Violation> {
        let (mut entries, length) = Entries::of(body)?;
        let mut block = Self::default();
        let mut seen = 0_u8;
        let mut metadata = 0;
        while let Some((tag, value)) = entries.next()? {
            if let REMAINING | DEPTH | STREAMS | HANDLES | RETURNED = tag {
                if seen & (1 << tag) != 0 {
                    return Err(Violation::BadExtensions);
                }
                seen |= 1 << tag;
            }
            match tag {
                REMAINING => block.remaining = Some(Duration::from_micros(u64::from_le_bytes(exactly(value)?))),
                DEPTH => block.depth = u16::from_le_bytes(exactly(value)?),
                METADATA => {
                    block.metadata.push(parse_pair(value)?);
                    metadata += value.len() - LENGTH;
                }
                STREAMS => block.streams = parse_ids(value)?,
                HANDLES => block.handles = parse_ids(value)?,
                RETURNED => block.returned = parse_ids(value)?,
                // Reserved, or a newer peer's.
                _ => {}
            }
            let ids = block.streams.len() + block.handles.len() + block.returned.len();
            if block.metadata.len() > MOST_PAIRS || metadata > MOST_METADATA || ids > MOST_IDS {
                return Err(Violation::BadExtensions);
            }
        }
        Ok((block, length))
    }

    /// The length of a block that means nothing where it stands. It must be whole all the same.
    pub(crate) fn skip(body: &[u8]) -> Result<usize, Violation> {
        let (mut entries, length) = Entries::of(body)?;
        while entries.next()?.is_some() {}
        Ok(length)
    }

    pub(crate) fn gives(&self) -> bool {
        !(self.streams.is_empty() && self.handles.is_empty() && self.returned.is_empty())
    }
}

/// The entries of a block that are still to be looked at.
struct Entries<'b>(&'b [u8]);

impl<'b> Entries<'b> {
    /// With the length of the block, its length field included.
    fn of(body: &'b [u8]) -> Result<(Self, usize), Violation> {
        let (length, rest) = body.split_first_chunk::<LENGTH>().ok_or(Violation::BadExtensions)?;
        let length = usize::from(u16::from_le_bytes(*length));
        let entries = rest.get(..length).ok_or(Violation::BadExtensions)?;
        Ok((Self(entries), LENGTH + length))
    }

    /// The tag and the value of the next one.
    fn next(&mut self) -> Result<Option<(u16, &'b [u8])>, Violation> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (head, rest) = self.0.split_first_chunk::<ENTRY>().ok_or(Violation::BadExtensions)?;
        let [tag_low, tag_high, low, high] = *head;
        let length = usize::from(u16::from_le_bytes([low, high]));
        let (value, rest) = rest.split_at_checked(length).ok_or(Violation::BadExtensions)?;
        self.0 = rest;
        Ok(Some((u16::from_le_bytes([tag_low, tag_high]), value)))
    }
}

fn exactly<const N: usize>(value: &[u8]) -> Result<[u8; N], Violation> {
    value.try_into().map_err(|_| Violation::BadExtensions)
}

fn parse_pair(value: &[u8]) -> Result<(String, String), Violation> {
    let (length, rest) = value.split_first_chunk::<LENGTH>().ok_or(Violation::BadExtensions)?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (key, value) = rest.split_at_checked(length).ok_or(Violation::BadExtensions)?;
    let text = |bytes| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Violation::BadExtensions);
    Ok((text(key)?, text(value)?))
}

fn parse_ids(value: &[u8]) -> Result<Vec<u64>, Violation> {
    let (ids, rest) = value.as_chunks::<8>();
    if rest.is_empty() {
        Ok(ids.iter().map(|id| u64::from_le_bytes(*id)).collect())
    } else {
        Err(Violation::BadExtensions)
    }
}
