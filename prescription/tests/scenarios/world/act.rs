//! What happens: the same decisions that service and counter take.

use jiff::civil::{Date, date};
use prescription::dispense::{DispenseCommand, HandedOver};
use prescription::event::TransferBasis;
use prescription::resume::ResumeCommand;
use prescription::suspend::SuspendCommand;
use prescription::take_back::{BroughtBack, ReturnCommand};
use prescription::transfer::TransferCommand;
use prescription::{
    Clues, Event, Packages, Prescription, Refusal, dispense, expire, issue, resume, suspend,
    take_back, transfer,
};

use super::{OTHER_PHARMACY, World};
use crate::step::When;

impl World {
    pub(crate) fn when(&mut self, when: &When) {
        self.refusals.clear();
        let answer = self.decide(when);
        match answer {
            Err(refusals) => self.refusals = refusals,
            Ok(Event::Issued(issued)) => self.receta = Some(Prescription::new(issued)),
            Ok(event) => {
                if let Event::Dispensed(dispensed) = &event {
                    self.dispensed = Some(dispensed.clone());
                }
                let receta = self.receta.take().unwrap();
                self.receta = Some(receta.apply(&event).unwrap());
            }
        }
    }

    fn decide(&self, when: &When) -> Result<Event, Vec<Refusal>> {
        let one = |refusal| vec![refusal];
        let receta = || self.receta.as_ref().unwrap();
        let (at, by) = (self.command.at, self.command.prescriber.clone());
        match when {
            When::Prescribed => {
                let command = self.command.clone();
                issue::decide(command, &self.facts, &self.parameters).map(Event::Issued)
            }
            When::HandedOver(..)
            | When::ElsewhereHandedOver(..)
            | When::HandedOverWithoutLot(..)
            | When::HandedOverExpiring(..)
            | When::HandedOverBrand(..)
            | When::HandedOverOther(..) => self.hand_over(when),
            When::BroughtBack(count, reason, destination, on) => {
                let command = ReturnCommand {
                    at: noon(*on),
                    on: *on,
                    pharmacy: self.pharmacy.clues.clone(),
                    dispensing: 1,
                    reason: *reason,
                    lines: vec![BroughtBack {
                        line: 1,
                        packages: Packages::new(*count),
                        destination: *destination,
                    }],
                };
                take_back::decide(receta(), &command, &self.parameters).map(Event::Returned)
            }
            When::Transferred(on) => {
                let to: Clues = OTHER_PHARMACY.parse().unwrap();
                let command = TransferCommand {
                    at: noon(*on),
                    on: *on,
                    by: to.clone(),
                    from: self.pharmacy.clues.clone(),
                    to,
                    basis: TransferBasis::PatientRequest,
                };
                let answer = transfer::decide(receta(), &command);
                answer.map(Event::Transferred).map_err(one)
            }
            When::Suspended => {
                let reason = prescription::event::SuspendReason::AwaitingResults;
                let answer = suspend::decide(receta(), &SuspendCommand { at, by, reason });
                answer.map(Event::Suspended).map_err(one)
            }
            When::Resumed => {
                let answer = resume::decide(receta(), &ResumeCommand { at, by });
                answer.map(Event::Resumed).map_err(one)
            }
            When::Comes(on) => {
                let answer = expire::decide(receta(), noon(*on), *on);
                answer.map(Event::Expired).map_err(one)
            }
        }
    }

    fn hand_over(&self, when: &When) -> Result<Event, Vec<Refusal>> {
        let mut pharmacy = self.pharmacy.clone();
        let issued = &self.receta.as_ref().unwrap().issued.lines[0];
        let mut handed = HandedOver {
            line: 1,
            packages: Packages::new(1),
            clave: Some(issued.clave.clone()),
            brand: issued.brand.clone(),
            lot: Some("L-001".to_owned()),
            expiry: Some(date(2028, 1, 31)),
            retained_number: Some(1),
        };
        let on = match when {
            When::HandedOver(count, on) => {
                handed.packages = Packages::new(*count);
                *on
            }
            When::ElsewhereHandedOver(count, on) => {
                handed.packages = Packages::new(*count);
                pharmacy.clues = OTHER_PHARMACY.parse().unwrap();
                *on
            }
            When::HandedOverWithoutLot(count, on) => {
                handed.packages = Packages::new(*count);
                handed.lot = None;
                *on
            }
            When::HandedOverExpiring(expiry, on) => {
                handed.expiry = Some(*expiry);
                *on
            }
            When::HandedOverBrand(brand, on) => {
                handed.brand = brand.map(str::to_owned);
                *on
            }
            When::HandedOverOther(on) => {
                handed.clave = Some("010.000.9999.00".parse().unwrap());
                *on
            }
            When::Prescribed
            | When::BroughtBack(..)
            | When::Transferred(_)
            | When::Suspended
            | When::Resumed
            | When::Comes(_) => panic!("{when} hands over nothing"),
        };
        let command = DispenseCommand {
            at: noon(on),
            on,
            lines: vec![handed],
        };
        let receta = self.receta.as_ref().unwrap();
        let answer = dispense::decide(receta, &command, &pharmacy, &self.parameters);
        answer.map(Event::Dispensed)
    }
}

fn noon(on: Date) -> jiff::Timestamp {
    format!("{on}T18:00:00Z").parse().unwrap()
}
