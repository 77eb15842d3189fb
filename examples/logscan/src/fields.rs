//! The fields of Apache's "combined" format.

/// The fields of a line:
///
/// ```text
/// HOST IDENT USER [TIME] "METHOD PATH PROTOCOL" STATUS BYTES "REFERRER" "AGENT"
/// ```
///
/// They stand here as in the log: `-` where there was nothing to say, `\"` for a quote inside
/// quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    /// Who asked: an address or a name.
    pub host: &'a str,
    /// The user according to the client's `identd`: `-` nearly always.
    pub ident: &'a str,
    /// The user who logged in.
    pub user: &'a str,
    /// When the request came: `17/May/2015:10:05:03 +0000`.
    pub time: &'a str,
    /// What was asked: `GET`.
    pub method: &'a str,
    /// For what, the query included: `/search?q=pipes`.
    pub path: &'a str,
    /// In which version: `HTTP/1.1`.
    pub protocol: &'a str,
    /// How it ended: `404`.
    pub status: u16,
    /// The length of the answer's body; none if the log says `-`.
    pub bytes: Option<u64>,
    /// The page with the link.
    pub referrer: &'a str,
    /// The program that asked.
    pub agent: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of a line, if the line has exactly these, a single blank between each two.
    ///
    /// A request of fewer or more than three words (`-`, where none arrived) is no request, and a
    /// user's name with a blank is none: such a line is left to those who read its text. With that, `status` is always what `awk` calls
    /// `$9`, and `path` is `$7`. A line that is cut in its agent has no fields; its status is known
    /// all the same, see [`Record::status`](crate::Record::status).
    ///
    /// What is accepted here is part of the interfaces: host and plugins come to the same answer
    /// because they have the same version of it.
    #[must_use]
    pub fn parse(line: &'a str) -> Option<Self> {
        let (fields, rest) = Self::parse_front(line)?;
        let (bytes, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
        let bytes = if bytes == "-" { None } else { Some(number(bytes)?) };
        let (referrer, rest) = rest_of_quoted(rest.strip_prefix('"')?)?;
        let (agent, rest) = rest_of_quoted(rest.strip_prefix(" \"")?)?;
        rest.is_empty().then_some(Self { bytes, referrer, agent, ..fields })
    }

    /// The fields up to `status`, and the rest of the line.
    pub(crate) fn parse_front(line: &'a str) -> Option<(Self, &'a str)> {
        let (host, rest) = word(line)?;
        let (ident, rest) = word(rest)?;
        let (user, rest) = word(rest)?;
        let (date, after_date) = word(rest.strip_prefix('[')?)?;
        let (zone, after_zone) = word(after_date)?;
        let zone = zone.strip_suffix(']')?;
        let time = rest.get(1..date.len() + zone.len() + 2)?;

        let (request, rest) = rest_of_quoted(after_zone.strip_prefix('"')?)?;
        let (method, after_method) = word(request)?;
        let (path, protocol) = word(after_method)?;
        if protocol.is_empty() || protocol.contains([' ', '\t']) {
            return None;
        }

        let rest = rest.strip_prefix(' ')?;
        let (status, rest) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
        let status = if status.len() == 3 { number(status)? } else { return None };
        let (bytes, referrer, agent) = (None, "", "");
        Some((Self { host, ident, user, time, method, path, protocol, status, bytes, referrer, agent }, rest))
    }
}

/// Parts a text at the quote that ends it: the first that no backslash takes the meaning of, which
/// backslashes do to each other, too.
fn rest_of_quoted(text: &str) -> Option<(&str, &str)> {
    text.match_indices('"').find_map(|(at, quote)| {
        let (inside, rest) = text.split_at_checked(at)?;
        let backslashes = inside.bytes().rev().take_while(|byte| *byte == b'\\').count();
        Some((inside, rest.strip_prefix(quote)?)).filter(|_| backslashes % 2 == 0)
    })
}

/// The first word of a text, and what follows the blank after it. There is no tab in a word: `awk`
/// would count two of what is one to us.
fn word(text: &str) -> Option<(&str, &str)> {
    text.split_once(' ').filter(|(word, _)| !word.is_empty() && !word.contains('\t'))
}

