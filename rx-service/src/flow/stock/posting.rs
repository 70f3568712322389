//! A decided movement as the store posts it.

use substances::{
    Counterpart, Lot, Movement, MovementKind, MovementLine, Origin, PartyRef, postings,
};

use crate::flow::FlowError;
use crate::store::{MovedLine, PostedLine, Posting, Side, Taken};

/// What `movement` does to stock and books.
pub(super) fn of(movement: &Movement) -> Result<Posting, FlowError> {
    let mut lines = Vec::with_capacity(movement.lines.len());
    for (number, line) in (1..).zip(&movement.lines) {
        let posted = postings(&alone(movement, line))
            .iter()
            .map(|posting| {
                let units = bigint(posting.units.count())?;
                let from = side(posting.from, movement);
                let to = side(posting.to, movement);
                Ok(PostedLine {
                    units,
                    from,
                    to,
                    ..unmoved(number, line)?
                })
            })
            .collect::<Result<Vec<_>, FlowError>>()?;
        lines.extend(with_shortfall(posted, number, line)?);
    }
    let prescription = match &movement.origin {
        Origin::Prescription { folio, prescriber } => Some((*folio, prescriber.clone())),
        Origin::Register { .. } => None,
    };
    let counterpart = movement.counterpart.as_ref().map(serde_json::to_string);
    let late = prescription.is_some();
    Ok(Posting {
        establishment: movement.establishment.clone(),
        kind: movement.kind.code(),
        on: movement.on,
        document: movement.document.clone(),
        permit: movement.permit.clone(),
        counterpart: counterpart.transpose().map_err(FlowError::internal)?,
        prescription,
        lines: lines
            .into_iter()
            .map(|line| PostedLine {
                may_be_late: late && line.class == substances::Book::Antibiotics.code(),
                ..line
            })
            .collect(),
    })
}

/// The movement of one of its lines.
fn alone(movement: &Movement, line: &MovementLine) -> Movement {
    Movement {
        lines: vec![line.clone()],
        ..movement.clone()
    }
}

/// A line that moves nothing: a count that agrees.
fn unmoved(number: usize, line: &MovementLine) -> Result<PostedLine, FlowError> {
    let Lot {
        number: lot,
        expiry,
    } = line.lot.clone();
    let counted = line.counted.map(|counted| bigint(counted.expected.count()));
    Ok(PostedLine {
        source: number,
        class: line.book.code(),
        clave: line.clave.clone(),
        lot,
        expiry,
        units: 0,
        from: Side::Here,
        to: Side::Here,
        held: counted.transpose()?,
        retained: line.retained,
        shortfall: false,
        may_be_late: false,
    })
}

/// Of a line whose units the ledger did not have, the first posting brings them; what the lot holds
/// must then be exactly what was found missing.
fn with_shortfall(
    mut posted: Vec<PostedLine>,
    number: usize,
    line: &MovementLine,
) -> Result<Vec<PostedLine>, FlowError> {
    if posted.is_empty() {
        posted.push(unmoved(number, line)?);
    }
    if !line.shortfall.is_zero() {
        let held = line.units.minus(line.shortfall).unwrap_or_default();
        if let Some(first) = posted.first_mut() {
            first.shortfall = true;
            first.retained = false;
            first.held = Some(bigint(held.count())?);
        }
    }
    Ok(posted)
}

fn side(party: PartyRef<'_>, movement: &Movement) -> Side {
    match party {
        PartyRef::Establishment(clues) if *clues == movement.establishment => Side::Here,
        // Between establishments units are always under way first.
        PartyRef::Establishment(clues) => Side::Transit {
            from: movement.establishment.clone(),
            to: clues.clone(),
        },
        PartyRef::Transit { from, to } => Side::Transit {
            from: from.clone(),
            to: to.clone(),
        },
        PartyRef::Outside(outside) => Side::Outside(outside.code()),
    }
}

/// The lines of a movement, of which later ones may take.
pub(super) fn moved(movement: &Movement) -> Result<Vec<MovedLine>, FlowError> {
    let receiver = match (&movement.kind, &movement.counterpart) {
        (MovementKind::Shipment, Some(Counterpart::Establishment(to)))
            if movement.corrects.is_none() =>
        {
            Some(to.clone())
        }
        _ => None,
    };
    let line = |line: &MovementLine| {
        Ok(MovedLine {
            clave: line.clave.clone(),
            lot: line.lot.number.clone(),
            expiry: line.lot.expiry,
            units: bigint(line.units.count())?,
            receiver: receiver.clone(),
        })
    };
    movement.lines.iter().map(line).collect()
}

/// What `movement` takes of `earlier`, or gives back to it.
pub(super) fn takes(
    movement: &Movement,
    earlier: &Movement,
    gives_back: bool,
) -> Result<Vec<Taken>, FlowError> {
    let broken = || FlowError::Internal("a movement refers to lines that are not there".to_owned());
    let number = earlier.number().ok_or_else(broken)?;
    let mut takes = Vec::with_capacity(movement.lines.len());
    for line in &movement.lines {
        let same = |other: &MovementLine| other.clave == line.clave && other.lot == line.lot;
        let place = earlier.lines.iter().position(same).ok_or_else(broken)?;
        let units = bigint(line.units.count())?;
        takes.push(Taken {
            establishment: earlier.establishment.clone(),
            number,
            line: place + 1,
            units: if gives_back { -units } else { units },
        });
    }
    Ok(takes)
}

fn bigint(units: u64) -> Result<i64, FlowError> {
    i64::try_from(units).map_err(FlowError::internal)
}
