//! Files named on the command line, and standard output.
//!
//! Start at [`read`] and [`say`]. `-` stands for standard input.

use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::Failure;

/// Most bytes that a command takes from one file or from standard input: the largest message
/// (64 MiB) once more for a container of proofs and reports.
const FILE_BYTES_MAX: u64 = 128 << 20;

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| Failure::unreadable(path, &error);
    let mut bytes = Vec::new();
    let source: Box<dyn io::Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = fs::File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        // Growing on the way would take half as much memory again.
        bytes.reserve_exact(usize::try_from(size.min(FILE_BYTES_MAX)).unwrap_or(0));
        Box::new(file)
    };
    source
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size <= FILE_BYTES_MAX) {
        Ok(bytes)
    } else {
        Err(Failure::input(
            "FILE_TOO_LARGE",
            format!("{}: more than {FILE_BYTES_MAX} bytes", path.display()),
        ))
    }
}

/// Writes a result, replacing what stands there; `-` or nothing is standard output.
pub(super) fn write(path: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => fs::write(path, bytes).map_err(|error| Failure::unwritable(path, &error)),
        None => io::stdout()
            .lock()
            .write_all(bytes)
            .or_else(closed_pipe)
            .map_err(|error| Failure::unwritable(Path::new("standard output"), &error)),
    }
}

/// Writes a new file that must not exist yet; its folder is made. A secret one is readable by its
/// owner alone.
pub(super) fn create(path: &Path, bytes: &[u8], secret: bool) -> Result<(), Failure> {
    let unwritable = |error: io::Error| Failure::unwritable(path, &error);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(unwritable)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if secret { 0o600 } else { 0o644 });
    }
    let mut file = options.open(path).map_err(unwritable)?;
    file.write_all(bytes).map_err(unwritable)?;
    file.sync_all().map_err(unwritable)
}

/// Prints a line. A reader that went away (`| head`) is no fault of ours.
pub(super) fn say(line: impl Display) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").or_else(closed_pipe);
}

/// Prints a value as JSON.
pub(super) fn say_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::ours("JSON", error))?;
    say(text);
    Ok(())
}

/// Prints a line on standard error.
pub(super) fn complain(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn closed_pipe(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(error)
}
