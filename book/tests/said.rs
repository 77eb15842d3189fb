//! The errors that the pages show as text.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::Path;

use outboard::{Error, Result, Stream, plugin_interface, testing};

#[plugin_interface(version = 1)]
trait Player {
    async fn turn(&self, board: BoardClient) -> Result<()>;
    async fn lend(&self, boards: Vec<BoardClient>) -> Result<()>;
    async fn moves(&self) -> Result<Stream<u64>>;
}

#[plugin_interface(version = 1)]
trait Board {
    async fn turn(&self) -> Result<()>;
}

struct Eager;

impl Player for Eager {
    async fn turn(&self, board: BoardClient) -> Result<()> {
        board.turn().await
    }

    async fn lend(&self, _boards: Vec<BoardClient>) -> Result<()> {
        Ok(())
    }

    async fn moves(&self) -> Result<Stream<u64>> {
        Ok(Stream::from_iter(0..))
    }
}

/// Asks the player, who asks it, who asks the player.
#[derive(Clone)]
struct Endless(PlayerClient);

impl Board for Endless {
    async fn turn(&self) -> Result<()> {
        self.0.turn(BoardClient::local(self.clone())).await
    }
}

/// The page shows the error as a block of its own.
fn assert_shown(page: &str, error: &Error) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/how-to").join(page);
    let block = format!("```text\n{error}\n```");
    assert!(fs::read_to_string(&page).unwrap().contains(&block), "{} lacks\n{block}", page.display());
}

#[tokio::test]
async fn a_loop_in_a_task_that_would_wait_for_itself() {
    let player = testing::connect(PlayerServer::new(Eager)).await.unwrap();
    let error = player.moves().await.unwrap().into_iter().find_map(Result::err).unwrap();
    assert_shown("streams.md", &error);
    assert_shown("callbacks.md", &error);
}

#[tokio::test]
async fn calls_that_never_end_calling() {
    let player = testing::connect(PlayerServer::new(Eager)).await.unwrap();
    let board = BoardClient::local(Endless(player.clone()));
    assert_shown("callbacks.md", &player.turn(board).await.unwrap_err());
}

#[tokio::test]
async fn more_clients_than_a_message_takes() {
    let player = testing::connect(PlayerServer::new(Eager)).await.unwrap();
    let board = BoardClient::local(Endless(player.clone()));
    assert_shown("callbacks.md", &player.lend(vec![board; 5000]).await.unwrap_err());
}
