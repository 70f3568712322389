//! What a benchmark prints: one table, or the same figures as JSON.

use std::io::Write;

use anyhow::Result;
use serde_json::{Map, Value};

use super::figure::Figure;
use super::machine;

/// Characters of the column of labels.
const LABEL: usize = 46;

/// The figures of one run, in sections.
pub(super) struct Report {
    name: &'static str,
    sections: Vec<Section>,
}

struct Section {
    title: &'static str,
    rows: Vec<(String, Figure)>,
}

impl Report {
    /// A report that begins with the machine.
    pub(super) fn new(name: &'static str) -> Self {
        let mut report = Self {
            name,
            sections: Vec::new(),
        };
        report.section("machine");
        for (label, text) in machine::describe() {
            report.row(label, Figure::Text(text));
        }
        report
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &'static str) {
        self.sections.push(Section {
            title,
            rows: Vec::new(),
        });
    }

    /// Adds a figure to the section that was begun last.
    pub(super) fn row(&mut self, label: impl Into<String>, figure: Figure) {
        if let Some(section) = self.sections.last_mut() {
            section.rows.push((label.into(), figure));
        }
    }

    /// Adds words to the section that was begun last.
    pub(super) fn words(&mut self, label: impl Into<String>, text: impl Into<String>) {
        self.row(label, Figure::Text(text.into()));
    }

    /// The table.
    fn to_text(&self) -> String {
        let mut lines = vec![format!("bench {}", self.name)];
        for section in &self.sections {
            lines.push(format!("\n{}", section.title));
            let rows = section.rows.iter();
            lines.extend(
                rows.map(|(label, figure)| format!("  {label:<LABEL$} {}", figure.to_text())),
            );
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// The same figures by section and label.
    fn to_json(&self) -> Value {
        let sections = self.sections.iter().map(|section| {
            let rows = section.rows.iter();
            let rows = rows.map(|(label, figure)| (label.clone(), figure.to_json()));
            (
                section.title.to_owned(),
                Value::Object(rows.collect::<Map<_, _>>()),
            )
        });
        let mut all: Map<String, Value> = sections.collect();
        all.insert("bench".to_owned(), Value::from(self.name));
        Value::Object(all)
    }

    /// Prints it on standard output.
    ///
    /// # Errors
    /// Nobody reads.
    pub(super) fn print(&self, json: bool) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if json {
            serde_json::to_writer_pretty(&mut out, &self.to_json())?;
            writeln!(out)?;
        } else {
            out.write_all(self.to_text().as_bytes())?;
        }
        Ok(out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_and_json_have_the_same_figures() {
        let mut report = Report::new("x");
        report.section("result");
        report.row("p99", Figure::Time(2_000_000));
        report.words("limited by", "patience");
        let text = report.to_text();
        assert!(text.starts_with("bench x\n\nmachine\n  cpu "), "{text}");
        let line = format!("  {:<LABEL$} 2000.0 µs\n", "p99");
        assert!(text.contains(&line), "{text}");
        let json = report.to_json();
        assert_eq!(json["result"]["p99"]["value"], 2_000_000);
        assert_eq!(json["result"]["limited by"], "patience");
        assert_eq!(json["bench"], "x");
        assert!(json["machine"]["cores"].is_string());
    }
}
