//! Where computing is done: small work at once, large work on threads that may be kept busy.
//!
//! Start at [`compute`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::rejection::Fault;

/// Work on messages up to this size is done on the runtime's own threads: it takes a millisecond or
/// few, and handing a message of 10 KB to another thread and back costs a tenth of what is done
/// with it. Larger ones would keep others waiting.
pub(super) const INLINE_BYTES_MAX: usize = 64 * 1024;

/// Does `work` on a message of `bytes` bytes.
///
/// # Errors
/// [`Fault::Worker`] when the work panicked.
pub(super) async fn compute<T: Send + 'static>(
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
        for bytes in [0, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1] {
            assert_eq!(compute(bytes, || 7).await.ok(), Some(7));
            let failed = compute(bytes, || panic!("on purpose")).await;
            assert!(matches!(failed, Err(Fault::Worker)), "{bytes}");
        }
    }
}
