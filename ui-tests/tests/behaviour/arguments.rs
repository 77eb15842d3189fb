//! Every way to pass an argument, and what a method may return.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use outboard::{Interface, Result, plugin_interface, testing};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Point {
    x: i32,
    y: i32,
}

const POINT: Point = Point { x: -1, y: i32::MAX };

#[tokio::test]
async fn no_argument_and_no_answer() {
    #[plugin_interface(version = 1)]
    trait Nothing {
        async fn nothing(&self) -> Result<()>;
    }
    #[plugin_interface(version = 1)]
    trait Blocks {
        fn nothing(&self) -> Result<()>;
    }
    struct Here;
    impl Nothing for Here {
        async fn nothing(&self) -> Result<()> {
            Ok(())
        }
    }
    impl Blocks for Here {
        fn nothing(&self) -> Result<()> {
            Ok(())
        }
    }
    testing::connect(NothingServer::new(Here)).await.unwrap().nothing().await.unwrap();
    testing::connect_blocking(BlocksServer::new(Here)).unwrap().nothing().unwrap();
    let client: BlocksAsyncClient = testing::connect_as(BlocksServer::new(Here)).await.unwrap();
    client.nothing().await.unwrap();
}

#[tokio::test]
async fn twelve_arguments() {
    both! {
        #[allow(clippy::too_many_arguments, reason = "as many as people have")]
        fn all(
            &self, a: u8, b: &str, c: u16, d: &[u8], e: u32, f: Vec<u8>,
            g: u64, h: Option<&str>, i: i8, j: bool, k: char, l: f64,
        ) -> Result<String> {
            Ok(format!("{a} {b} {c} {d:?} {e} {f:?} {g} {h:?} {i} {j} {k} {l}"))
        }
        calls
        all(1, "b", 3, &[4], 5, vec![6], 7, Some("h"), -9, true, 'k', 1.25) =>
            "1 b 3 [4] 5 [6] 7 Some(\"h\") -9 true k 1.25";
    }
}

#[tokio::test]
async fn integers_of_every_width() {
    both! {
        fn small(&self, a: u8, b: i8, c: u16, d: i16) -> Result<(u8, i8, u16, i16)> { Ok((a, b, c, d)) }
        fn large(&self, a: u64, b: i64, c: u128, d: i128) -> Result<(u64, i64, u128, i128)> { Ok((a, b, c, d)) }
        fn native(&self, a: usize, b: isize) -> Result<(usize, isize)> { Ok((a, b)) }
        calls
        small(u8::MAX, i8::MIN, u16::MAX, i16::MIN) => (u8::MAX, i8::MIN, u16::MAX, i16::MIN);
        large(u64::MAX, i64::MIN, u128::MAX, i128::MIN) => (u64::MAX, i64::MIN, u128::MAX, i128::MIN);
        native(usize::MAX, isize::MIN) => (usize::MAX, isize::MIN);
    }
}

#[tokio::test]
async fn a_type_of_the_author_by_value() {
    both! {
        fn mirror(&self, point: Point) -> Result<Point> { Ok(Point { x: point.y, y: point.x }) }
        calls mirror(POINT) => Point { x: i32::MAX, y: -1 };
    }
}

#[tokio::test]
async fn a_type_of_the_author_by_reference() {
    both! {
        fn mirror(&self, point: &Point) -> Result<Point> { Ok(Point { x: point.y, y: point.x }) }
        calls mirror(&POINT) => Point { x: i32::MAX, y: -1 };
    }
}

#[tokio::test]
async fn an_enum_of_the_author() {
    #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
    enum Shape {
        Nothing,
        Dot(Point),
        Line { from: Point, to: Box<Shape> },
    }
    let line = Shape::Line { from: POINT, to: Box::new(Shape::Dot(POINT)) };
    both! {
        fn echo(&self, shape: &Shape) -> Result<Shape> { Ok(shape.clone()) }
        calls
        echo(&Shape::Nothing) => Shape::Nothing;
        echo(&line) => line;
    }
}

#[tokio::test]
async fn text_by_reference() {
    both! {
        fn shout(&self, text: &str) -> Result<String> { Ok(text.to_uppercase()) }
        calls
        shout("größe") => "GRÖSSE";
        shout("") => "";
    }
}

#[tokio::test]
async fn text_by_value() {
    both! {
        #[allow(clippy::ptr_arg, reason = "a part of what is shown")]
        fn join(&self, first: String, second: &String) -> Result<String> { Ok(first + second) }
        calls join("a".to_owned(), &"b".to_owned()) => "ab";
    }
}

