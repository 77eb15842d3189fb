//! A record as exporters write it.

use serde::Serialize;

use crate::{Fields, Record};

/// The columns of an export: the fields, all of them empty if the line does not parse, and the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "they are the fields of `Fields`")]
pub struct Row<'a> {
    pub host: Option<&'a str>,
    pub ident: Option<&'a str>,
    pub user: Option<&'a str>,
    pub time: Option<&'a str>,
    pub method: Option<&'a str>,
    pub path: Option<&'a str>,
    pub protocol: Option<&'a str>,
    pub status: Option<u16>,
    pub bytes: Option<u64>,
    pub referrer: Option<&'a str>,
    pub agent: Option<&'a str>,
    pub line: &'a str,
}

impl Row<'_> {
    /// The names of the columns, in the order in which [`Serialize`] has them.
    pub const COLUMNS: [&'static str; 12] =
        ["host", "ident", "user", "time", "method", "path", "protocol", "status", "bytes", "referrer", "agent", "line"];
}

impl<'a> From<Record<'a>> for Row<'a> {
    fn from(record: Record<'a>) -> Self {
        let line = record.line;
        let Some(fields) = record.fields() else {
            return Self { line, ..Self::default() };
        };
        let Fields { host, ident, user, time, method, path, protocol, status, bytes, referrer, agent } = fields;
        Self {
            host: Some(host),
            ident: Some(ident),
            user: Some(user),
            time: Some(time),
            method: Some(method),
            path: Some(path),
            protocol: Some(protocol),
            status: Some(status),
            bytes,
            referrer: Some(referrer),
            agent: Some(agent),
            line,
        }
    }
}
