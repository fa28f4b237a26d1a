//! `corridor demo`: the main job on one machine.
//!
//! Start at [`run`]. Five gateways, each a child process with its own store, keys, anchors,
//! profiles and lanes, exchange really signed messages over mutual TLS; then everything is verified
//! again from disk.

mod check;
mod corridor;
mod desk;
mod eastward;
mod faults;
mod notice;
mod refusals;
mod screen;
mod story;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args as ClapArgs;
use ring::rand::SystemRandom;

use self::desk::Desk;
use self::faults::{ours, unreadable};
use self::screen::Screen;
use self::story::{Documents, Story};
use super::trial::children::Children;
use super::trial::world::{Spec, World};
use super::{Failure, files, folders};
use crate::clock::Clock;

/// Run the main job on this machine: five gateways exchange real messages over mutual TLS.
///
/// RU, KZ, CN, MN and EU each get a gateway of their own with throw-away keys. Declarations are
/// translated, signed, delivered, verified, receipted and audited from disk; bad messages are refused;
/// control results are recognised, or not, and withdrawn.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  corridor demo
  corridor demo --once --dir /tmp/corridor-demo
  corridor demo --input my-declaration.xml")]
pub(super) struct Args {
    /// End after the exchanges; the exit code says whether everything verified again from disk.
    #[arg(long)]
    once: bool,
    /// Keep every message, receipt and log here, in a new folder. Default: a temporary folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Submit this document too, before the demo's own.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Folder of message packages. Default: `schemas` here or beside the sources.
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
}

/// Runs the demo.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| ours("RUNTIME", error))?;
    runtime.block_on(demo(args, clock))
}

async fn demo(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let mut screen = Screen::default();
    let schemas = folders::schemas_dir(args.schemas.as_deref())?;
    let documents = documents(&schemas, args.input.as_deref())?;
    let temporary = tempfile::Builder::new()
        .prefix("corridor-demo-")
        .tempdir()
        .map_err(|error| ours("DEMO_DIR", error))?;
    let dir = match &args.dir {
        Some(dir) => folders::new_dir(dir)?,
        None => temporary.path().to_owned(),
    };
    let now = clock.wall();
    let spec = |name| Spec::of(name, &schemas).map(|spec| corridor::agreed(spec, now));
    let specs = [
        spec("RU")?,
        spec("KZ")?,
        spec("CN")?,
        spec("MN")?,
        spec("EU")?,
    ];
    let world = World::build(&dir, &schemas, &specs, now, &SystemRandom::new())?;
    screen.say(&format!("Five gateways under {}", dir.display()));
    let began = clock.monotonic();
    let children = Children::start(&world.parties.iter().collect::<Vec<_>>()).await?;
    let started = clock.monotonic().saturating_sub(began);
    screen.say(&format!(
        "  RU, KZ, CN, MN and EU are ready after {} ms",
        started.as_millis()
    ));

    let mut story = Story {
        world: &world,
        clock,
        screen: &mut screen,
    };
    story.exchanges(&documents).await?;
    story.registered(&documents.kz).await?;
    let of_corridor = corridor::Documents::read(&schemas, clock.wall())?;
    story.corridor(&of_corridor).await?;
    let material = material(&world, &documents).await?;
    refusals::run(&world, clock, &mut screen, &material).await?;

    children.stop().await?;
    screen.say("\nAll five gateways have stopped. Verified again from disk, offline:");
    for party in &world.parties {
        screen.say(&check::party(party, &world, clock).await?);
    }
    screen.table();
    if args.once {
        return finish(args, temporary, &screen, &dir);
    }
    stay(&world, &screen).await?;
    finish(args, temporary, &screen, &dir)
}

