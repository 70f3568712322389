//! Two pharmacies of a running world, and what they say.

use jiff::ToSpan as _;
use receta_tests::running::Running;
use sandbox::counter::Said;
use sandbox::seed::{Line, Prescription};

/// Clonazepam, tableta 2 mg, 30 in a package: fraction II.
pub(crate) const CLONAZEPAM: &str = "040.000.2612.00";

/// A running world whose two counters have synchronised.
pub(crate) struct Room {
    pub(crate) running: Running,
}

impl Room {
    pub(crate) fn open() -> Self {
        let room = Self {
            running: Running::start().unwrap(),
        };
        for number in [1, 2] {
            room.must(number, &["sync"]);
        }
        room
    }

    /// Runs a subcommand at a counter.
    pub(crate) fn say(&self, number: u8, words: &[&str]) -> Said {
        let counter = self.running.world.counter(number).unwrap();
        counter.run(words).unwrap()
    }

    /// The same, which must succeed.
    pub(crate) fn must(&self, number: u8, words: &[&str]) -> String {
        let said = self.say(number, words);
        assert!(said.success, "{words:?}: {}", said.text);
        said.text
    }

    /// The same, which must be refused.
    pub(crate) fn must_not(&self, number: u8, words: &[&str]) -> String {
        let said = self.say(number, words);
        assert!(
            !said.success && said.code.is_some(),
            "{words:?}: {}",
            said.text
        );
        said.text
    }

    /// The text of the QR of a new prescription of one line.
    pub(crate) fn receta(&self, patient: u64, line: Line) -> String {
        let prescription: Prescription = self.running.prescription(patient, vec![line]).unwrap();
        let issued = self.running.issue(&prescription).unwrap();
        self.running.ehr.qr(issued.folio).unwrap().trim().to_owned()
    }

    /// Two lots of clonazepam arrive at the first pharmacy: `OLD` expires first.
    pub(crate) fn clonazepam_arrives(&self) {
        let (old, new) = (Self::line(2, "OLD", 100), Self::line(10, "NEW", 700));
        let words = [
            "stock",
            "arrive",
            "--invoice",
            "F-1",
            "--supplier",
            "ALM010101AAA",
            "--licence",
            "LS-99",
            "--line",
            &new,
            "--line",
            &old,
        ];
        let said = self.must(1, &words);
        assert!(said.contains("REGISTRADO. Movimiento 1."), "{said}");
        assert!(said.contains("Quedan 300 tabletas (10 envases)"), "{said}");
    }

    /// `clave=packages:lot:expiry` of clonazepam that expires in so many days.
    pub(crate) fn line(packages: u32, lot: &str, days: i64) -> String {
        let expiry = sandbox::clock::today().unwrap() + days.days();
        format!("{CLONAZEPAM}={packages}:{lot}:{expiry}")
    }
}
