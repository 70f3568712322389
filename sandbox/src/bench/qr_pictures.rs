//! Pictures of a QR that are not what the printer meant: how many each reader reads, kind by kind,
//! and how long it takes. The pictures are those of the test seed, on which no reader was tuned.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use qr_corpus::{EACH, Kind, Sample, TEST, corpus};
use signing::qr::image_reader::{read_image, read_once};

use super::figure::{Figure, share};
use super::measured::reached;
use super::percentiles::{Summary, Times};
use super::process::own_cpu;
use super::report::Report;

/// Median processor time from the file of a picture to its text, in nanoseconds (issue 5).
const AIM: u64 = 5_000_000;
/// Pictures of a hundred that the counter's reader must read (issue 5).
const RATE_AIM: u64 = 88;

/// A reader: a picture to a text.
type Read<'a> = Box<dyn Fn(&Sample) -> Option<String> + 'a>;

/// What a reader did with the corpus.
struct Outcome {
    /// Read right, by kind.
    right: Vec<u64>,
    /// A text that is not the picture's.
    wrong: u64,
    times: Summary,
    /// The same in processor time of this process, of which other programs take nothing.
    cpu: Summary,
}

impl Outcome {
    fn total(&self) -> u64 {
        self.right.iter().sum()
    }
}

/// Adds the sections of each reader.
///
/// # Errors
/// A reader of ours reads a wrong text; a scratch file cannot be written.
pub(super) fn measure(report: &mut Report) -> Result<()> {
    let samples: Vec<Sample> = corpus(TEST).collect();
    let all = u64::try_from(samples.len())?;
    let scratch = tempfile::tempdir()?;
    let picture = scratch.path().join("picture");
    let mut readers: Vec<(&'static str, Read)> = vec![
        (
            "pictures: the counter's ladder",
            Box::new(|sample| read_image(&sample.file).ok()),
        ),
        (
            "pictures: one pass of rxing",
            Box::new(|sample| read_once(&sample.file).ok()),
        ),
        ("pictures: rqrr", Box::new(|sample| rqrr(&sample.file))),
    ];
    if Command::new("zbarimg").arg("--version").output().is_ok() {
        let picture = &picture;
        let read = move |sample: &Sample| zbar(picture, sample).ok().flatten();
        readers.push(("pictures: zbarimg, a process each", Box::new(read)));
    }
    for (place, (title, read)) in readers.iter().enumerate() {
        let outcome = run(&samples, read);
        report.section(title);
        for (kind, right) in Kind::ALL.into_iter().zip(&outcome.right) {
            report.words(kind.name(), format!("{right} of {EACH}"));
        }
        report.words("all", format!("{} of {all}", outcome.total()));
        report.row("rate", Figure::Percent(share(outcome.total(), all, 100)));
        report.row("wrong texts", Figure::Count(outcome.wrong));
        outcome.times.rows(report);
        report.row("CPU, p50", Figure::Time(outcome.cpu.p50));
        report.row("CPU, p99", Figure::Time(outcome.cpu.p99));
        if place == 0 {
            ensure!(outcome.wrong == 0, "a picture was read as something else");
            let rate = outcome.total() * 100 >= all * RATE_AIM;
            report.words("aim: 88 % read", reached(rate));
            report.words("aim: p50 of 5 ms of CPU", reached(outcome.cpu.p50 <= AIM));
        }
    }
    Ok(())
}

fn run(samples: &[Sample], read: &Read) -> Outcome {
    let (mut times, mut cpu) = (Times::default(), Times::default());
    let (mut right, mut wrong) = (vec![0; Kind::ALL.len()], 0);
    for sample in samples {
        let (begun, before) = (Instant::now(), own_cpu());
        let text = read(sample);
        times.push(begun.elapsed());
        cpu.push(own_cpu().saturating_sub(before));
        match text {
            Some(text) if text == sample.text => right[sample.kind as usize] += 1,
            Some(_) => wrong += 1,
            None => {}
        }
    }
    Outcome {
        right,
        wrong,
        times: times.summary(),
        cpu: cpu.summary(),
    }
}

fn rqrr(file: &[u8]) -> Option<String> {
    let image = image::load_from_memory(file).ok()?.into_luma8();
    let (width, height) = image.dimensions();
    let grey = image.as_raw();
    let columns = usize::try_from(width).ok()?;
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
        columns,
        usize::try_from(height).ok()?,
        |x, y| grey[y * columns + x],
    );
    let grids = prepared.detect_grids();
    grids.iter().find_map(|grid| Some(grid.decode().ok()?.1))
}

fn zbar(path: &std::path::Path, sample: &Sample) -> Result<Option<String>> {
    std::fs::write(path, &sample.file)?;
    let read = Command::new("zbarimg")
        .args(["--raw", "-q", "-Sdisable", "-Sqrcode.enable"])
        .arg(path)
        .output()
        .context("zbarimg")?;
    let text = String::from_utf8(read.stdout)?;
    Ok(read.status.success().then(|| text.trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_are_counted_by_kind_and_wrong_texts_are_seen() {
        let samples: Vec<Sample> = Kind::ALL
            .into_iter()
            .map(|kind| qr_corpus::sample(TEST, kind, 0))
            .collect();
        let ladder: Read = Box::new(|sample| read_image(&sample.file).ok());
        let outcome = run(&samples, &ladder);
        assert_eq!((outcome.right, outcome.wrong), (vec![1; 12], 0));
        let liar: Read = Box::new(|_| Some("RX1".to_owned()));
        let outcome = run(&samples, &liar);
        assert_eq!((outcome.total(), outcome.wrong), (0, 12));
    }
}
