//! Rates and processor times of the readers (zbarimg's: of starting it) over the degraded corpus, per kind.
//!
//! `cargo run --release -p qr-image --example ladder -- train|test`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example that measures"
)]

use std::process::Command;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use qr_corpus::{Kind, Sample, TEST, TRAIN, corpus};

/// A reader: bytes of a file to a text.
type Read = fn(&Sample) -> Option<String>;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let seed = if args.iter().any(|arg| arg == "test") {
        TEST
    } else {
        TRAIN
    };
    let readers: [(&str, Read); 4] = [
        ("ladder", |sample| qr_image::read_image(&sample.file).ok()),
        ("one pass", |sample| qr_image::read_once(&sample.file).ok()),
        ("rqrr", rqrr),
        ("zbarimg", zbar),
    ];
    let samples: Vec<Sample> = corpus(seed).collect();
    for (name, read) in readers {
        if args
            .iter()
            .any(|arg| arg.starts_with("only=") && !arg.ends_with(name))
        {
            continue;
        }
        report(name, read, &samples);
    }
}

fn report(name: &str, read: Read, samples: &[Sample]) {
    let (mut times, mut right, mut wrong) = (Vec::new(), 0, 0);
    println!("== {name}");
    for kind in Kind::ALL {
        let (mut of_kind, mut read_right, mut missed) = (Vec::new(), 0, Vec::new());
        for sample in samples.iter().filter(|sample| sample.kind == kind) {
            let begun = cpu();
            let text = read(sample);
            of_kind.push(cpu().saturating_sub(begun));
            match text {
                Some(text) if text == sample.text => read_right += 1,
                Some(_) => wrong += 1,
                None => missed.push(sample.number.to_string()),
            }
        }
        let median = percentile(&mut of_kind, 50);
        let worst = percentile(&mut of_kind, 100);
        println!(
            "{:<20} {read_right:>2}/24  p50 {median:>8.2?} max {worst:>8.2?}  missed: {}",
            kind.name(),
            missed.join(" ")
        );
        right += read_right;
        times.extend(of_kind);
    }
    let (p50, p99, max) = (
        percentile(&mut times, 50),
        percentile(&mut times, 99),
        percentile(&mut times, 100),
    );
    println!(
        "{name}: {right}/{} = {}.{} %, wrong {wrong}, p50 {p50:.2?} p99 {p99:.2?} max {max:.2?}\n",
        samples.len(),
        right * 100 / samples.len(),
        right * 1000 / samples.len() % 10,
    );
}

/// Processor time of this thread: other programs do not count.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn rqrr(sample: &Sample) -> Option<String> {
    let image = image::load_from_memory(&sample.file).unwrap().into_luma8();
    let (width, height) = (image.width() as usize, image.height() as usize);
    let grey = image.as_raw();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| grey[y * width + x]);
    prepared
        .detect_grids()
        .iter()
        .find_map(|grid| grid.decode().ok().map(|read| read.1))
}

fn zbar(sample: &Sample) -> Option<String> {
    let path = std::env::temp_dir().join(format!("ladder-{}.img", std::process::id()));
    std::fs::write(&path, &sample.file).unwrap();
    let read = Command::new("zbarimg")
        .args(["--raw", "-q", "-Sdisable", "-Sqrcode.enable"])
        .arg(&path)
        .output()
        .ok()?;
    std::fs::remove_file(&path).unwrap();
    let text = String::from_utf8(read.stdout).ok()?;
    read.status.success().then(|| text.trim_end().to_owned())
}
