//! Where computing is done: small work at once, large work on threads that may be kept busy, no more
//! of them at a time than there are processors.
//!
//! Start at [`Workers::compute`] and [`promptly`].

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;

use super::rejection::Fault;

/// Work on messages up to this size is done on the runtime's own threads: it takes a millisecond or
/// few. Handing messages of 10 KB to other threads gave 6 % fewer exchanges, though a fifth less
/// latency at p99 (`docs/performance.md`). Larger ones would keep others waiting.
const INLINE_BYTES_MAX: usize = 64 * 1024;

/// Of messages above this size one is worked on at a time: each takes some hundred megabytes and most
/// of a second, and those between would wait behind it with all processors taken.
const ALONE_BYTES_MIN: usize = 4 << 20;

/// Who computes. Clones share the processors.
#[derive(Debug, Clone)]
pub(super) struct Workers {
    /// For the largest messages.
    alone: Arc<Semaphore>,
    /// One for each processor: more at a time end no sooner, and a message of 64 MiB takes some
    /// hundred megabytes while it is worked on.
    free: Arc<Semaphore>,
}

impl Workers {
    pub(super) fn new() -> Self {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Self {
            alone: Arc::new(Semaphore::new(1)),
            free: Arc::new(Semaphore::new(processors)),
        }
    }

    /// Does `work` on a message of `bytes` bytes; large work waits for its turn.
    ///
    /// # Errors
    /// [`Fault::Worker`] when the work panicked.
    pub(super) async fn compute<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        if bytes <= INLINE_BYTES_MAX {
            return promptly(bytes, work).await;
        }
        let turn = |of: &Arc<Semaphore>| Arc::clone(of).acquire_owned();
        let alone = match bytes > ALONE_BYTES_MIN {
            true => Some(turn(&self.alone).await.map_err(|_| Fault::Worker)?),
            false => None,
        };
        let turn = turn(&self.free).await.map_err(|_| Fault::Worker)?;
        // The turn ends with the work, even when nobody waits for it any more.
        let work = move || {
            let done = work();
            drop((turn, alone));
            done
        };
        promptly(bytes, work).await
    }
}

/// Does `work` on a message of `bytes` bytes without waiting for a turn: for what others wait for,
/// such as the receipt at a reserved place of the log.
///
/// # Errors
/// [`Fault::Worker`] when the work panicked.
pub(super) async fn promptly<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    if bytes <= INLINE_BYTES_MAX {
        // What the work holds is gone with it: nobody sees anything that it left half done.
        return catch_unwind(AssertUnwindSafe(work)).map_err(|_| Fault::Worker);
    }
    let work = tokio::task::spawn_blocking(work);
    work.await.map_err(|_| Fault::Worker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_and_large_work_is_done_and_a_panic_is_a_fault() {
        let workers = Workers::new();
        for bytes in [0, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1] {
            assert_eq!(workers.compute(bytes, || 7).await.ok(), Some(7));
            let failed = workers.compute(bytes, || panic!("on purpose")).await;
            assert!(matches!(failed, Err(Fault::Worker)), "{bytes}");
        }
    }

    #[tokio::test]
    async fn of_the_largest_one_is_worked_on_and_others_pass_by() {
        let workers = Workers::new();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let first = workers.clone().largest(move || ended.recv().is_ok());
        let first = tokio::spawn(first);
        while workers.alone.available_permits() == 1 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn(workers.clone().largest(|| true));
        if workers.free.available_permits() > 0 {
            assert_eq!(workers.compute(ALONE_BYTES_MIN, || 7).await.ok(), Some(7));
        }
        assert!(!second.is_finished(), "it waits for the first");
        end.send(()).unwrap();
        assert_eq!(first.await.unwrap().ok(), Some(true));
        assert_eq!(second.await.unwrap().ok(), Some(true));
    }

    impl Workers {
        async fn largest(
            self,
            work: impl FnOnce() -> bool + Send + 'static,
        ) -> Result<bool, Fault> {
            self.compute(ALONE_BYTES_MIN + 1, work).await
        }
    }

    #[tokio::test]
    async fn large_work_is_done_a_few_at_a_time_and_all_of_it() {
        let workers = Workers::new();
        let bytes = |number| match number % 2 {
            0 => INLINE_BYTES_MAX + 1,
            _ => ALONE_BYTES_MIN + 1,
        };
        let many = (0..50).map(|number| workers.compute(bytes(number), move || number));
        let mut done = Vec::new();
        for one in many.collect::<Vec<_>>() {
            done.push(one.await.unwrap());
        }
        assert_eq!(done, (0..50).collect::<Vec<_>>());
    }
}
