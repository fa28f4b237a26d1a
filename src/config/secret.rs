//! Where a passphrase or a PIN is: in a file, a credential of systemd, or a variable of the
//! environment. Start at [`SecretPlace`].
//!
//! It is never in the configuration itself and never on a command line, where other users see it.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use toml::Spanned;
use zeroize::Zeroizing;

use super::error::Problem;
use super::source::{Source, read_secret};

/// Most bytes of a passphrase: far beyond what people and password stores write.
const BYTES_MAX: usize = 1024;

/// Where systemd puts the credentials of a service (systemd.exec(5), "Credentials").
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// Where a passphrase or a PIN is: `{ file = "..." }`, `{ credential = "..." }` or `{ env = "..." }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// A file that nobody else reads; a line's end after it does not count.
    File(String),
    /// A credential that systemd gives the service, by its name.
    Credential(String),
    /// A variable of the environment, by its name.
    Env(String),
}

/// Written by hand: what serde says of a value that it does not take shows the value, and somebody may
/// have put the passphrase itself there.
impl<'de> Deserialize<'de> for SecretPlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlaceVisitor)
    }
}

struct PlaceVisitor;

const EXPECTED: &str = "one of { file = \"...\" }, { credential = \"...\" } and { env = \"...\" } is \
                        expected, never the secret itself";

impl<'de> Visitor<'de> for PlaceVisitor {
    type Value = SecretPlace;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<SecretPlace, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<SecretPlace, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<SecretPlace, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<SecretPlace, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretPlace, E> {
        Err(E::custom(EXPECTED))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretPlace, A::Error> {
        let wrong = || de::Error::custom(EXPECTED);
        let kind: String = map.next_key()?.ok_or_else(wrong)?;
        let make = match kind.as_str() {
            "file" => SecretPlace::File,
            "credential" => SecretPlace::Credential,
            "env" => SecretPlace::Env,
            _ => return Err(wrong()),
        };
        let name: String = map.next_value()?;
        match map.next_key::<String>()? {
            None => Ok(make(name)),
            Some(_) => Err(wrong()),
        }
    }
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {path}"),
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::Env(name) => write!(f, "environment variable {name}"),
        }
    }
}

impl SecretPlace {
    /// Gets the passphrase; paths start at `dir`.
    ///
    /// # Errors
    /// [`Problem::Unreadable`], [`Problem::Exposed`]; [`Problem::Secret`] when there is none, it is
    /// empty, longer than 1,024 bytes or no UTF-8.
    pub fn get(&self, dir: &Path) -> Result<Zeroizing<String>, Problem> {
        let problem = |problem| Problem::Secret {
            place: self.to_string(),
            problem,
        };
        let bytes = match self {
            Self::File(path) => read_secret(&dir.join(path))?,
            Self::Credential(name) => {
                let folder = std::env::var_os(CREDENTIALS_DIRECTORY);
                let folder = folder.ok_or_else(|| problem("systemd gave this process none"))?;
                let plain = !name.is_empty() && !name.contains('/') && name != "..";
                if !plain {
                    return Err(problem("the name is no file's name"));
                }
                read_secret(&PathBuf::from(folder).join(name))?
            }
            Self::Env(name) => {
                let value = std::env::var_os(name).ok_or_else(|| problem("it is not set"))?;
                Zeroizing::new(value.into_encoded_bytes())
            }
        };
        let text = str::from_utf8(&bytes).map_err(|_| problem("it is no UTF-8"))?;
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line.len() {
            0 => Err(problem("it is empty")),
            1..=BYTES_MAX => Ok(Zeroizing::new(line.to_owned())),
            _ => Err(problem("it is longer than 1,024 bytes")),
        }
    }
}

/// The passphrase of a section, if it names one: `Err` when it was named and cannot be had.
pub(super) fn get(
    place: Option<&Spanned<SecretPlace>>,
    source: &mut Source,
    key: &str,
) -> Result<Option<Zeroizing<String>>, ()> {
    let Some(place) = place else { return Ok(None) };
    match place.get_ref().get(&source.resolve("")) {
        Ok(secret) => Ok(Some(secret)),
        Err(problem) => {
            source.fault(place.span(), key, problem);
            Err(())
        }
    }
}
