//! Where a figure was measured: without it, the figure says nothing.

use std::process::Command;

/// Label and text of each fact; "unknown" where the machine does not tell.
pub(super) fn describe() -> Vec<(&'static str, String)> {
    let profile = if cfg!(debug_assertions) {
        "dev: these figures say nothing; use cargo xtask bench"
    } else {
        "release"
    };
    vec![
        ("cpu", cpu_model().unwrap_or_else(unknown)),
        ("cores", cores().to_string()),
        ("kernel", kernel().unwrap_or_else(unknown)),
        ("rustc", rustc().unwrap_or_else(unknown)),
        ("profile", profile.to_owned()),
    ]
}

/// Processors that this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn cpu_model() -> Option<String> {
    model_in(&std::fs::read_to_string("/proc/cpuinfo").ok()?)
}

fn model_in(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kernel() -> Option<String> {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    Some(release.trim().to_owned())
}

/// The compiler of this folder, which built us when `cargo xtask` did.
fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_read_from_cpuinfo() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\nflags\t: x\n";
        assert_eq!(model_in(text).unwrap(), "Some CPU @ 3 GHz");
        assert_eq!(model_in("processor : 0\n"), None);
    }

    #[test]
    fn there_is_a_core_and_a_kernel() {
        assert!(cores() >= 1);
        assert!(describe().iter().all(|(_, text)| !text.is_empty()));
    }
}
