//! A physical count: what is still to be counted; the differences only when nothing is.

use serde::Serialize;

use super::lines_of;
use crate::clock::shown_in;
use crate::counter::Counter;
use crate::stock::Measure;
use crate::stock::counting::{Difference, differences, that_explain};
use crate::store::{CountedLot, StockCount};

/// A count. The balance of the books is in it only when everything is counted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CountView {
    pub(crate) begun_at: String,
    pub(crate) lots: Vec<LotToCount>,
    /// Lots still to be counted.
    pub(crate) missing: usize,
    /// `None` while something is to be counted.
    pub(crate) differences: Option<Vec<DifferenceView>>,
}

/// A lot of a count, without what the books say of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LotToCount {
    pub(crate) clave: String,
    pub(crate) medicine: String,
    pub(crate) unit: String,
    pub(crate) lot: String,
    pub(crate) expiry: String,
    pub(crate) counted: Option<u64>,
    #[serde(skip)]
    pub(crate) counted_es: Option<String>,
}

/// A difference to be explained.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DifferenceView {
    pub(crate) clave: String,
    pub(crate) medicine: String,
    pub(crate) lot: String,
    pub(crate) book_units: u64,
    pub(crate) counted: u64,
    pub(crate) units: i64,
    /// Code and Spanish of each reason that can explain it.
    pub(crate) reasons: Vec<(&'static str, &'static str)>,
    #[serde(skip)]
    pub(crate) sentence: String,
}

impl CountView {
    pub(crate) fn of(counter: &Counter, count: &StockCount) -> Self {
        let found = differences(count).ok();
        let view = |it: &Difference| difference_view(counter, it);
        Self {
            begun_at: shown_in(count.begun_at, &counter.zone),
            lots: count
                .lots
                .iter()
                .map(|lot| to_count(counter, lot))
                .collect(),
            missing: count
                .lots
                .iter()
                .filter(|lot| lot.counted.is_none())
                .count(),
            differences: found.map(|found| found.iter().map(view).collect()),
        }
    }

    /// The count for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = vec![format!("Conteo empezado el {}.", self.begun_at)];
        for lot in &self.lots {
            let counted = lot.counted_es.as_deref().unwrap_or("POR CONTAR");
            text.push(format!(
                "  {} [{}] lote {} caduca {}: {counted}",
                lot.medicine, lot.clave, lot.lot, lot.expiry
            ));
        }
        match &self.differences {
            None => text.push(format!(
                "Faltan {} por contar; las diferencias se muestran cuando no falte ninguno.",
                self.missing
            )),
            Some(found) if found.is_empty() => {
                text.push("Todo concuerda: cierre el conteo.".to_owned());
            }
            Some(found) => {
                text.push("Diferencias; cierre el conteo con la razón de cada una:".to_owned());
                for it in found {
                    text.push(format!("  {}", it.sentence));
                    for (code, spanish) in &it.reasons {
                        text.push(format!(
                            "    --reason {}:{}={code}   ({spanish})",
                            it.clave, it.lot
                        ));
                    }
                }
            }
        }
        lines_of(&text)
    }
}

fn to_count(counter: &Counter, lot: &CountedLot) -> LotToCount {
    let measure = Measure::of_clave(counter, &lot.clave);
    LotToCount {
        clave: lot.clave.to_string(),
        medicine: counter.medicine_name(&lot.clave),
        unit: measure.unit().to_owned(),
        lot: lot.lot.clone(),
        expiry: lot.expiry.to_string(),
        counted: lot.counted,
        counted_es: lot.counted.map(|units| measure.words(units)),
    }
}

fn difference_view(counter: &Counter, it: &Difference) -> DifferenceView {
    let lot = &it.lot;
    let measure = Measure::of_clave(counter, &lot.clave);
    let on_shelf = lot.counted.unwrap_or_default();
    let verb = if it.units < 0 { "FALTAN" } else { "SOBRAN" };
    let medicine = counter.medicine_name(&lot.clave);
    DifferenceView {
        sentence: format!(
            "{medicine}, lote {}: el libro dice {}, se contaron {}. {verb} {}.",
            lot.lot,
            measure.words(lot.book_units),
            measure.words(on_shelf),
            measure.words(it.units.unsigned_abs()),
        ),
        clave: lot.clave.to_string(),
        medicine,
        lot: lot.lot.clone(),
        book_units: lot.book_units,
        counted: on_shelf,
        units: it.units,
        reasons: that_explain(it.units)
            .map(|reason| (reason.code(), reason.in_spanish()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::{self, CONTROLLED, now};

    fn view(entered: [Option<u64>; 2]) -> CountView {
        let (_folder, counter) = fixture::counter();
        let lot = |(name, units): (&str, Option<u64>)| CountedLot {
            clave: CONTROLLED.parse().unwrap(),
            lot: name.to_owned(),
            expiry: date(2027, 9, 30),
            book_units: 777,
            counted: units,
        };
        let lots = ["A", "B"].into_iter().zip(entered).map(lot).collect();
        let count = StockCount {
            id: "a".repeat(32).parse().unwrap(),
            begun_at: now(),
            lots,
        };
        CountView::of(&counter, &count)
    }

    #[test]
    fn the_balance_is_nowhere_before_everything_is_counted() {
        let view = view([Some(777), None]);
        let json = serde_json::to_string(&view).unwrap();
        assert_eq!(json.matches("777").count(), 1, "what was counted: {json}");
        let text = view.text();
        assert_eq!(text.matches("777").count(), 1, "{text}");
        assert!(
            text.contains("lote B caduca 2027-09-30: POR CONTAR"),
            "{text}"
        );
        assert!(text.contains("Faltan 1 por contar"), "{text}");
    }

    #[test]
    fn a_difference_comes_with_the_reasons_that_can_explain_it() {
        let text = view([Some(777), Some(778)]).text();
        assert!(text.contains("SOBRAN 1 tableta"), "{text}");
        assert!(
            text.contains("--reason 040.000.2612.00:B=not-recorded"),
            "{text}"
        );
        assert!(!text.contains("=theft"), "{text}");
        let text = view([Some(777), Some(770)]).text();
        assert!(
            text.contains("FALTAN 7 tabletas") && text.contains("B=theft"),
            "{text}"
        );
        assert!(
            view([Some(777), Some(777)])
                .text()
                .contains("Todo concuerda")
        );
    }
}
