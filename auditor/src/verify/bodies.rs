//! The bodies' file: one JSON object a line, `{"index":n,"salt":base64,"body":base64}`, ordered by
//! index. Read as a stream; a line that cannot be read costs itself only.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use data_encoding::BASE64;
use serde::Deserialize;

use super::{Finding, Findings};

/// Longest line, in bytes. A body holds a document of at most some hundred kilobytes, twice in
/// base64.
pub(crate) const MAX_LINE: usize = 8 << 20;

/// One line: what opens the commitment of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyRecord {
    pub(crate) index: u64,
    pub(crate) salt: [u8; 32],
    pub(crate) body: Vec<u8>,
}

/// Why a line is not a body record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineProblem {
    /// Longer than any body.
    TooLong,
    /// Not a JSON object with exactly `index`, `salt` and `body`.
    Shape,
    /// The salt is not the base64 of 32 bytes.
    Salt,
    /// The body is not base64.
    Body,
}

impl LineProblem {
    pub(crate) fn in_spanish(self) -> &'static str {
        match self {
            Self::TooLong => "es más larga que cualquier cuerpo",
            Self::Shape => "no es un objeto JSON con «index», «salt» y «body»",
            Self::Salt => "la sal no es el base64 de 32 bytes",
            Self::Body => "el cuerpo no está en base64",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    index: u64,
    #[serde(borrow)]
    salt: Cow<'a, str>,
    #[serde(borrow)]
    body: Cow<'a, str>,
}

/// Reads one line without its newline.
pub(crate) fn parse_line(line: &[u8]) -> Result<BodyRecord, LineProblem> {
    let read: Line<'_> = serde_json::from_slice(line).map_err(|_| LineProblem::Shape)?;
    let salt = BASE64
        .decode(read.salt.as_bytes())
        .map_err(|_| LineProblem::Salt)?;
    Ok(BodyRecord {
        index: read.index,
        salt: salt.try_into().map_err(|_| LineProblem::Salt)?,
        body: BASE64
            .decode(read.body.as_bytes())
            .map_err(|_| LineProblem::Body)?,
    })
}

/// The bodies, to be asked for entry by entry.
pub(super) struct Bodies<R> {
    file: R,
    line: u64,
    /// Read, but of a later entry than those asked for so far.
    next: Option<BodyRecord>,
    /// The lowest index that may still come.
    least: u64,
}

impl<R: BufRead> Bodies<R> {
    pub(super) fn new(file: R) -> Self {
        Self {
            file,
            line: 0,
            next: None,
            least: 0,
        }
    }

    /// The body of entry `index`, if the file has it. Ask in ascending order.
    pub(super) fn of(
        &mut self,
        index: u64,
        findings: &mut Findings,
    ) -> io::Result<Option<BodyRecord>> {
        if self.next.is_none() {
            self.next = self.read_next(findings)?;
        }
        Ok(self.next.take_if(|record| record.index == index))
    }

    /// Reports the bodies after the last entry of the tree.
    pub(super) fn finish(mut self, findings: &mut Findings) -> io::Result<()> {
        let mut left = self.next.take();
        loop {
            if let Some(BodyRecord { index, .. }) = left {
                findings.push(Finding::BodyWithoutEntry {
                    line: self.line,
                    index,
                });
            }
            left = self.read_next(findings)?;
            if left.is_none() {
                return Ok(());
            }
        }
    }

    /// The next record in order; what is not one becomes a finding.
    fn read_next(&mut self, findings: &mut Findings) -> io::Result<Option<BodyRecord>> {
        loop {
            let Some(line) = self.read_line()? else {
                return Ok(None);
            };
            match line.and_then(|line| parse_line(&line)) {
                Err(problem) => findings.push(Finding::BodyLine {
                    line: self.line,
                    problem,
                }),
                Ok(BodyRecord { index, .. }) if index < self.least => {
                    findings.push(Finding::BodyOutOfOrder {
                        line: self.line,
                        index,
                    });
                }
                Ok(record) => {
                    self.least = record.index.saturating_add(1);
                    return Ok(Some(record));
                }
            }
        }
    }

