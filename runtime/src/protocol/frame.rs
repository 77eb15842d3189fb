//! The fixed header of a frame.

use super::Violation;
use crate::codec::Codec;

/// The length of a header.
pub(crate) const HEADER: usize = 24;

/// What a frame is. The numbers are a promise to strangers; those that this version does not use
/// are reserved for what their names say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    Request = 0x01,
    Value = 0x02,
    ApplicationError = 0x03,
    SystemError = 0x04,
    Cancel = 0x05,
    StreamItem = 0x10,
    StreamCredit = 0x11,
    StreamEnd = 0x12,
    StreamReset = 0x13,
    Release = 0x20,
    Interface = 0x21,
    Describe = 0x22,
    Ping = 0x30,
    Pong = 0x31,
    #[cfg_attr(not(test), expect(dead_code, reason = "a reserved number is written down before it is sent"))]
    Log = 0x32,
    Shutdown = 0x38,
    Goodbye = 0x39,
}

impl Kind {
    /// The kinds that this version sends and understands.
    pub(crate) fn in_use(number: u8) -> Option<Self> {
        Some(match number {
            0x01 => Self::Request,
            0x02 => Self::Value,
            0x03 => Self::ApplicationError,
            0x04 => Self::SystemError,
            0x05 => Self::Cancel,
            0x10 => Self::StreamItem,
            0x11 => Self::StreamCredit,
            0x12 => Self::StreamEnd,
            0x13 => Self::StreamReset,
            0x20 => Self::Release,
            0x21 => Self::Interface,
            0x22 => Self::Describe,
            0x30 => Self::Ping,
            0x31 => Self::Pong,
            0x38 => Self::Shutdown,
            0x39 => Self::Goodbye,
            _ => return None,
        })
    }

    /// Whether its frames never have a payload.
    pub(crate) fn is_bare(self) -> bool {
        matches!(
            self,
            Self::Cancel
                | Self::StreamCredit
                | Self::StreamReset
                | Self::Release
                | Self::Describe
                | Self::Ping
                | Self::Pong
        )
    }
}

/// The flags of a frame: bits 0 and 1 are the codec of this message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    const CODEC: u8 = 0b0000_0011;
    const EXTENDED: u8 = 0b0000_0100;
    const MORE: u8 = 0b0000_1000;
    const IGNORABLE: u8 = 0b0001_0000;
    const KNOWN: u8 = Self::CODEC | Self::EXTENDED | Self::MORE | Self::IGNORABLE;

    pub(crate) fn new(codec: Codec) -> Self {
        Self(codec.bits())
    }

    fn parse(byte: u8) -> Result<Self, Violation> {
        if byte & !Self::KNOWN != 0 || Codec::from_bits(byte & Self::CODEC).is_none() {
            return Err(Violation::ReservedFlags(byte));
        }
        Ok(Self(byte))
    }

    /// An extension block comes first.
    pub(crate) fn with_extensions(self) -> Self {
        Self(self.0 | Self::EXTENDED)
    }

    /// Only the first chunk of a message has its block.
    pub(crate) fn without_extensions(self) -> Self {
        Self(self.0 & !Self::EXTENDED)
    }

    pub(crate) fn with_more(self, more: bool) -> Self {
        if more { Self(self.0 | Self::MORE) } else { self }
    }

    pub(crate) fn codec(self) -> Codec {
        Codec::from_bits(self.0 & Self::CODEC).unwrap_or_default()
    }

    /// An extension block comes first.
    pub(crate) fn extended(self) -> bool {
        self.0 & Self::EXTENDED != 0
    }

    /// Further chunks of the same message follow.
    pub(crate) fn more(self) -> bool {
        self.0 & Self::MORE != 0
    }

    /// A receiver that does not know the kind skips the frame.
    pub(crate) fn ignorable(self) -> bool {
        self.0 & Self::IGNORABLE != 0
    }
}

/// A header; all numbers are little-endian on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes after the header: extension block and payload.
    pub(crate) length: u32,
    pub(crate) kind: u8,
    pub(crate) flags: Flags,
    /// Index in the table of the serving side; of items and credit: how many.
    pub(crate) method: u16,
    /// The call, or the stream.
    pub(crate) call: u64,
    /// The object; of credit: how many bytes.
    pub(crate) target: u64,
}

impl Header {
    pub(crate) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        let (length, rest) = bytes.split_at_mut(4);
        length.copy_from_slice(&self.length.to_le_bytes());
        let (fixed, ids) = rest.split_at_mut(4);
        let [method_low, method_high] = self.method.to_le_bytes();
        fixed.copy_from_slice(&[self.kind, self.flags.0, method_low, method_high]);
        let (call, target) = ids.split_at_mut(8);
        call.copy_from_slice(&self.call.to_le_bytes());
        target.copy_from_slice(&self.target.to_le_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &[u8; HEADER]) -> Result<Self, Violation> {
        let [l0, l1, l2, l3, kind, flags, m0, m1, c0, c1, c2, c3, c4, c5, c6, c7, t0, t1, t2, t3, t4, t5, t6, t7] =
            *bytes;
        Ok(Self {
            length: u32::from_le_bytes([l0, l1, l2, l3]),
            kind,
            flags: Flags::parse(flags)?,
            method: u16::from_le_bytes([m0, m1]),
            call: u64::from_le_bytes([c0, c1, c2, c3, c4, c5, c6, c7]),
            target: u64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_24_little_endian_bytes() {
        let header = Header {
            length: 0x0403_0201,
            kind: Kind::Request as u8,
            flags: Flags::new(Codec::Json).with_more(true),
            method: 0x0605,
            call: 0x0e0d_0c0b_0a09_0807,
            target: 0x1615_1413_1211_100f,
        };
        let bytes = header.to_bytes();
        assert_eq!(
            bytes,
            [1, 2, 3, 4, 0x01, 0b1001, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]
        );
        assert_eq!(Header::parse(&bytes), Ok(header));
    }

    #[test]
    fn reserved_flags_and_codecs_are_refused() {
        for flags in [0b0010_0000, 0b0100_0000, 0b1000_0000, 0b10, 0b11] {
            let mut bytes = [0; HEADER];
            bytes[5] = flags;
            assert_eq!(Header::parse(&bytes), Err(Violation::ReservedFlags(flags)));
        }
    }
}
