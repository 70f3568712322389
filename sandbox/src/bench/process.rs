//! What a process costs: processor time and memory, as the kernel counts them (proc(5)).

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

use super::figure::{nanos, share};
use super::machine;

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    /// Resident now (`VmRSS`).
    pub(super) now: u64,
    /// Most that was ever resident (`VmHWM`).
    pub(super) peak: u64,
}

/// Processor time that a process has used: user and system, all threads, to the clock tick.
///
/// # Errors
/// There is no such process.
pub(super) fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let ticks = ticks_in(&stat).context("/proc/PID/stat has another shape")?;
    Ok(of_ticks(ticks))
}

/// Fields 14 and 15. The name in field 2 may contain anything, so count from its end.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// Processor time that all programs of this machine have used, the hypervisor's share included.
///
/// # Errors
/// `/proc/stat` has another shape.
fn everybodys_cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let ticks = busy_ticks_in(&stat).context("/proc/stat has another shape")?;
    Ok(of_ticks(ticks))
}

/// The first line without idle (field 4) and waiting for disks (field 5). Guests (from field 9 on)
/// are part of user time already.
fn busy_ticks_in(stat: &str) -> Option<u64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = fields
        .split_ascii_whitespace()
        .map_while(|field| field.parse().ok())
        .collect();
    let [user, nice, system, _idle, _disks, irq, softirq, steal, ..] = ticks[..] else {
        return None;
    };
    Some(user + nice + system + irq + softirq + steal)
}

fn of_ticks(ticks: u64) -> Duration {
    let nanos = ticks * 1_000_000_000 / rustix::param::clock_ticks_per_second().max(1);
    Duration::from_nanos(nanos)
}

/// Processor time that this process has used, all threads.
pub(super) fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Memory of a process.
///
/// # Errors
/// There is no such process.
pub(super) fn memory(pid: u32) -> Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name| bytes_in(&status, name).with_context(|| format!("no {name}"));
    Ok(Memory {
        now: field("VmRSS:")?,
        peak: field("VmHWM:")?,
    })
}

fn bytes_in(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// What other programs take while a benchmark runs in this process.
pub(super) struct Others {
    everybody: Duration,
    own: Duration,
    begun: Instant,
}

impl Others {
    /// Begins.
    ///
    /// # Errors
    /// `/proc/stat` has another shape.
    pub(super) fn start() -> Result<Self> {
        Ok(Self {
            everybody: everybodys_cpu()?,
            own: own_cpu(),
            begun: Instant::now(),
        })
    }

    /// Their share of the processors since then, in percent.
    ///
    /// # Errors
    /// `/proc/stat` has another shape.
    pub(super) fn percent(&self) -> Result<u64> {
        let own = own_cpu().saturating_sub(self.own);
        let others = everybodys_cpu()?.saturating_sub(self.everybody + own);
        let cores = u64::try_from(machine::cores())?;
        let all = nanos(self.begun.elapsed()).saturating_mul(cores);
        Ok(share(nanos(others), all, 100))
    }
}

/// Runs from the beginning to the end of a measurement.
pub(super) struct Meter {
    service: u32,
    service_before: Duration,
    own_before: Duration,
    everybody_before: Duration,
    started: Instant,
}

/// What a measurement took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    /// Time on the wall.
    pub(super) wall: Duration,
    /// Processor time of the service.
    pub(super) service: Duration,
    /// Processor time of this process: the client.
    pub(super) client: Duration,
    /// Processor time of all other programs of the machine.
    pub(super) others: Duration,
}

impl Meter {
    /// Begins.
    ///
    /// # Errors
    /// The service does not run.
    pub(super) fn start(service: u32) -> Result<Self> {
        Ok(Self {
            service,
            service_before: cpu(service)?,
            own_before: own_cpu(),
            everybody_before: everybodys_cpu()?,
            started: Instant::now(),
        })
    }

    /// Ends.
    ///
    /// # Errors
    /// The service no longer runs.
    pub(super) fn stop(self) -> Result<Spent> {
        let wall = self.started.elapsed();
        let service = cpu(self.service)?.saturating_sub(self.service_before);
        let client = own_cpu().saturating_sub(self.own_before);
        let everybody = everybodys_cpu()?.saturating_sub(self.everybody_before);
        Ok(Spent {
            wall,
            service,
            client,
            others: everybody.saturating_sub(service + client),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 7 8 20 0 1 0 99 1 2";
        assert_eq!(ticks_in(stat), Some(300));
        assert_eq!(ticks_in("42 (x) S 1"), None);
    }

    #[test]
    fn waiting_is_not_work() {
        let stat = "cpu  10 1 5 1000 900 2 3 4 50 0\ncpu0 1 1 1 1 1 1 1 1\n";
        assert_eq!(busy_ticks_in(stat), Some(25));
        assert_eq!(busy_ticks_in("intr 5\n"), None);
        everybodys_cpu().unwrap();
    }

    #[test]
    fn memory_is_in_bytes() {
        let status = "VmHWM:\t   2048 kB\nVmRSS:\t 1024 kB\n";
        assert_eq!(bytes_in(status, "VmRSS:"), Some(1 << 20));
        assert_eq!(bytes_in(status, "VmSwap:"), None);
    }

    #[test]
    fn others_take_no_more_than_there_is() {
        let others = Others::start().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        // Clock ticks: a little more than all is possible.
        assert!(others.percent().unwrap() <= 120);
    }

    #[test]
    fn our_own_process_costs_something() {
        let pid = std::process::id();
        let memory = memory(pid).unwrap();
        assert!(memory.peak >= memory.now && memory.now > 0);
        assert!(own_cpu() > Duration::ZERO);
        cpu(pid).unwrap();
    }
}
