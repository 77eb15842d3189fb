//! Taking stdin and stdout away from everybody else in the process.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;

/// The connection's descriptors: private, and closed in children.
pub(super) struct Claimed {
    pub(super) input: OwnedFd,
    pub(super) output: OwnedFd,
}

/// Keeps descriptors 0 and 1 as private copies and puts others in their place: whatever prints
/// from now on (`println!`, a C library, a child process) prints to stderr, which the host logs,
/// and whatever reads stdin finds its end.
pub(super) fn claim() -> io::Result<Claimed> {
    let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    let output = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    let nothing = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    if rustix::stdio::dup2_stdout(rustix::stdio::stderr()).is_err() {
        // Without a stderr there is nowhere to print to.
        rustix::stdio::dup2_stdout(&nothing)?;
    }
    Ok(Claimed { input, output })
}
