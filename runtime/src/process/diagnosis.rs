//! Why a program could not be started, in a sentence that says what to do.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::io::Errno;

use super::plan::Plan;
use crate::error::{Error, ErrorKind};
use crate::escape::{escape, escape_bytes};

/// Turns what the system said about a start into an error for a person.
///
/// Looks at the file again, so it can be wrong about one that changed meanwhile; the system's own
/// words are the error's source.
pub(super) fn spawn_error(plan: &Plan, error: io::Error) -> Error {
    let what = subject(plan);
    let (message, transient) = match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) if let Some(why) = bad_directory(plan) => (why, false),
        Some(Errno::NOENT | Errno::NOTDIR) => (missing(plan, &what), false),
        Some(Errno::ACCESS) => (denied(&plan.program, &what), false),
        Some(Errno::NOEXEC) => (wrong_format(&plan.program, &what), false),
        Some(Errno::PERM) => {
            (format!("the system does not permit starting {what} (a user or group to change to?)"), false)
        }
        Some(Errno::TOOBIG) => (too_big(plan, &what), false),
        Some(Errno::AGAIN) => (format!("{what} was not started: this user has as many processes as it may"), true),
        Some(Errno::NOMEM) => (format!("{what} was not started: the system is out of memory"), true),
        Some(Errno::MFILE) => (format!("{what} was not started: this process has as many files open as it may"), true),
        Some(Errno::NFILE) => (format!("{what} was not started: the system has as many files open as it may"), true),
        Some(Errno::TXTBSY) => (format!("{what} is still being written: some process has it open for writing"), true),
        _ => (format!("{what} could not be started"), false),
    };
    let built = Error::build(ErrorKind::Spawn, message).source(error);
    if transient { built.transient().finish() } else { built.finish() }
}

/// Our own thread or its pipe could not be made; there is nothing wrong with the program.
pub(super) fn no_caretaker(error: io::Error) -> Error {
    let message = "the thread that looks after plugin processes could not be started";
    Error::build(ErrorKind::Spawn, message).source(error).transient().finish()
}

fn subject(plan: &Plan) -> String {
    let path = shown(&plan.program);
    if plan.looked_up { format!("`{path}` (found on the PATH)") } else { format!("`{path}`") }
}

fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}

/// The directory to start in is blamed before the file: the system reports both alike.
fn bad_directory(plan: &Plan) -> Option<String> {
    let directory = plan.command.get_current_dir()?;
    let path = shown(directory);
    match fs::metadata(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some(format!("the directory `{path}` to start `{}` in does not exist", plan.name))
        }
        Err(_) => Some(format!("the directory `{path}` to start `{}` in cannot be reached", plan.name)),
        Ok(metadata) if !metadata.is_dir() => {
            Some(format!("`{path}`, to start `{}` in, is not a directory", plan.name))
        }
        Ok(_) => None,
    }
}

fn missing(plan: &Plan, what: &str) -> String {
    let path = &plan.program;
    if path.exists() {
        return match interpreter(path) {
            Some(interpreter) => {
                format!("{what} exists, but the interpreter that its first line names is missing: `{interpreter}`")
            }
            None => format!(
                "{what} exists, but the loader that it asks for (its dynamic linker) is missing: was it built for another system?"
            ),
        };
    }
    if plan.looked_up && !path.is_absolute() {
        return format!("there is no program `{}` on the PATH that it would be started with", plan.name);
    }
    match fs::read_link(path) {
        Ok(target) => format!("{what} is a symbolic link to `{}`, which does not exist", shown(&target)),
        Err(_) => format!("there is no file {what}"),
    }
}

fn denied(path: &Path, what: &str) -> String {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(_) => return format!("{what} cannot be reached: a directory above it is closed to this user"),
    };
    let mode = metadata.mode() & 0o7777;
    if !metadata.is_file() {
        format!("{what} is {}, not a program", kind(&metadata))
    } else if mode & 0o111 == 0 {
        format!("{what} is not executable (mode {mode:04o}, owner {}): `chmod +x` makes it so", metadata.uid())
    } else if let Some(interpreter) = interpreter(path) {
        let owner = metadata.uid();
        format!(
            "{what} (mode {mode:04o}, owner {owner}) or its interpreter `{interpreter}` may not be executed by this user"
        )
    } else {
        let owner = metadata.uid();
        format!(
            "{what} may not be executed by this user (mode {mode:04o}, owner {owner}), or its file system is mounted `noexec`"
        )
    }
}

fn kind(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn too_big(plan: &Plan, what: &str) -> String {
    let (arguments, variables) = (plan.command.get_args().len(), plan.variables);
    format!(
        "{what} was not started: its {arguments} arguments and {variables} variables are more than the system takes"
    )
}

fn wrong_format(path: &Path, what: &str) -> String {
    let start = start_of(path);
    let found = match start.as_slice() {
        [] => "it is empty".to_owned(),
        [0x7f, b'E', b'L', b'F', ..] => format!("it was built for another machine ({})", elf_machine(&start)),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => "it was built for macOS".to_owned(),
        [b'M', b'Z', ..] => "it was built for Windows".to_owned(),
        [b'#', b'!', ..] => "its `#!` line is not usable".to_owned(),
        text if std::str::from_utf8(text).is_ok() => "it is text without a `#!` line".to_owned(),
        other => format!("it starts with {:02x?}", other.get(..4).unwrap_or(other)),
    };
    format!("{what} is not a program that this machine can run: {found}")
}

/// The field `e_machine` of an ELF header, in the byte order that the header names.
fn elf_machine(header: &[u8]) -> String {
    let machine = match header {
        [_, _, _, _, _, 2, _, _, _, _, _, _, _, _, _, _, _, _, high, low, ..]
        | [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, low, high, ..] => u16::from_be_bytes([*high, *low]),
        _ => return "its header is cut short".to_owned(),
    };
    match machine {
        3 => "32-bit x86".to_owned(),
        8 => "MIPS".to_owned(),
        21 => "PowerPC".to_owned(),
        22 => "S/390".to_owned(),
        40 => "32-bit ARM".to_owned(),
        62 => "x86-64".to_owned(),
        183 => "64-bit ARM".to_owned(),
        243 => "RISC-V".to_owned(),
        258 => "LoongArch".to_owned(),
        other => format!("machine number {other}"),
    }
}

/// What a script's `#!` line names.
fn interpreter(path: &Path) -> Option<String> {
    let start = start_of(path);
    let line = start.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    let name = line.trim_ascii().split(u8::is_ascii_whitespace).next()?;
    // A carriage return from an editor on Windows is a part of the name, and the usual culprit.
    let end = if line.ends_with(b"\r") && name.len() == line.trim_ascii().len() { "\\r" } else { "" };
    Some(format!("{}{end}", escape_bytes(name)))
}

/// The first bytes of a file; none if it cannot be read or is no file (a pipe would block).
fn start_of(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    if path.is_file()
        && let Ok(file) = File::open(path)
    {
        let _ = file.take(256).read_to_end(&mut start);
    }
    start
}