/// Where to look, and whether it is still there.
fn finish(
    args: &Args,
    temporary: tempfile::TempDir,
    screen: &Screen,
    dir: &Path,
) -> Result<(), Failure> {
    match &args.dir {
        Some(_) => screen.say(&format!(
            "\nEverything is kept under {}: gateway.log, receipts, messages, keys and store of each \
             party.",
            dir.display()
        )),
        None => screen.say("\nThe temporary folder is removed; `--dir DIR` keeps it."),
    }
    temporary.close().map_err(|error| ours("DEMO_DIR", error))
}

/// Starts the gateways anew on what they left, and waits for the user.
async fn stay(world: &World, screen: &Screen) -> Result<(), Failure> {
    let children = Children::restart(&world.parties.iter().collect::<Vec<_>>()).await?;
    screen.say("\nThe gateways are up again on their stores. Ctrl-C ends them.");
    for party in &world.parties {
        screen.say(&format!(
            "  {}  partners https://{}  national https://{}",
            party.id, party.partner_address, party.national_address
        ));
    }
    let ru = world.party("RU")?;
    screen.say(&format!(
        "\nTry:\n  curl --cacert {} -H \"Authorization: Bearer $(cat {})\" https://{}/v1/log/checkpoint",
        ru.dir.join("keys/ca.pem").display(),
        ru.dir.join("keys/auditor.token").display(),
        ru.national_address,
    ));
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| ours("SIGNAL", error))?;
    children.stop().await
}

/// The project's own samples.
fn documents(schemas: &Path, own: Option<&Path>) -> Result<Documents, Failure> {
    let sample = |path: &str| files::read(&schemas.join("fcs").join(path)).map(Bytes::from);
    let fi = sample("esadout-cu/5.23.0/samples/transit-cn-fi.xml")?;
    Ok(Documents {
        kz: sample("esadout-cu/5.23.0/samples/transit-cn-kz.xml")?,
        container: sample("ed-container/5.22.0/samples/declaration-and-inventory.xml")?,
        unknown_office: elsewhere(&fi)?,
        fi,
        both: sample("esadout-cu/5.23.0/samples/transit-kz-fi.xml")?,
        own: own.map(files::read).transpose()?.map(Bytes::from),
    })
}

/// The declaration for Finland, by another id and to a town that no office table lists.
fn elsewhere(declaration: &[u8]) -> Result<Bytes, Failure> {
    let text = String::from_utf8_lossy(declaration);
    let (head, tail) = text
        .split_once("<ESADout_CUConsignee>")
        .ok_or_else(|| unreadable("the sample's consignee"))?;
    let (before, rest) = tail
        .split_once("<RUScat_ru:Town>")
        .ok_or_else(|| unreadable("the sample's town"))?;
    let (_, after) = rest
        .split_once("</RUScat_ru:Town>")
        .ok_or_else(|| unreadable("the sample's town"))?;
    let moved = format!(
        "{head}<ESADout_CUConsignee>{before}<RUScat_ru:Town>УТСЙОКИ</RUScat_ru:Town>{after}"
    );
    let id = between(&moved, "DocumentID>", "<").ok_or_else(|| unreadable("the sample's id"))?;
    Ok(moved
        .replacen(&id, "D0C00000-0000-4000-8000-00000000FF01", 1)
        .into_bytes()
        .into())
}

fn between(text: &str, open: &str, close: &str) -> Option<String> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(found, _)| found.to_owned())
}

/// What KZ received, as the raw material of bad messages.
async fn material(world: &World, documents: &Documents) -> Result<refusals::Material, Failure> {
    let mut officer = Desk::open(world.party("KZ")?, "officer").await?;
    let inbox = officer.get("/v1/inbox").await?;
    let id = inbox.pointer("/items/0/id").and_then(|id| id.as_str());
    let id = id.ok_or_else(|| unreadable("KZ's inbox"))?;
    let received = officer.fetch(&format!("/v1/inbox/{id}?original=1")).await?;
    Ok(refusals::Material {
        received: received.body,
        national: documents.kz.clone(),
    })
}