    /// One line without its newline, `None` at the end of the file. Never holds more than
    /// [`MAX_LINE`] bytes.
    fn read_line(&mut self) -> io::Result<Option<Result<Vec<u8>, LineProblem>>> {
        let mut line = Vec::new();
        let limit = MAX_LINE as u64 + 1;
        if self
            .file
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)?
            == 0
        {
            return Ok(None);
        }
        self.line += 1;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > MAX_LINE {
            self.file.skip_until(b'\n')?;
            return Ok(Some(Err(LineProblem::TooLong)));
        }
        Ok(Some(Ok(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(index: u64) -> String {
        format!(
            r#"{{"index":{index},"salt":"{}","body":"Ym9keQ=="}}"#,
            BASE64.encode(&[1; 32])
        )
    }

    /// Indices found among the first `size` entries, and the codes of what was wrong.
    fn read(text: &[u8], size: u64) -> (Vec<u64>, Vec<(&'static str, Option<u64>)>) {
        let mut findings = Findings::default();
        let mut bodies = Bodies::new(text);
        let mut found = Vec::new();
        for index in 0..size {
            found.extend(
                bodies
                    .of(index, &mut findings)
                    .unwrap()
                    .map(|record| record.index),
            );
        }
        bodies.finish(&mut findings).unwrap();
        let wrong = findings
            .listed()
            .iter()
            .map(|f| (f.code(), f.entry()))
            .collect();
        (found, wrong)
    }

    #[test]
    fn a_gap_is_no_finding() {
        let text = [line(1), line(2), line(5)].join("\n");
        assert_eq!(read(text.as_bytes(), 7), (vec![1, 2, 5], vec![]));
        assert_eq!(read(b"", 3), (vec![], vec![]));
    }

    #[test]
    fn a_bad_line_costs_itself_only() {
        let text = [line(0).as_str(), "", "{}", &line(1)].join("\n");
        let bad = ("body-line", None);
        assert_eq!(read(text.as_bytes(), 2), (vec![0, 1], vec![bad, bad]));
    }

    #[test]
    fn repeated_unordered_and_surplus_bodies() {
        let text = [line(1), line(0), line(1), line(9), line(10)].join("\n");
        let (found, wrong) = read(text.as_bytes(), 3);
        assert_eq!(found, [1]);
        let expected = [
            ("body-out-of-order", Some(0)),
            ("body-out-of-order", Some(1)),
            ("body-without-entry", Some(9)),
            ("body-without-entry", Some(10)),
        ];
        assert_eq!(wrong, expected);
    }

    #[test]
    fn an_endless_line_is_skipped_within_bounds() {
        let mut text = vec![b'x'; MAX_LINE + 10];
        text.push(b'\n');
        text.extend_from_slice(line(0).as_bytes());
        assert_eq!(read(&text, 1), (vec![0], vec![("body-line", None)]));
    }

    #[test]
    fn each_reason() {
        let good = line(3);
        assert_eq!(parse_line(good.as_bytes()).unwrap().body, b"body");
        let escaped = good.replace("Ym9k", "\\u0059m9k");
        assert_eq!(parse_line(escaped.as_bytes()).unwrap().body, b"body");
        for (text, reason) in [
            (good.replace("index", "indice"), LineProblem::Shape),
            (
                good.replace("{\"index\":3", "{\"index\":3,\"index\":3"),
                LineProblem::Shape,
            ),
            (good.replace(":3", ":-3"), LineProblem::Shape),
            (good.replace("AQEB", "AQ"), LineProblem::Salt),
            (good.replace("Ym9keQ==", "Ym9keQ"), LineProblem::Body),
            (format!("{good}{good}"), LineProblem::Shape),
        ] {
            assert_eq!(parse_line(text.as_bytes()), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            drop(parse_line(&bytes));
            drop(read(&bytes, 2));
        }

        #[test]
        fn near_misses_never_panic(place in 0_usize..90, byte: u8) {
            let mut text = line(0).into_bytes();
            let place = place % text.len();
            text[place] = byte;
            drop(read(&text, 1));
        }
    }
}
