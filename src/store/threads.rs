//! The threads of an open store: one writes the journal, one writes the index, one keeps the pace of
//! checkpoints.
//!
//! Start at [`start`]. They end, in this order, when the writer is told to stop.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::error::Error;
use super::journal::{Journal, io_error};
use super::shared::Core;
use super::writer::{Outgoing, Request, Writer};
use crate::evidence::CheckpointSigner;

/// Batches that the index may be behind before the writer waits for it.
const INDEX_LAG_MAX: usize = 64;

/// Starts the threads. Gives back where to ask the writer.
pub(super) fn start(
    core: &Arc<Core>,
    journal: Journal,
    signer: Arc<CheckpointSigner>,
    checkpoint_interval: Duration,
) -> Result<(Sender<Request>, Vec<JoinHandle<()>>), Error> {
    let (writer, requests) = channel();
    let (indexer, batches) = sync_channel(INDEX_LAG_MAX);
    let (pace, unpublished) = channel();
    let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        let builder = Builder::new().name(name.to_owned());
        builder
            .spawn(work)
            .map_err(io_error("start a thread for", &core.dir))
    };
    let outgoing = Outgoing {
        signer,
        indexer,
        pace,
    };
    let work = Writer::new(Arc::clone(core), journal, requests, outgoing);
    let keeper = Arc::clone(core);
    let reminded = writer.clone();
    let threads = vec![
        spawn("store-index", Box::new(move || keeper.keep_index(&batches)))?,
        spawn(
            "store-pace",
            Box::new(move || keep_pace(&unpublished, &reminded, checkpoint_interval)),
        )?,
        spawn("store-writer", Box::new(|| work.run()))?,
    ];
    Ok((writer, threads))
}

/// Reminds the writer of its checkpoint, some time after the writer says that there is one to publish.
/// Silent when nothing is written. It is a thread because only `clock` reads the clock.
fn keep_pace(unpublished: &Receiver<()>, writer: &Sender<Request>, checkpoint_interval: Duration) {
    while unpublished.recv().is_ok() {
        // One that was asked for may come in between, and then another is due: wait anew.
        while unpublished.recv_timeout(checkpoint_interval).is_ok() {}
        // When the writer is gone, the next receipt says so.
        let _ = writer.send(Request::Remind);
    }
}
