//! An interface inside a function body, with a type from there.
#![deny(warnings)]
#![forbid(unsafe_code)]

use outboard_ui_tests::finish;

fn main() {
    use outboard::{Result, plugin_interface};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
    struct Point(u8, u8);

    #[plugin_interface(version = 1)]
    trait Mirror {
        async fn mirror(&self, point: &Point) -> Result<Point>;
    }

    struct Diagonal;

    impl Mirror for Diagonal {
        async fn mirror(&self, point: &Point) -> Result<Point> {
            Ok(Point(point.1, point.0))
        }
    }

    #[plugin_interface(version = 1)]
    trait Flip {
        fn flip(&self, point: &Point) -> Result<Point>;
    }

    impl Flip for Diagonal {
        fn flip(&self, point: &Point) -> Result<Point> {
            Ok(Point(point.1, point.0))
        }
    }

    let client = FlipClient::local(Diagonal);
    assert_eq!(client.flip(&Point(1, 2)).unwrap(), Point(2, 1));
    let _server = FlipServer::new(Diagonal);
    let _later = |client: &FlipAsyncClient| drop(client.flip(&Point(1, 2)));

    let client = MirrorClient::local(Diagonal);
    assert_eq!(finish(client.mirror(&Point(1, 2))).unwrap(), Point(2, 1));
    let _server = MirrorServer::new(Diagonal);
}
