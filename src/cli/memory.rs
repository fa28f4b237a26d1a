//! How the allocator treats memory: in pages of which size, and how soon it gives it back.
//!
//! Start at [`keep_pages_small`] and [`give_back_soon`].

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Has the kernel give memory in pages of its common size. The allocator asks it for huge ones, of 2 MiB
/// each: a fourth of what a gateway held was never used, and no exchange took less time for it
/// (`docs/performance.md`). Where the kernel has no such switch, nothing but the memory is lost.
pub(super) fn keep_pages_small() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Milliseconds after which mimalloc gives freed memory back; it reads this when a process begins. An
/// operator who sets it has his way.
const PURGE_DELAY: &str = "MIMALLOC_PURGE_DELAY";

/// With 10, its own default, what large messages left behind lay beside what the next ones took: half
/// as much memory again under the load mix, and not one exchange more (`docs/performance.md`).
const SOON: &str = "1";

/// Begins this process anew, under the same number, with that setting. Where the program cannot be
/// started again, nothing but the memory is lost.
pub(super) fn give_back_soon() {
    if env::var_os(PURGE_DELAY).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else {
        return;
    };
    let mut again = Command::new(program);
    if let Some(name) = env::args_os().next() {
        again.arg0(name);
    }
    // Comes back only when it failed.
    let _ = again
        .args(env::args_os().skip(1))
        .env(PURGE_DELAY, SOON)
        .exec();
}
