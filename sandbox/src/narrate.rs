//! The narration: plain Spanish on standard output, with the figures that matter. Colours only on a
//! terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const RESET: &str = "\u{1b}[0m";

/// A number of packages, in words that agree with it.
#[must_use]
pub fn envases(count: u64) -> String {
    counted(count, "envase", "envases")
}

/// A number of things, in words that agree with it.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    let noun = if count == 1 { one } else { many };
    format!("{count} {noun}")
}

/// Who tells the story.
pub struct Narrator {
    out: Box<dyn Write + Send>,
    colours: bool,
    started: Instant,
    step: Option<(&'static str, Instant)>,
    steps: Vec<(&'static str, Duration)>,
}

impl Narrator {
    /// On standard output.
    #[must_use]
    pub fn stdout() -> Self {
        let out = std::io::stdout();
        let colours = out.is_terminal();
        Self::new(Box::new(out), colours)
    }

    /// On any writer.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, colours: bool) -> Self {
        Self {
            out,
            colours,
            started: Instant::now(),
            step: None,
            steps: Vec::new(),
        }
    }

    /// Begins a step; `key` names it in `summary.json`.
    pub fn step(&mut self, number: usize, key: &'static str, title: &str) {
        self.finish();
        let heading = self.paint(BOLD, &format!("{number}. {title}"));
        self.line(&format!("\n{heading}"));
        self.step = Some((key, Instant::now()));
    }

    /// Ends the step that was begun, with its time.
    pub fn finish(&mut self) {
        if let Some((key, begun)) = self.step.take() {
            let taken = begun.elapsed();
            self.steps.push((key, taken));
            let text = self.paint(DIM, &format!("   ({} ms)", taken.as_millis()));
            self.line(&text);
        }
    }

    /// A sentence, or several lines of text.
    pub fn say(&mut self, text: &str) {
        for line in text.split('\n') {
            self.line(format!("   {line}").trim_end());
        }
    }

    /// Something that went as it should.
    pub fn good(&mut self, text: &str) {
        let mark = self.paint(GREEN, "✓");
        self.line(&format!("   {mark} {text}"));
    }

    /// Something that was refused, as it should.
    pub fn refused(&mut self, text: &str) {
        let mark = self.paint(RED, "✗");
        self.line(&format!("   {mark} {text}"));
    }

    /// A figure under what was said before.
    pub fn detail(&mut self, label: &str, value: &str) {
        let label = self.paint(DIM, label);
        self.line(&format!("       {label} {value}"));
    }

    /// Milliseconds of each step that has ended.
    #[must_use]
    pub fn steps(&self) -> Vec<(&'static str, u128)> {
        self.steps
            .iter()
            .map(|(key, taken)| (*key, taken.as_millis()))
            .collect()
    }

    /// Time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours {
            format!("{colour}{text}{RESET}")
        } else {
            text.to_owned()
        }
    }

    fn line(&mut self, text: &str) {
        // A reader that went away (`| head`) does not stop the story: its result is the exit code.
        drop(writeln!(self.out, "{text}").and_then(|()| self.out.flush()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn tell(colours: bool) -> (String, Vec<&'static str>) {
        let page = Page::default();
        let mut narrator = Narrator::new(Box::new(page.clone()), colours);
        narrator.step(1, "keys", "Llaves");
        narrator.good("hecho");
        narrator.step(2, "service", "Servicio");
        narrator.finish();
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        (
            text,
            narrator.steps().into_iter().map(|(key, _)| key).collect(),
        )
    }

    #[test]
    fn the_noun_agrees_with_the_number() {
        assert_eq!(
            [0, 1, 2].map(envases),
            ["0 envases", "1 envase", "2 envases"]
        );
    }

    #[test]
    fn each_step_is_timed_and_colours_are_for_terminals() {
        let (text, steps) = tell(false);
        assert_eq!(steps, ["keys", "service"]);
        assert!(text.contains("1. Llaves\n   ✓ hecho\n   ("), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(tell(true).0.contains(GREEN));
    }
}
