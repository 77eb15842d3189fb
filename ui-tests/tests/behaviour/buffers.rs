//! Byte buffers, which travel in bulk.

use std::borrow::Cow;

use bytes::Bytes;
use outboard::Result;

/// Every value a byte can have, many times: more than a frame's head holds.
fn many() -> Vec<u8> {
    (0..=u8::MAX).cycle().take(200_000).collect()
}

#[tokio::test]
async fn vectors() {
    both! {
        fn reverse(&self, bytes: Vec<u8>) -> Result<Vec<u8>> { Ok(bytes.into_iter().rev().collect()) }
        calls
        reverse(vec![1, 2, 255]) => [255, 2, 1];
        reverse(Vec::new()) => b"";
        reverse(many()) => many().into_iter().rev().collect::<Vec<u8>>();
    }
}

#[tokio::test]
async fn slices() {
    both! {
        #[allow(clippy::ptr_arg, reason = "a part of what is shown")]
        fn reverse(&self, bytes: &[u8], more: &Vec<u8>) -> Result<Vec<u8>> {
            Ok(bytes.iter().chain(more).rev().copied().collect())
        }
        calls
        reverse(&[1, 2], &vec![3]) => [3, 2, 1];
        reverse(&[], &Vec::new()) => b"";
    }
}

#[tokio::test]
async fn shared_bytes() {
    both! {
        fn tail(&self, bytes: Bytes) -> Result<Bytes> { Ok(bytes.slice(1..)) }
        fn length(&self, bytes: &Bytes) -> Result<usize> { Ok(bytes.len()) }
        calls
        tail(Bytes::from_static(b"abc")) => Bytes::from_static(b"bc");
        tail(Bytes::from(many())) => many().get(1..).unwrap();
        length(&Bytes::from_static(b"abc")) => 3;
    }
}

#[tokio::test]
async fn vectors_that_may_be_absent() {
    both! {
        fn echo(&self, bytes: Option<Vec<u8>>) -> Result<Option<Vec<u8>>> { Ok(bytes) }
        calls
        echo(Some(vec![1, 255])) => Some(vec![1, 255]);
        echo(Some(Vec::new())) => Some(Vec::new());
        echo(None) => None;
    }
}

#[tokio::test]
async fn slices_that_may_be_absent() {
    both! {
        fn echo(&self, bytes: Option<&[u8]>) -> Result<Option<Vec<u8>>> { Ok(bytes.map(<[u8]>::to_vec)) }
        calls
        echo(Some(&[1, 255])) => Some(vec![1, 255]);
        echo(Some(&[])) => Some(Vec::new());
        echo(None) => None;
    }
}

#[tokio::test]
async fn shared_bytes_that_may_be_absent() {
    both! {
        fn echo(&self, bytes: Option<Bytes>) -> Result<Option<Bytes>> { Ok(bytes) }
        calls
        echo(Some(Bytes::from_static(b"abc"))) => Some(Bytes::from_static(b"abc"));
        echo(None) => None;
    }
}

#[tokio::test]
async fn by_another_name() {
    type Buffer = Vec<u8>;
    type Slice = [u8];
    type Shared = Option<Bytes>;
    type Answer = Result<Buffer>;
    both! {
        fn join(&self, first: Buffer, second: &Slice, third: Shared) -> Answer {
            Ok([first, second.to_vec(), third.unwrap_or_default().to_vec()].concat())
        }
        calls join(vec![1], &[2], Some(Bytes::from_static(&[3]))) => [1, 2, 3];
    }
}

#[tokio::test]
async fn bytes_that_are_owned_or_borrowed() {
    both! {
        fn sum(&self, bytes: Cow<'_, [u8]>) -> Result<u32> { Ok(bytes.iter().copied().map(u32::from).sum()) }
        calls
        sum(Cow::Borrowed(&[200, 200])) => 400;
        sum(Cow::Owned(vec![1])) => 1;
    }
}

#[tokio::test]
async fn inside_other_types() {
    both! {
        fn echo(
            &self, parts: Vec<Vec<u8>>, pair: (Bytes, u8), array: [u8; 3],
        ) -> Result<(Vec<Vec<u8>>, Bytes, [u8; 3])> {
            Ok((parts, pair.0, array))
        }
        calls
        echo(vec![vec![1], vec![]], (Bytes::from_static(b"x"), 1), [1, 2, 3]) =>
            (vec![vec![1], vec![]], Bytes::from_static(b"x"), [1, 2, 3]);
    }
}

#[tokio::test]
async fn among_other_arguments() {
    both! {
        fn put(&self, key: &str, first: &[u8], flag: bool, second: Vec<u8>, count: u32) -> Result<String> {
            Ok(format!("{key} {first:?} {flag} {second:?} {count}"))
        }
        calls put("k", &[1], true, vec![2], 3) => "k [1] true [2] 3";
    }
}
