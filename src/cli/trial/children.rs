//! Gateways as child processes.
//!
//! Start at [`Children::start`]. Dropping them ends them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use http::{Method, StatusCode};
use tokio::process::{Child, Command};

use super::world::Party;
use crate::cli::Failure;
use crate::cli::https::{Https, tls_settings};

/// How long a gateway may take until it is ready. Loading packages takes well under a second.
const READY_WAIT: Duration = Duration::from_secs(30);
/// Pause between two questions whether it is ready.
const READY_PAUSE: Duration = Duration::from_millis(50);

/// The running gateways.
#[derive(Debug)]
pub struct Children {
    program: PathBuf,
    running: Vec<(String, Child)>,
}

impl Children {
    /// Initialises and starts a gateway for each of `parties` and waits until all are ready.
    pub async fn start(parties: &[&Party]) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(system)?;
        let mut children = Self {
            program,
            running: Vec::new(),
        };
        for party in parties {
            children.init(party).await?;
        }
        children.serve_all(parties).await?;
        Ok(children)
    }

    /// Starts gateways again on the stores that they left.
    pub async fn restart(parties: &[&Party]) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(system)?;
        let mut children = Self {
            program,
            running: Vec::new(),
        };
        children.serve_all(parties).await?;
        Ok(children)
    }

    async fn serve_all(&mut self, parties: &[&Party]) -> Result<(), Failure> {
        for party in parties {
            self.serve(party)?;
        }
        for (party, (_, child)) in parties.iter().zip(&mut self.running) {
            tokio::select! {
                ready = ready(party) => ready?,
                _ended = child.wait() => {
                    let what = "the gateway did not start; see gateway.log in its folder";
                    return Err(failed(&party.id, what));
                }
            }
        }
        Ok(())
    }

    async fn init(&self, party: &Party) -> Result<(), Failure> {
        let status = Command::new(&self.program)
            .args(["init", "--config"])
            .arg(party.config())
            .stdout(Stdio::null())
            .status()
            .await
            .map_err(system)?;
        match status.success() {
            true => Ok(()),
            false => Err(failed(&party.id, "`corridor init` failed")),
        }
    }

    fn serve(&mut self, party: &Party) -> Result<(), Failure> {
        let log = party.dir.join("gateway.log");
        let child = Command::new(&self.program)
            .args(["serve", "--config"])
            .arg(party.config())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log_file(&log)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(system)?;
        self.running.push((party.id.to_string(), child));
        Ok(())
    }

    /// The process of a party's gateway.
    pub fn pid(&self, party: &str) -> Option<u32> {
        let found = self.running.iter().find(|(name, _)| name == party);
        found.and_then(|(_, child)| child.id())
    }

    /// Asks every gateway to drain and waits until all have ended.
    pub async fn stop(mut self) -> Result<(), Failure> {
        for (party, child) in &mut self.running {
            if let Some(pid) = child.id() {
                terminate(pid).await;
            }
            let status = child.wait().await.map_err(system)?;
            if !status.success() {
                return Err(failed(
                    &party,
                    "the gateway did not drain cleanly; see gateway.log in its folder",
                ));
            }
        }
        Ok(())
    }
}

/// SIGTERM by the system's own `kill`: the crate forbids unsafe code, which a direct call needs.
async fn terminate(pid: u32) {
    let sent = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
    // A process that has ended already is what was wanted; `wait` tells how it ended.
    let _ = sent.await;
}

fn log_file(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| Failure::unwritable(path, &error))
}

fn system(error: std::io::Error) -> Failure {
    Failure::ours("TRIAL_SYSTEM", error)
}

fn failed(party: &dyn std::fmt::Display, what: &str) -> Failure {
    Failure::ours("TRIAL_CHILD", format!("{party}: {what}"))
}

async fn ready(party: &Party) -> Result<(), Failure> {
    let tls = tls_settings(party.anchor_pem.as_bytes(), None)?;
    let wait = async {
        loop {
            if let Ok(mut https) = Https::connect(party.national_address, &tls).await {
                let answer = https
                    .request(Method::GET, "/readyz", &[], bytes::Bytes::new())
                    .await;
                if answer.is_ok_and(|answer| answer.status == StatusCode::OK) {
                    return;
                }
            }
            tokio::time::sleep(READY_PAUSE).await;
        }
    };
    tokio::time::timeout(READY_WAIT, wait).await.map_err(|_| {
        failed(
            &party.id,
            "the gateway was not ready in time; see gateway.log in its folder",
        )
    })
}