#[tokio::test]
async fn a_slice_of_types_of_the_author() {
    both! {
        fn last(&self, points: &[Point]) -> Result<Option<Point>> { Ok(points.last().cloned()) }
        calls
        last(&[Point { x: 0, y: 0 }, POINT]) => Some(POINT);
        last(&[]) => None;
    }
}

#[tokio::test]
async fn a_slice_of_text() {
    both! {
        fn join(&self, words: &[String]) -> Result<String> { Ok(words.join("-")) }
        calls join(&["a".to_owned(), "b".to_owned()]) => "a-b";
    }
}

#[tokio::test]
async fn a_reference_that_may_be_absent() {
    both! {
        fn sum(&self, point: Option<&Point>) -> Result<Option<i64>> {
            Ok(point.map(|point| i64::from(point.x) + i64::from(point.y)))
        }
        calls
        sum(Some(&POINT)) => Some(i64::from(i32::MAX) - 1);
        sum(None) => None;
    }
}

#[tokio::test]
async fn text_that_may_be_absent() {
    both! {
        fn length(&self, text: Option<&str>) -> Result<Option<usize>> { Ok(text.map(str::len)) }
        calls
        length(Some("four")) => Some(4);
        length(Some("")) => Some(0);
        length(None) => None;
    }
}

#[tokio::test]
async fn an_owned_value_that_may_be_absent() {
    both! {
        fn echo(&self, point: Option<Point>, again: Option<Option<u8>>) -> Result<(Option<Point>, Option<Option<u8>>)> {
            Ok((point, again))
        }
        calls
        echo(Some(POINT), Some(Some(1))) => (Some(POINT), Some(Some(1)));
        echo(None, None) => (None, None);
    }
}

#[tokio::test]
async fn a_slice_that_may_be_absent() {
    both! {
        fn count(&self, points: Option<&[Point]>) -> Result<Option<usize>> { Ok(points.map(<[Point]>::len)) }
        calls
        count(Some(&[POINT])) => Some(1);
        count(None) => None;
    }
}

#[tokio::test]
async fn arrays() {
    both! {
        fn swap(&self, pair: [u16; 2], points: &[Point; 1]) -> Result<([u16; 2], [Point; 1])> {
            let [first, second] = pair;
            Ok(([second, first], points.clone()))
        }
        calls swap([1, 2], &[POINT]) => ([2, 1], [POINT]);
    }
}

#[tokio::test]
async fn tuples() {
    both! {
        fn turn(&self, mixed: (u8, String), nested: &((u8, u8), Point)) -> Result<(String, u8, Point)> {
            Ok((mixed.1, mixed.0 + nested.0.0, nested.1.clone()))
        }
        calls turn((1, "x".to_owned()), &((2, 3), POINT)) => ("x".to_owned(), 3, POINT);
    }
}

#[tokio::test]
async fn generics_in_generics() {
    let map: HashMap<String, Vec<Option<Point>>> =
        [("a".to_owned(), vec![Some(POINT), None]), ("b".to_owned(), Vec::new())].into();
    both! {
        fn by_value(&self, map: HashMap<String, Vec<Option<Point>>>) -> Result<HashMap<String, Vec<Option<Point>>>> {
            Ok(map)
        }
        fn by_reference(&self, map: &HashMap<String, Vec<Option<Point>>>) -> Result<BTreeMap<String, usize>> {
            Ok(map.iter().map(|(name, points)| (name.clone(), points.len())).collect())
        }
        calls
        by_value(map.clone()) => map;
        by_reference(&map) => BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 0)]);
    }
}

#[tokio::test]
async fn boxes() {
    both! {
        fn open(&self, point: Box<Point>, text: Box<str>) -> Result<Box<(Point, String)>> {
            Ok(Box::new((*point, text.into_string())))
        }
        calls open(Box::new(POINT), "text".into()) => Box::new((POINT, "text".to_owned()));
    }
}