/// A number of digits only: Rust would accept a sign.
fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Record;

    const LINE: &str = concat!(
        r#"2001:db8::7 - ada [17/May/2015:10:05:03 +0000] "GET /a?q=%22 HTTP/1.1" "#,
        r#"404 203 "https://example.com/\"x\"" "curl/8 (\"quoted\\\")""#
    );

    #[test]
    fn every_field_of_a_combined_line() {
        let fields = Fields {
            host: "2001:db8::7",
            ident: "-",
            user: "ada",
            time: "17/May/2015:10:05:03 +0000",
            method: "GET",
            path: "/a?q=%22",
            protocol: "HTTP/1.1",
            status: 404,
            bytes: Some(203),
            referrer: r#"https://example.com/\"x\""#,
            agent: r#"curl/8 (\"quoted\\\")"#,
        };
        assert_eq!(Fields::parse(LINE), Some(fields));
    }

    #[test]
    fn an_empty_user_is_two_quotes() {
        let line = LINE.replace(" ada ", " \"\" ");
        assert_eq!(Fields::parse(&line).map(|fields| fields.user), Some("\"\""));
    }

    #[test]
    fn missing_bytes_are_none() {
        let line = LINE.replace(" 203 ", " - ");
        assert_eq!(Fields::parse(&line).map(|fields| fields.bytes), Some(None));
    }

    #[test]
    fn a_line_that_is_cut_has_a_status_once_it_is_there() {
        let status = |line| Record { line }.status();
        let there = LINE.find(" 203 ").expect("its bytes");
        for end in 0..=LINE.len() {
            assert_eq!(status(&LINE[..end]), (end >= there).then_some(404), "{}", &LINE[..end]);
        }
        assert_eq!(status("a line about 404"), None);
    }

    #[test]
    fn a_line_that_lacks_something_or_has_more_is_refused() {
        for end in 0..LINE.len() {
            assert_eq!(Fields::parse(&LINE[..end]), None, "{}", &LINE[..end]);
        }
        for (field, other) in [
            ("GET /a?q=%22 HTTP/1.1", "-"),
            ("GET /a?q=%22 HTTP/1.1", "GET /a"),
            ("GET /a?q=%22 HTTP/1.1", "GET /a b HTTP/1.1"),
            ("GET /a?q=%22 HTTP/1.1", " GET /a HTTP/1.1"),
            ("GET /a?q=%22 HTTP/1.1", "GET /a HTTP/1.1 "),
            ("GET /a?q=%22 HTTP/1.1", "GET /a\tb HTTP/1.1"),
            ("GET /a?q=%22 HTTP/1.1", "GET /a\"b HTTP/1.1"),
            ("- ada", "- ada lovelace"),
            ("- ada", "-  ada"),
            (" +0000]", "]"),
            (" 404 ", " 40 "),
            (" 404 ", " 4044 "),
            (" 404 ", " +44 "),
            (" 203 ", " +203 "),
            (" 203 ", " 99999999999999999999 "),
            ("curl/8 ", "curl\"8 "),
        ] {
            let line = LINE.replace(field, other);
            assert_ne!(line, LINE);
            assert_eq!(Fields::parse(&line), None, "{line}");
        }
        assert_eq!(Fields::parse(&format!("{LINE} ")), None);
        assert_eq!(Fields::parse(&format!(" {LINE}")), None);
    }

    /// What Apache makes of a text in quotes.
    fn quoted() -> impl Strategy<Value = String> {
        any::<String>().prop_map(|text| text.escape_debug().to_string())
    }

    proptest! {
        #[test]
        fn what_was_put_together_comes_apart(
            words in proptest::array::uniform7("[!-~&&[^\"\\\\\\[\\]]]{1,12}"),
            status in 100_u16..1000,
            bytes in any::<Option<u64>>(),
            referrer in quoted(),
            agent in quoted(),
        ) {
            let [host, ident, user, date, method, path, protocol] = &words;
            let time = format!("{date} +0000");
            let length = bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
            let line = format!(
                r#"{host} {ident} {user} [{time}] "{method} {path} {protocol}" {status} {length} "{referrer}" "{agent}""#
            );
            let (time, referrer, agent) = (&*time, &*referrer, &*agent);
            let fields = Fields { host, ident, user, time, method, path, protocol, status, bytes, referrer, agent };
            prop_assert_eq!(Fields::parse(&line), Some(fields));
        }

        /// Lines that are nearly right find more than random text does.
        #[test]
        fn whenever_a_line_parses_its_status_is_the_ninth_word_and_its_path_the_seventh(
            parts in proptest::collection::vec(r#"[a"\\ \t\[\]0-9-]|é"#, 0..6),
            places in proptest::collection::vec(any::<prop::sample::Index>(), 6),
        ) {
            let mut line: Vec<char> = LINE.chars().collect();
            for (part, place) in parts.iter().zip(&places) {
                let place = place.index(line.len());
                line.splice(place..place, part.chars());
            }
            let line: String = line.into_iter().collect();
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            if let Some(status) = (Record { line: &line }).status() {
                prop_assert_eq!(words[8], status.to_string());
            }
            if let Some(fields) = Fields::parse(&line) {
                prop_assert_eq!(words[8], fields.status.to_string());
                prop_assert_eq!(words[6], fields.path);
            }
        }

        #[test]
        fn no_text_is_a_panic(line in any::<String>()) {
            let _ = Fields::parse(&line);
        }
    }
}
