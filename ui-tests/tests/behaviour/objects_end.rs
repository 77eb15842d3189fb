//! The ends of objects that were passed.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use outboard::Result;

const LONG: Duration = Duration::from_secs(60);

#[outboard::plugin_interface(version = 1)]
trait Bell {
    fn ring(&self) -> Result<()>;
}

#[outboard::plugin_interface(version = 1)]
trait Keeper {
    fn keep(&self, bell: BellClient) -> Result<()>;
    fn forget(&self) -> Result<()>;
    fn count(&self) -> Result<u64>;
}

#[derive(Default)]
struct Kept(Mutex<Vec<BellClient>>);

impl Keeper for Kept {
    fn keep(&self, bell: BellClient) -> Result<()> {
        self.0.lock().unwrap().push(bell);
        Ok(())
    }
    fn forget(&self) -> Result<()> {
        self.0.lock().unwrap().clear();
        Ok(())
    }
    fn count(&self) -> Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }
}

/// Says goodbye to the plugin when it is dropped.
struct Polite(KeeperClient, Sender<Result<u64>>);

impl Bell for Polite {
    fn ring(&self) -> Result<()> {
        Ok(())
    }
}

impl Drop for Polite {
    fn drop(&mut self) {
        let _ = self.1.send(self.0.count());
    }
}

#[test]
fn the_destructor_of_an_object_may_call_the_plugin_that_let_go_of_it() {
    let keeper = outboard::testing::connect_blocking(KeeperServer::new(Kept::default())).unwrap();
    let (dropped, told) = channel();
    keeper.keep(BellClient::local(Polite(keeper.clone(), dropped))).unwrap();
    let (done, finished) = channel();
    thread::spawn(move || {
        keeper.forget().unwrap();
        done.send(()).unwrap();
        keeper
    });
    finished.recv_timeout(LONG).unwrap();
    assert_eq!(told.recv_timeout(LONG).unwrap().unwrap(), 0);
}
