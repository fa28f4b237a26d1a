//! What a process used, as Linux tells it in `/proc`; elsewhere these figures are missing.
//!
//! Start at [`peak_rss_bytes`] and [`cpu_time`].

use std::fs;
use std::time::Duration;

/// Length of the ticks in which `/proc` counts, the same on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// Peak resident set of a process, in bytes (`VmHWM`, in KiB).
pub(super) fn peak_rss_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}

/// Processor time that a process has used so far, for itself and in the kernel (`utime` and
/// `stime`, proc(5)). Unlike a rate it hardly depends on what else the machine does.
pub(super) fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold spaces; utime is the 12th field after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * ticks()?.saturating_add(ticks()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_time_or_is_not_there() {
        let own = std::process::id();
        if fs::exists("/proc/self/stat").unwrap_or(false) {
            assert!(peak_rss_bytes(own).is_some_and(|bytes| bytes > 1 << 20));
            assert!(cpu_time(own).is_some());
        }
        assert_eq!(peak_rss_bytes(u32::MAX), None);
        assert_eq!(cpu_time(u32::MAX), None);
    }
}
