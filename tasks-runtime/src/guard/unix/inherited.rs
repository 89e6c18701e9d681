//! What this process inherited: a hang-up that is ignored stays ignored.

/// Whether SIGHUP asks this process to stop.
///
/// Under `nohup` it is inherited as ignored and has to stay so. Asking for a
/// disposition needs `sigaction`, which no safe code offers; Linux tells it in
/// `/proc`. Elsewhere, and where `/proc` is not readable, SIGHUP is left alone.
pub(super) fn hangup_is_ours() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::io::Read as _;
        // Enough for all of it: the kernel writes it anew for each piece that is read.
        let mut status = String::with_capacity(8 * 1024);
        std::fs::File::open("/proc/self/status")
            .and_then(|file| file.take(8 * 1024).read_to_string(&mut status))
            .is_ok_and(|_| ignores_hangup(&status) == Some(false))
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

#[cfg(any(test, target_os = "linux"))]
fn ignores_hangup(status: &str) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    // Bit n - 1 stands for signal n, and SIGHUP is 1.
    Some(mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::ignores_hangup;

    #[test]
    fn the_mask_of_proc_is_read() {
        assert_eq!(ignores_hangup("Name:\tx\nSigIgn:\t0000000000001007\nSigCgt:\t0\n"), Some(true));
        assert_eq!(ignores_hangup("SigIgn:\t0000000000001006\n"), Some(false));
        assert_eq!(ignores_hangup("SigIgn:\tzz\n"), None);
        assert_eq!(ignores_hangup(""), None);
    }
}