#[tokio::test]
async fn text_that_is_owned_or_borrowed() {
    both! {
        fn length(&self, text: Cow<'_, str>) -> Result<usize> { Ok(text.len()) }
        fn echo(&self, text: Cow<'_, str>) -> Result<Cow<'static, str>> { Ok(text.into_owned().into()) }
        calls
        length("four".into()) => 4;
        length("three".to_owned().into()) => 5;
        echo("four".into()) => "four";
    }
}

#[tokio::test]
async fn paths() {
    both! {
        fn parent(&self, path: &Path) -> Result<Option<PathBuf>> { Ok(path.parent().map(Path::to_path_buf)) }
        fn child(&self, path: PathBuf, below: Option<&Path>) -> Result<PathBuf> {
            Ok(below.map_or_else(|| path.clone(), |below| path.join(below)))
        }
        calls
        parent(Path::new("a/b")) => Some(PathBuf::from("a"));
        parent(Path::new("/")) => None;
        child(PathBuf::from("a"), Some(Path::new("b"))) => PathBuf::from("a/b");
        child(PathBuf::from("a"), None) => PathBuf::from("a");
    }
}

#[tokio::test]
async fn durations() {
    both! {
        fn twice(&self, time: Duration) -> Result<Duration> { Ok(time * 2) }
        calls twice(Duration::new(1, 500_000_001)) => Duration::new(3, 2);
    }
}

#[tokio::test]
async fn a_generic_type_of_the_author() {
    #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
    struct Pair<A, B = A> {
        first: A,
        second: B,
    }
    both! {
        fn turn(&self, pair: &Pair<u8, String>) -> Result<Pair<String, u8>> {
            Ok(Pair { first: pair.second.clone(), second: pair.first })
        }
        fn same(&self, pair: Pair<u8>) -> Result<bool> { Ok(pair.first == pair.second) }
        calls
        turn(&Pair { first: 1, second: "b".to_owned() }) => Pair { first: "b".to_owned(), second: 1 };
        same(Pair { first: 1, second: 1 }) => true;
    }
}

#[tokio::test]
async fn what_an_interface_says_of_itself() {
    /// Takes everything.
    #[plugin_interface(version = 3, min_version = 2, name = "everything")]
    trait Everything {
        /// Twice.
        async fn twice(&self, number: u8) -> Result<u8>;
        async fn nothing(&self) -> Result<()>;
    }
    /// Takes everything and blocks.
    #[plugin_interface(version = 3, min_version = 2, name = "all", cookie = "secret")]
    trait Blocks {
        fn twice(&self, number: u8) -> Result<u8>;
    }
    struct Here;
    impl Everything for Here {
        async fn twice(&self, number: u8) -> Result<u8> {
            Ok(number * 2)
        }
        async fn nothing(&self) -> Result<()> {
            Ok(())
        }
    }
    impl Blocks for Here {
        fn twice(&self, number: u8) -> Result<u8> {
            Ok(number * 2)
        }
    }
    let client = testing::connect(EverythingServer::new(Here)).await.unwrap();
    assert_eq!((client.twice(2).await.unwrap(), client.version()), (4, 3));
    client.nothing().await.unwrap();
    assert_eq!(
        (EverythingClient::NAME, EverythingClient::VERSION, EverythingClient::MIN_VERSION),
        ("everything", 3, 2)
    );
    assert_eq!((EverythingClient::COOKIE_KEY, EverythingClient::COOKIE_VALUE), ("OUTBOARD", "everything"));
    assert_eq!(EverythingClient::DOCS, "Takes everything.");
    let methods: Vec<_> = EverythingServer::<Here>::METHODS.iter().map(|method| method.name).collect();
    assert_eq!(methods, ["twice", "nothing"]);
    let local = EverythingClient::local(Here);
    assert_eq!(format!("{local:?} {:?}", EverythingServer::new(Here)), "EverythingClient(local) EverythingServer(..)");

    let client = testing::connect_blocking(BlocksServer::new(Here)).unwrap();
    assert_eq!((client.twice(2).unwrap(), client.version()), (4, 3));
    assert_eq!((BlocksAsyncClient::NAME, BlocksAsyncClient::VERSION, BlocksClient::MIN_VERSION), ("all", 3, 2));
    assert_eq!((BlocksClient::COOKIE_KEY, BlocksClient::COOKIE_VALUE), ("OUTBOARD", "secret"));
    assert_eq!(BlocksClient::DOCS, "Takes everything and blocks.");
    let local = BlocksClient::local(Here);
    assert_eq!(format!("{local:?} {:?}", BlocksServer::new(Here)), "BlocksClient(local) BlocksServer(..)");
}

/// The async client of a blocking interface has futures that can go to other threads.
#[tokio::test]
async fn futures_that_go_to_another_thread() {
    #[plugin_interface(version = 1)]
    trait Measures {
        fn measure(&self, text: &str, point: Option<&Point>, more: Cow<'_, str>) -> Result<usize>;
    }
    struct Here;
    impl Measures for Here {
        fn measure(&self, text: &str, point: Option<&Point>, more: Cow<'_, str>) -> Result<usize> {
            Ok(text.len() + usize::from(point.is_some()) + more.len())
        }
    }
    let client: MeasuresAsyncClient = testing::connect_as(MeasuresServer::new(Here)).await.unwrap();
    let task = tokio::spawn(async move {
        let text = "four".to_owned();
        client.measure(&text, Some(&POINT), "xyz".into()).await
    });
    assert_eq!(task.await.unwrap().unwrap(), 8);
}
