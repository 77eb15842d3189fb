//! What the end-to-end tests share: the interfaces, a hand-written peer, and a look at processes.
//!
//! | program | what it is |
//! |---|---|
//! | `zoo` | a well-built plugin whose handlers misbehave on request |
//! | `old_zoo` | the same plugin, older |
//! | `faulty` | a program without the SDK that breaks the protocol in one named way |
//! | `host` | a host for the tests that count, inspect or kill one |

#![allow(clippy::expect_used, clippy::panic, reason = "test support: a panic is how a test fails")]

pub mod awaited;
pub mod inspect;
pub mod interfaces;
pub mod pairing;
pub mod plain;
pub mod report;
pub mod wire;
