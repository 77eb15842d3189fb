//! What a child writes to stderr: read without ever waiting, cut into lines, the last of it kept.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;
use std::time::Instant;

use rustix::io::{Errno, ioctl_fionbio, read};

use super::lock;
use super::log::Feed;
use crate::escape::escape_bytes;

/// A longer line is logged in pieces of this size.
const LINE: usize = 64 * 1024;
/// How much of the end is kept.
const TAIL: usize = 64 * 1024;
/// How often one child is read before the others have their turn.
const READS: usize = 4;

/// Our end of a child's stderr.
pub(super) struct Drain {
    fd: OwnedFd,
    lines: Lines,
    feed: Feed,
}

/// Whether there may be more to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Open,
    /// Every process that could have written is gone, or closed it.
    Ended,
}

impl Drain {
    /// Takes the read end of the pipe; without the certainty that reading does not block there is
    /// no draining, and the child writes into a closed pipe.
    pub(super) fn new(fd: OwnedFd, feed: Feed) -> Option<Self> {
        ioctl_fionbio(&fd, true).ok()?;
        Some(Self { fd, lines: Lines::default(), feed })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Reads what there is, up to a bound. Never blocks.
    pub(super) fn pump(&mut self, buffer: &mut [u8], tail: &Mutex<Tail>) -> Flow {
        self.feed.refill(Instant::now());
        for _ in 0..READS {
            match read(&self.fd, &mut *buffer) {
                Ok(0) => return Flow::Ended,
                Ok(length) => self.take(buffer.get(..length).unwrap_or_default(), tail),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Flow::Open,
                Err(_) => return Flow::Ended,
            }
        }
        Flow::Open
    }

    fn take(&mut self, bytes: &[u8], tail: &Mutex<Tail>) {
        lock(tail).push(bytes);
        let feed = &mut self.feed;
        self.lines.push(bytes, |line| feed.line(line));
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        let feed = &mut self.feed;
        self.lines.finish(|line| feed.line(line));
    }
}

/// Cuts a stream of bytes into lines of bounded length.
#[derive(Default)]
struct Lines {
    /// The beginning of a line whose end is still to come; shorter than [`LINE`].
    begun: Vec<u8>,
}

impl Lines {
    fn push(&mut self, mut bytes: &[u8], mut emit: impl FnMut(&[u8])) {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            if self.begun.is_empty() && line.len() <= LINE {
                // Nearly every line: no copy.
                emit(without_return(line));
                continue;
            }
            self.add(line, &mut emit);
            emit(without_return(&self.begun));
            self.begun.clear();
        }
        self.add(bytes, &mut emit);
    }

    /// Adds a piece without a line's end, and emits what is too long already.
    fn add(&mut self, mut piece: &[u8], emit: &mut impl FnMut(&[u8])) {
        while self.begun.len() + piece.len() > LINE {
            let (fits, rest) = piece.split_at(LINE - self.begun.len());
            self.begun.extend_from_slice(fits);
            let end = whole_characters(&self.begun);
            emit(self.begun.get(..end).unwrap_or_default());
            self.begun.drain(..end);
            piece = rest;
        }
        self.begun.extend_from_slice(piece);
    }

    fn finish(&mut self, mut emit: impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            emit(without_return(&self.begun));
            self.begun.clear();
        }
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// How many of the bytes do not cut a character of UTF-8 in two at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last().map(|last| last.invalid()) {
        // A character of four bytes at most: longer, and it is not a cut but rubbish.
        Some(cut) if cut.len() < 4 && cut.len() < bytes.len() && is_beginning(cut) => bytes.len() - cut.len(),
        _ => bytes.len(),
    }
}

fn is_beginning(cut: &[u8]) -> bool {
    std::str::from_utf8(cut).is_err_and(|error| error.error_len().is_none())
}

/// The last [`TAIL`] bytes, raw: a flood costs a copy, and text is made of it only when somebody
/// reads it.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Up to twice what is kept, so that the front is thrown away rarely.
    bytes: Vec<u8>,
    /// Whether there was more before.
    cut: bool,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > 2 * TAIL {
            let keep = TAIL.saturating_sub(bytes.len());
            self.bytes.drain(..self.bytes.len().saturating_sub(keep));
            self.cut = true;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Its lines, escaped. The first is left out when its beginning is lost, unless it is all.
    pub(super) fn lines(&self) -> Vec<String> {
        let too_much = self.bytes.len().saturating_sub(TAIL);
        let mut kept = self.bytes.get(too_much..).unwrap_or_default();
        if (self.cut || too_much > 0)
            && let Some(end) = kept.iter().position(|&byte| byte == b'\n')
            && end + 1 < kept.len()
        {
            kept = kept.get(end + 1..).unwrap_or_default();
        }
        let kept = kept.strip_suffix(b"\n").unwrap_or(kept);
        if kept.is_empty() {
            return Vec::new();
        }
        kept.split(|&byte| byte == b'\n').map(|line| escape_bytes(without_return(line))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.push(piece, |line| seen.push(line.to_vec()));
        }
        lines.finish(|line| seen.push(line.to_vec()));
        seen
    }

    fn tail(pieces: &[&[u8]]) -> Vec<String> {
        let mut tail = Tail::default();
        for piece in pieces {
            tail.push(piece);
        }
        tail.lines()
    }

    #[test]
    fn lines_are_whole_however_their_bytes_arrive() {
        let text = b"one\r\n\ntwo\nthree";
        let whole = [b"one".to_vec(), b"".to_vec(), b"two".to_vec(), b"three".to_vec()];
        assert_eq!(lines(&[text]), whole);
        for cut in 0..=text.len() {
            let (left, right) = text.split_at(cut);
            assert_eq!(lines(&[left, right]), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_an_end_comes_in_pieces() {
        let endless = vec![b'x'; 3 * LINE + 5];
        let lengths: Vec<_> = lines(&[&endless]).iter().map(Vec::len).collect();
        assert_eq!(lengths, [LINE, LINE, LINE, 5]);
        let exact = [vec![b'x'; LINE], b"\n".to_vec()].concat();
        assert_eq!(lines(&[&exact]).len(), 1);
    }

    #[test]
    fn a_piece_does_not_end_inside_a_character() {
        let text = format!("x{}", "ż".repeat(LINE));
        for piece in lines(&[text.as_bytes()]) {
            assert!(std::str::from_utf8(&piece).is_ok() && piece.len() <= LINE);
        }
        let rubbish = vec![0xff; 2 * LINE];
        assert_eq!(lines(&[&rubbish]).len(), 2);
    }

    #[test]
    fn the_tail_is_the_end_of_it_in_whole_lines() {
        assert_eq!(tail(&[b"one\ntw", b"o\n"]), ["one", "two"]);
        assert_eq!(tail(&[]), Vec::<String>::new());
        assert_eq!(tail(&[b"\x1b[31m\xff\r\nend"]), ["\\u{1b}[31m\u{fffd}", "end"]);
        let many: Vec<u8> = (0..100_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        for size in [7, 1000, 65_536, many.len()] {
            let pieces: Vec<_> = many.chunks(size).collect();
            let kept = tail(&pieces);
            assert_eq!(kept.last().unwrap(), "line 99999");
            let bytes: usize = kept.iter().map(|line| line.len() + 1).sum();
            assert!(bytes <= TAIL && bytes > TAIL - 20, "{bytes}");
            assert!(kept.iter().all(|line| line.starts_with("line ")));
        }
        let endless = vec![b'x'; 3 * TAIL];
        assert_eq!(tail(&[&endless]).concat().len(), TAIL);
    }
}
