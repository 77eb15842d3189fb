//! Every way to pass an argument to a blocking interface.
#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use outboard::{Interface, Result, plugin_interface};
use serde::{Deserialize, Serialize};

/// A point on a map.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Point {
    x: i32,
    y: i32,
}

/// Takes everything.
#[plugin_interface(version = 3, min_version = 2, name = "everything")]
pub trait Everything {
    /// No argument at all.
    fn nothing(&self) -> Result<()>;
    /// Text and bytes, in the frame they came in.
    fn borrowed(&self, text: &str, bytes: &[u8], points: &[Point], point: &Point, path: &Path) -> Result<usize>;
    /// What may be absent.
    fn optional(&self, text: Option<&str>, bytes: Option<&[u8]>, point: Option<&Point>) -> Result<usize>;
    /// What belongs to the method.
    fn owned(&self, points: Vec<Point>, path: PathBuf, map: HashMap<String, Vec<Option<Point>>>) -> Result<usize>;
    /// What is one or the other.
    fn either(&self, text: Cow<'_, str>, pair: (u8, [u8; 2])) -> Result<String>;
    /// An argument of each letter.
    fn twelve(
        &self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
    ) -> Result<u8>;
}

struct Counts;

impl Everything for Counts {
    fn nothing(&self) -> Result<()> {
        Ok(())
    }
    fn borrowed(&self, text: &str, bytes: &[u8], points: &[Point], point: &Point, path: &Path) -> Result<usize> {
        Ok(text.len() + bytes.len() + points.len() + usize::from(points.contains(point)) + path.components().count())
    }
    fn optional(&self, text: Option<&str>, bytes: Option<&[u8]>, point: Option<&Point>) -> Result<usize> {
        Ok(text.map_or(0, str::len) + bytes.map_or(0, <[u8]>::len) + usize::from(point.is_some()))
    }
    fn owned(&self, points: Vec<Point>, path: PathBuf, map: HashMap<String, Vec<Option<Point>>>) -> Result<usize> {
        Ok(points.len() + path.components().count() + map.len())
    }
    fn either(&self, text: Cow<'_, str>, pair: (u8, [u8; 2])) -> Result<String> {
        Ok(format!("{text} {pair:?}"))
    }
    fn twelve(
        &self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
    ) -> Result<u8> {
        Ok(a + b + c + d + e + f + g + h + i + j + k + l)
    }
}

/// The async client has the same methods; their futures can be sent to other threads.
fn each(client: &EverythingAsyncClient, point: &Point, points: &[Point]) {
    sends(client.nothing());
    sends(client.borrowed("four", b"abc", points, point, Path::new("a/b")));
    sends(client.optional(Some("four"), None, Some(point)));
    sends(client.owned(points.to_vec(), PathBuf::from("a"), HashMap::new()));
    sends(client.either("x".into(), (1, [2, 3])));
    sends(client.twelve(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
}

fn sends<R>(_: impl Future<Output = Result<R>> + Send) {}

fn main() {
    let _each = each;
    let client = EverythingClient::local(Counts);
    let point = Point { x: 1, y: 2 };
    let points = [point.clone(), point.clone()];
    client.nothing().unwrap();
    assert_eq!(client.borrowed("four", b"abc", &points, &point, Path::new("a/b")).unwrap(), 12);
    assert_eq!(client.optional(Some("four"), None, Some(&point)).unwrap(), 5);
    assert_eq!(client.owned(points.to_vec(), PathBuf::from("a"), HashMap::new()).unwrap(), 3);
    assert_eq!(client.either("x".into(), (1, [2, 3])).unwrap(), "x (1, [2, 3])");
    assert_eq!(client.twelve(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1).unwrap(), 12);

    assert_eq!((EverythingClient::NAME, EverythingClient::VERSION, EverythingClient::MIN_VERSION), ("everything", 3, 2));
    assert_eq!((EverythingClient::COOKIE_KEY, EverythingClient::COOKIE_VALUE), ("OUTBOARD", "everything"));
    assert_eq!((EverythingAsyncClient::NAME, EverythingAsyncClient::VERSION), ("everything", 3));
    assert_eq!(EverythingClient::DOCS, "Takes everything.");
    let names: Vec<_> = EverythingServer::<Counts>::METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, ["nothing", "borrowed", "optional", "owned", "either", "twelve"]);
    assert_eq!(client.version(), 3);
    assert_eq!(format!("{client:?} {:?}", EverythingServer::new(Counts)), "EverythingClient(local) EverythingServer(..)");
}
