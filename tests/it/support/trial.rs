//! Gateways as child processes on loopback, with throw-away keys and the project's own packages.
//!
//! Start at [`Trial::new`] and [`Trial::serve`]. What a gateway says stands in `gateway.log` of its
//! folder; whatever still runs is killed when the trial is dropped.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use corridor::cli::https::{Https, tls_settings};
use corridor::cli::trial::world::{Party, Spec, World};
use corridor::clock::Clock;
use http::{Method, StatusCode};
use ring::rand::SystemRandom;
use tempfile::TempDir;

use super::Ran;

/// Longest that anything may take that another process has to do; loaded machines are slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at another process.
const LOOK: Duration = Duration::from_millis(20);

/// The folder of the project's own packages.
pub(crate) fn schemas() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas"))
}

/// A file below [`schemas`], as text.
pub(crate) fn sample(path: &str) -> String {
    fs::read_to_string(schemas().join(path)).unwrap()
}

/// Looks until `found` finds something.
pub(crate) async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        let mut tick = tokio::time::interval(LOOK);
        loop {
            tick.tick().await;
            if let Some(found) = found().await {
                return found;
            }
        }
    };
    let waited = tokio::time::timeout(PATIENCE, looking).await;
    waited.unwrap_or_else(|_| panic!("waited too long for {what}"))
}

/// Parties with folders of their own, and those gateways of them that run.
pub(crate) struct Trial {
    running: BTreeMap<String, Child>,
    /// What is added to the environment of everything that is started.
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) world: Arc<World>,
    pub(crate) dir: TempDir,
}

impl Trial {
    /// These parties, each with its lanes, a store and no running gateway.
    pub(crate) fn new(names: &[&'static str]) -> Self {
        let specs: Vec<Spec> = names
            .iter()
            .map(|name| Spec::of(name, schemas()).unwrap())
            .collect();
        Self::of(&specs, schemas())
    }

    /// Parties with lanes of the test's own, and other packages.
    pub(crate) fn of(specs: &[Spec], schemas: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Clock::machine().wall();
        let random = SystemRandom::new();
        let world = World::build(dir.path(), schemas, specs, now, &random).unwrap();
        let trial = Self {
            running: BTreeMap::new(),
            environment: Vec::new(),
            world: Arc::new(world),
            dir,
        };
        for spec in specs {
            trial.command(spec.name, "init").ok();
        }
        trial
    }

    /// The same, with all gateways running.
    pub(crate) async fn running(names: &[&'static str]) -> Self {
        let mut trial = Self::new(names);
        trial.serve(names).await;
        trial
    }

    pub(crate) fn party(&self, name: &str) -> &Party {
        self.world.party(name).unwrap()
    }

    /// A path in a party's folder.
    pub(crate) fn path(&self, name: &str, file: &str) -> PathBuf {
        self.party(name).dir.join(file)
    }

    /// Runs `corridor COMMAND --config gateway.toml` with a party's file.
    pub(crate) fn command(&self, name: &str, command: &str) -> Ran {
        self.corridor()
            .args(super::words(command))
            .arg("--config")
            .arg(self.party(name).config())
            .stdin(Stdio::null())
            .output()
            .unwrap()
            .into()
    }

    fn corridor(&self) -> Command {
        let mut corridor = Command::new(env!("CARGO_BIN_EXE_corridor"));
        corridor.envs(self.environment.iter().map(|(name, value)| (name, value)));
        corridor
    }

    /// Starts gateways and waits until all take messages.
    pub(crate) async fn serve(&mut self, names: &[&str]) {
        for name in names {
            let log = File::options()
                .create(true)
                .append(true)
                .open(self.path(name, "gateway.log"))
                .unwrap();
            let child = self
                .corridor()
                .args(["serve", "--config"])
                .arg(self.party(name).config())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap();
            self.running.insert((*name).to_owned(), child);
        }
        for name in names {
            self.ready(name).await;
        }
    }

    async fn ready(&mut self, name: &str) {
        let party = self.party(name);
        let address = party.national_address;
        let tls = tls_settings(party.anchor_pem.as_bytes(), None).unwrap();
        let log = self.path(name, "gateway.log");
        let child = self.running.get_mut(name).unwrap();
        until("readiness", async || {
            if let Some(status) = child.try_wait().unwrap() {
                let said = fs::read_to_string(&log).unwrap();
                panic!("{name} ended with {status}: {said}");
            }
            let mut https = Https::connect(address, &tls).await.ok()?;
            let asked = https.request(Method::GET, "/readyz", &[], Bytes::new());
            (asked.await.ok()?.status == StatusCode::OK).then_some(())
        })
        .await;
    }

    /// Runs `corridor serve`, which must end by itself, and say this.
    #[track_caller]
    pub(crate) fn refuses(&self, name: &str, code: &str) -> String {
        let child = self
            .corridor()
            .args(["serve", "--config"])
            .arg(self.party(name).config())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id().to_string();
        let (ended, end) = mpsc::channel();
        let waiting = thread::spawn(move || ended.send(child.wait_with_output().unwrap()));
        let Ok(output) = end.recv_timeout(PATIENCE) else {
            Command::new("kill").args(["-KILL", &pid]).status().unwrap();
            panic!("it serves");
        };
        waiting.join().unwrap().unwrap();
        Ran::from(output).fails(1, code)
    }

    /// With what environment a gateway runs, as the system tells it.
    pub(crate) fn environment(&self, name: &str) -> String {
        let pid = self.running.get(name).unwrap().id();
        let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap();
        String::from_utf8(bytes).unwrap().replace('\0', "\n")
    }

    /// SIGKILL: the gateway gets no chance to say anything.
    pub(crate) fn kill(&mut self, name: &str) {
        let mut child = self.running.remove(name).unwrap();
        child.kill().unwrap();
        assert_eq!(
            child.wait().unwrap().signal(),
            Some(9),
            "it had ended before"
        );
    }

    /// SIGTERM, and the gateway must drain and end well.
    pub(crate) fn stop(&mut self, name: &str) {
        let mut child = self.running.remove(name).unwrap();
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(sent.success());
        assert!(child.wait().unwrap().success());
    }

    /// SIGHUP; what the gateway says until it has read its files again.
    pub(crate) async fn reload(&self, name: &str) -> String {
        let log = self.path(name, "gateway.log");
        let before = fs::read(&log).unwrap().len();
        let pid = self.running.get(name).unwrap().id().to_string();
        let sent = Command::new("kill").args(["-HUP", &pid]).status().unwrap();
        assert!(sent.success());
        until("the reload", async || {
            let said = String::from_utf8(fs::read(&log).unwrap().split_off(before)).unwrap();
            let over = ["was replaced", "stays as it was"];
            over.iter().any(|end| said.contains(end)).then_some(said)
        })
        .await
    }

    /// The same, where the files must be taken.
    pub(crate) async fn reloaded(&self, name: &str) {
        let said = self.reload(name).await;
        assert!(said.contains("was replaced"), "{said}");
    }

    /// A gateway whose files are as they should be: every byte of the store is read.
    #[track_caller]
    pub(crate) fn sound(&self, name: &str) {
        for command in ["store check", "log fsck"] {
            self.command(name, command).ok();
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        for child in self.running.values_mut() {
            // It may have ended by itself; then there is nothing to kill.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
