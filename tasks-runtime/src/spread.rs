//! Where in its spread a task stands on this machine.
//!
//! Replicas of one program have the same schedules, and without a spread they
//! all fire at the same instant. The offset is a hash of the machine's and the
//! task's name: the same after each restart and in each build, another one on
//! another machine. So the hash is written down here and pinned by a test; the
//! standard library's may change with any release.

use std::time::Duration;

/// A spread, and the share of it that falls to one task on one machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spread {
    length: Duration,
    /// In 2^64ths of the length.
    share: u64,
}

impl Spread {
    /// The spread of a task on a machine of this name.
    pub(crate) fn new(length: Duration, host: &str, task: &str) -> Self {
        Self { length, share: share(host, task) }
    }

    pub(crate) fn length(self) -> Duration {
        self.length
    }

    pub(crate) fn is_zero(self) -> bool {
        self.length.is_zero()
    }

    /// By how much a firing is moved: in [0, length), in whole milliseconds. A
    /// longer spread than the time to the next instant is cut to that time.
    pub(crate) fn offset(self, period: Option<Duration>) -> Duration {
        let length = period.map_or(self.length, |period| self.length.min(period));
        let offset = (length.as_millis() * u128::from(self.share)) >> u64::BITS;
        Duration::from_millis(u64::try_from(offset).unwrap_or(u64::MAX))
    }
}

/// FNV-1a over the names with a zero byte between them, then the last step of
/// MurmurHash3: alone FNV would put names that differ in their last letter
/// close together.
fn share(host: &str, task: &str) -> u64 {
    let bytes = host.bytes().chain([0]).chain(task.bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    hash ^ (hash >> 33)
}

/// The name of this machine.
pub(crate) fn host() -> Option<String> {
    #[cfg(unix)]
    let name = nix::unistd::gethostname().ok();
    #[cfg(not(unix))]
    let name = std::env::var_os("COMPUTERNAME");
    name.map(|name| name.to_string_lossy().into_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn offset(host: &str, task: &str) -> u128 {
        Spread::new(MINUTE, host, task).offset(None).as_millis()
    }

    #[test]
    fn the_offset_is_the_same_in_every_build() {
        // From another implementation of the same words: see `share`.
        assert_eq!(share("", ""), 0xb903_4ad3_7056_f5fb);
        assert_eq!(share("web-1", "prune_sessions"), 0x1fcd_3c1b_dd04_de42);
        assert_eq!(offset("web-1", "prune_sessions"), 7_453);
        assert_eq!(offset("web-2", "prune_sessions"), 20_558);
    }

    #[test]
    fn machines_and_tasks_are_spread_evenly_however_alike_their_names_are() {
        for (host, task) in [("web-", "t"), ("h", "prune_sessions_")] {
            let mut tenths = [0_u32; 10];
            for number in 0..10_000 {
                let (host, task) = match host {
                    "h" => (host.to_owned(), format!("{task}{number}")),
                    _ => (format!("{host}{number}"), task.to_owned()),
                };
                tenths[(offset(&host, &task) / 6_000) as usize] += 1;
            }
            assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
        }
        // The names stay apart.
        assert_ne!(share("ab", "c"), share("a", "bc"));
    }

    #[test]
    fn it_is_less_than_the_spread_and_than_the_period() {
        let most = Spread { length: MINUTE, share: u64::MAX };
        assert_eq!(most.offset(None), Duration::from_millis(59_999));
        assert_eq!(most.offset(Some(Duration::from_secs(1))), Duration::from_millis(999));
        assert_eq!(most.offset(Some(Duration::ZERO)), Duration::ZERO);
        assert_eq!(Spread { length: Duration::ZERO, share: u64::MAX }.offset(None), Duration::ZERO);
        let years = Duration::from_secs(10 * 365 * 86_400);
        assert!(Spread { length: years, share: u64::MAX }.offset(None) < years);
    }

    #[test]
    fn this_machine_has_a_name() {
        assert!(host().is_some());
    }
}
