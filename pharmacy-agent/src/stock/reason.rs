//! Coded reasons for what a count finds.
//!
//! The service decides with `substances::CountReason`, whose codes these are.

/// Code, Spanish, and whether it can explain units that are there and should not be.
pub const REASONS: [(&str, &str, bool); 6] = [
    (
        "counting-error",
        "error en un conteo o asiento anterior",
        true,
    ),
    ("not-recorded", "movimiento que no se registró", true),
    ("measurement", "tolerancia de medición", true),
    ("breakage", "rotura, derrame o extravío", false),
    ("theft", "robo", false),
    ("unknown", "sin explicar; en investigación", true),
];

/// What the pharmacist reads; an unknown code is shown as it is.
#[must_use]
pub fn in_spanish(code: &str) -> &str {
    let found = REASONS.iter().find(|(known, ..)| *known == code);
    found.map_or(code, |(_, text, _)| text)
}

/// The reasons that can explain a difference of this sign.
pub fn that_explain(units: i64) -> impl Iterator<Item = (&'static str, &'static str)> {
    let fitting = REASONS
        .into_iter()
        .filter(move |(_, _, surplus)| units < 0 || *surplus);
    fitting.map(|(code, text, _)| (code, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_was_not_stolen() {
        let codes = |units| {
            that_explain(units)
                .map(|(code, _)| code)
                .collect::<Vec<_>>()
        };
        assert!(codes(-1).contains(&"theft") && !codes(1).contains(&"theft"));
        assert_eq!(in_spanish("breakage"), "rotura, derrame o extravío");
        assert_eq!(in_spanish("x"), "x");
    }
}
