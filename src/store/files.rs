//! The two small files beside the journal: whose store it is, and the last published checkpoint.
//!
//! Start at [`Identity`] and [`Published`]. Both are lines of text that end in a CRC-32 of what stands
//! before it, and have exactly one spelling, so that any changed byte is noticed:
//!
//! ```text
//! identity     corridor store 1
//!              gateway RU
//!              log ru.example/log+a1b2c3d4+AZ...   verifier key of the log (C2SP signed-note)
//!              crc32 89abcdef
//! checkpoint   corridor checkpoint 1
//!              batches 17                          whole batches of the journal under it
//!              hash 5d2c...                        hash of the last of them
//!              segment 0                           where they end
//!              offset 123456
//!                                                  empty line, then the signed note as it is
//!              crc32 89abcdef
//! ```

use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::{Damage, Error};
use super::journal::{Chain, Position, io_error, read_exact};
use crate::evidence::{Checkpoint, CheckpointVerifier, sha256};
use crate::model::{PartyId, Sha256};

/// Longest of these files: a note has 192 KiB at most.
const FILE_BYTES_MAX: u64 = 256 << 10;

/// Whose store it is. It never changes after `corridor init`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The gateway.
    pub gateway: PartyId,
    /// Verifier key of its receipt log; its name is the log's origin.
    pub log: CheckpointVerifier,
}

impl Identity {
    /// The bytes of the identity file.
    pub(super) fn encode(&self) -> Vec<u8> {
        sealed(format!(
            "corridor store 1\ngateway {}\nlog {}\n",
            self.gateway, self.log
        ))
    }

    fn decode(bytes: &[u8]) -> Result<Self, Damage> {
        let text = unsealed(bytes, "identity")?;
        let read = || {
            let mut lines = text.strip_prefix("corridor store 1\n")?.lines();
            Some(Self {
                gateway: lines.next()?.strip_prefix("gateway ")?.parse().ok()?,
                log: lines.next()?.strip_prefix("log ")?.parse().ok()?,
            })
        };
        read()
            .filter(|identity| identity.encode() == bytes)
            .ok_or(Damage::Content { what: "identity" })
    }

    /// Reads the identity of the store in `dir`, and the chain that its journal begins with.
    pub(super) fn load(disk: &dyn Disk, dir: &Path) -> Result<(Self, Chain), Error> {
        let path = identity_file(dir);
        let bytes = match read_file(disk, &path) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(Error::Missing {
                    dir: dir.to_owned(),
                });
            }
            other => other?,
        };
        let identity = Self::decode(&bytes).map_err(damage(&path))?;
        Ok((identity, Chain::genesis(sha256(&bytes))))
    }
}

/// A checkpoint that was handed out, and how much of the journal stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) checkpoint: Checkpoint,
    /// The signed note.
    pub(super) note: String,
    pub(super) batches: u64,
    pub(super) hash: Sha256,
    pub(super) end: Position,
}

impl Published {
    fn encode(&self) -> Vec<u8> {
        sealed(format!(
            "corridor checkpoint 1\nbatches {}\nhash {}\nsegment {}\noffset {}\n\n{}",
            self.batches, self.hash, self.end.segment, self.end.offset, self.note
        ))
    }

    fn decode(bytes: &[u8], log: &CheckpointVerifier) -> Result<Self, Damage> {
        let content = Damage::Content { what: "checkpoint" };
        let text = unsealed(bytes, "checkpoint")?;
        let (head, note) = text.split_once("\n\n").ok_or_else(|| content.clone())?;
        let checkpoint = Checkpoint::open(note, log).map_err(|_refused| content.clone())?;
        let read = || {
            let mut lines = head.strip_prefix("corridor checkpoint 1\n")?.lines();
            Some(Self {
                checkpoint,
                note: note.to_owned(),
                batches: lines.next()?.strip_prefix("batches ")?.parse().ok()?,
                hash: lines.next()?.strip_prefix("hash ")?.parse().ok()?,
                end: Position {
                    segment: lines.next()?.strip_prefix("segment ")?.parse().ok()?,
                    offset: lines.next()?.strip_prefix("offset ")?.parse().ok()?,
                },
            })
        };
        read()
            .filter(|published| published.encode() == bytes)
            .ok_or(content)
    }

    /// Reads the last published checkpoint and checks its signature.
    pub(super) fn load(
        disk: &dyn Disk,
        dir: &Path,
        log: &CheckpointVerifier,
    ) -> Result<Self, Error> {
        let path = checkpoint_file(dir);
        let bytes = match read_file(disk, &path) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                // It is made with the store and only ever replaced.
                let expected = "the last checkpoint";
                return Err(damage(&path)(Damage::Ends { expected }));
            }
            other => other?,
        };
        Self::decode(&bytes, log).map_err(damage(&path))
    }

    /// Makes it the last published checkpoint. When this returns, it is durable.
    pub(super) fn save(&self, disk: &dyn Disk, dir: &Path) -> Result<(), Error> {
        replace_file(disk, dir, &checkpoint_file(dir), &self.encode())
    }
}

/// The file that says whose store it is.
pub(super) fn identity_file(dir: &Path) -> PathBuf {
    dir.join("identity")
}

/// The file of the last published checkpoint.
pub(super) fn checkpoint_file(dir: &Path) -> PathBuf {
    dir.join("checkpoint")
}

/// Writes a file whole or not at all: beside it, sync, rename, sync the directory.
pub(super) fn replace_file(
    disk: &dyn Disk,
    dir: &Path,
    path: &Path,
    bytes: &[u8],
) -> Result<(), Error> {
    let beside = path.with_extension("new");
    match disk.remove(&beside) {
        // What a crash left there.
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io_error("remove", &beside)(error)),
    }
    let file = disk.create(&beside).map_err(io_error("make", &beside))?;
    file.append(bytes).map_err(io_error("write", &beside))?;
    file.sync().map_err(io_error("sync", &beside))?;
    disk.rename(&beside, path)
        .map_err(io_error("rename to", path))?;
    // Crash before this: the old file or the new one, each whole.
    disk.sync_dir(dir).map_err(io_error("sync", dir))
}

fn read_file(disk: &dyn Disk, path: &Path) -> Result<Vec<u8>, Error> {
    let file = disk.open(path).map_err(io_error("open", path))?;
    let size = file.size().map_err(io_error("read", path))?;
    if size > FILE_BYTES_MAX {
        return Err(damage(path)(Damage::Content {
            what: "file: it is too long",
        }));
    }
    read_exact(&*file, path, 0, usize::try_from(size).unwrap_or(0))
}

fn damage(path: &Path) -> impl Fn(Damage) -> Error {
    let file = path.to_owned();
    move |what| Error::Damaged {
        file: file.clone(),
        offset: 0,
        what,
    }
}

fn sealed(mut text: String) -> Vec<u8> {
    let crc = crc32fast::hash(text.as_bytes());
    text.push_str(&format!("crc32 {crc:08x}\n"));
    text.into_bytes()
}

fn unsealed<'a>(bytes: &'a [u8], of: &'static str) -> Result<&'a str, Damage> {
    let text = std::str::from_utf8(bytes).map_err(|_| Damage::Checksum { of })?;
    let split = text.len().checked_sub("crc32 01234567\n".len());
    split
        .and_then(|at| text.split_at_checked(at))
        .filter(|(text, _)| sealed((*text).to_owned()) == bytes)
        .map(|(text, _)| text)
        .ok_or(Damage::Checksum { of })
}
