//! What the end-to-end tests share: the interfaces, a hand-written peer, and a look at processes.
//!
//! | program | what it is |
//! |---|---|
//! | `zoo` | a well-built plugin whose handlers misbehave on request |
//! | `old_zoo` | the same plugin, older |
//! | `faulty` | a program without the SDK that breaks the protocol in one named way |
//! | `mill` | a plugin that takes in and gives out streams and objects |
//! | `faulty_mill` | one without the SDK that breaks the rules of streams and objects in one named way |
//! | `miller` | the host of a mill |
//! | `host` | a host for the tests that count, inspect or kill one |

#![allow(clippy::expect_used, clippy::panic, reason = "test support: a panic is how a test fails")]

pub mod awaited;
pub mod bare;
pub mod inspect;
pub mod interfaces;
pub mod mill;
pub mod milling;
pub mod pairing;
pub mod plain;
pub mod report;
pub mod wire;
