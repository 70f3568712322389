//! Verifying the legal signature, in this process and on one core: with a path that is known,
//! without, behind long revocation lists, by OCSP, and years later.

mod long_term;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use signing::cms::cades::{VerifiedCades, verify};
use signing::ocsp::{CertIdHash, Query};
use signing::trust::{Trust, TrustStore};

use super::bare::{Bare, ratio};
use super::figure::Figure;
use super::measured::reached;
use super::part::{Part, time, time_of};
use super::process::Others;
use super::professional::{Professional, at, signed};
use super::report::Report;
use long_term::LongTerm;

/// Most processor time of a verification with everything at hand, in nanoseconds (issue 5).
const AIM: u64 = 200_000;
/// As long as the document of a receta is, about.
pub(super) const CONTENT: [u8; 4096] = [b'x'; 4096];
/// Entries of the revocation lists.
const LISTS: [(u32, &str, &str); 2] = [
    (
        10_000,
        "verify, list of 10,000 entries",
        "read and verify a list of 10,000 entries",
    ),
    (
        100_000,
        "verify, list of 100,000 entries",
        "read and verify a list of 100,000 entries",
    ),
];
const LIMIT: &str = "one bare P-256 verification";

/// A signature, and those who judge it.
struct Court {
    professional: Professional,
    p7s: Vec<u8>,
    at: Timestamp,
    verification: Part,
    signature: Part,
}

/// Measures and reports.
///
/// # Errors
/// Something good is refused.
pub(super) fn main() -> Result<Report> {
    let others = Others::start()?;
    let court = Court::new()?;
    let mut report = Report::new("trust");
    court
        .verification
        .section(&mut report, "limit: bare P-256 verification, ring");
    court
        .signature
        .section(&mut report, "limit: bare P-256 signature, ring");
    court.known_path(&mut report)?;
    court.new_path(&mut report)?;
    for list in LISTS {
        court.behind_list(&mut report, list)?;
    }
    court.by_answer(&mut report)?;
    court.long_term(&mut report)?;
    report.section("what limits it");
    report.row(
        "processors busy with other programs",
        Figure::Percent(others.percent()?),
    );
    let limit = "one processor, which never waits: the signatures that are verified";
    report.words("limit", limit);
    Ok(report)
}

impl Court {
    fn new() -> Result<Self> {
        let professional = Professional::new()?;
        let bare = Bare::new()?;
        Ok(Self {
            p7s: signed(&professional, &CONTENT)?,
            at: at()?,
            verification: bare.time_verify()?,
            signature: bare.time_sign()?,
            professional,
        })
    }

    fn verify(&self, store: &TrustStore) -> Result<VerifiedCades> {
        Ok(verify(&CONTENT, &self.p7s, &Trust::Store(store), self.at)?)
    }

    fn section(&self, report: &mut Report, title: &'static str, part: &Part) {
        part.section(report, title);
        ratio(report, LIMIT, part, &self.verification);
    }

    fn with_aim(&self, report: &mut Report, title: &'static str, part: &Part) {
        self.section(report, title, part);
        report.words("aim: 200 µs of CPU", reached(part.cpu <= AIM));
    }

    fn known_path(&self, report: &mut Report) -> Result<()> {
        let store = self.professional.store_with_lists(100)?;
        let part = time(|| self.verify(&store))?;
        let title = "CAdES-B: path known, lists loaded (100 entries)";
        self.with_aim(report, title, &part);
        report.row("bytes of the document", count(CONTENT.len())?);
        report.row("bytes of the signature", count(self.p7s.len())?);
        Ok(())
    }

    /// A copy of a store knows no paths.
    fn new_path(&self, report: &mut Report) -> Result<()> {
        let store = self.professional.store_with_lists(100)?;
        let part = time_of(|| Ok(store.clone()), |fresh| self.verify(&fresh))?;
        self.section(report, "CAdES-B: first of its certificate", &part);
        Ok(())
    }

    fn behind_list(
        &self,
        report: &mut Report,
        (entries, verifying, loading): (u32, &'static str, &'static str),
    ) -> Result<()> {
        let list = self.professional.issuing_list(entries)?;
        let empty = self.professional.store_with_lists(0)?;
        let loaded = time_of(
            || Ok(empty.clone()),
            |mut store| {
                store.add_crl(&list)?;
                Ok(store)
            },
        )?;
        self.section(report, loading, &loaded);
        report.row("bytes of the list", count(list.len())?);
        let mut store = empty;
        store.add_crl(&list)?;
        let part = time(|| self.verify(&store))?;
        self.with_aim(report, verifying, &part);
        Ok(())
    }

    fn by_answer(&self, report: &mut Report) -> Result<()> {
        let answer = self.professional.answer()?;
        let (leaf, issuing) = (self.professional.leaf(), self.professional.issuing());
        let query = Query::new(leaf, issuing, CertIdHash::Sha256, None)?;
        let part = time(|| Ok(query.check(&answer, self.at, |_, _| None)?))?;
        self.section(report, "OCSP answer: verify", &part);

        let mut store = self.professional.store()?;
        store.add_crl(&self.professional.root_list()?)?;
        let refused = self.verify(&store);
        ensure!(
            refused.is_err(),
            "nothing speaks for the leaf, and it counts"
        );
        store.add_ocsp(&answer).context("the answer is refused")?;
        let part = time(|| self.verify(&store))?;
        self.with_aim(report, "CAdES-B: path known, by OCSP answer", &part);
        Ok(())
    }

    fn long_term(&self, report: &mut Report) -> Result<()> {
        let fixture = LongTerm::new(&self.professional, &self.p7s)?;
        let part = time(|| fixture.verify())?;
        let title = "CAdES-B-LT: ten years on, by what it brings along";
        self.section(report, title, &part);
        report.row("bytes of the signature", count(fixture.bytes())?);
        Ok(())
    }
}

fn count(number: usize) -> Result<Figure> {
    Ok(Figure::Count(u64::try_from(number)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixture_verifies_and_a_changed_one_does_not() {
        let mut court = Court::new().unwrap();
        let store = court.professional.store_with_lists(10).unwrap();
        court.verify(&store).unwrap();
        LongTerm::new(&court.professional, &court.p7s)
            .unwrap()
            .verify()
            .unwrap();
        *court.p7s.last_mut().unwrap() ^= 1;
        court.verify(&store).unwrap_err();
    }

    #[test]
    fn the_ocsp_answer_is_believed() {
        let court = Court::new().unwrap();
        let mut report = Report::new("trust");
        court.by_answer(&mut report).unwrap();
    }
}
