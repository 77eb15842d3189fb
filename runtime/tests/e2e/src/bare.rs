//! The descriptors of a plugin without the SDK, without buffers.

use std::io::{self, Read};
use std::thread;

use rustix::stdio::{stdin, stdout};

/// Descriptor 0.
#[derive(Clone, Copy, Debug)]
pub struct Input;

impl Read for Input {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(stdin(), room)?)
    }
}

/// Writes to descriptor 1; a host that has left is no reason to go on.
pub fn write(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match rustix::io::write(stdout(), bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(_) => std::process::exit(1),
        }
    }
}

/// Does nothing any more.
pub fn hang() -> ! {
    loop {
        thread::park();
    }
}
