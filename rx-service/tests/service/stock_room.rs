//! What pharmacies and warehouses send of their stock.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::callers::Pharmacy;
use crate::world::World;

/// Clonazepam 2 mg, 30 tablets: fraction II.
pub(crate) const CLONAZEPAM: &str = "040.000.2612.00";
/// The lot of the example dispensing.
pub(crate) const LOT: &str = "CZ2409A";
pub(crate) const EXPIRY: &str = "2027-09-30";

/// One line of a movement, in packages of the example's lot.
pub(crate) fn packages(count: u32) -> Value {
    json!({"clave": CLONAZEPAM, "lot": LOT, "expiry": EXPIRY, "packages": count})
}

impl World {
    /// A movement of the example's lot, now.
    pub(crate) fn movement(&self, kind: &str, lines: &[Value]) -> Value {
        json!({"kind": kind, "at": self.app.now().0.to_string(), "lines": lines})
    }

    pub(crate) async fn post_movement(&self, who: &Pharmacy, order: &Value) -> Answer {
        let signature = who.sign(order);
        self.send_movement(who, order, &signature).await
    }

    pub(crate) async fn send_movement(
        &self,
        who: &Pharmacy,
        order: &Value,
        signature: &str,
    ) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("receta-signature", signature),
        ];
        let body = order.to_string();
        self.send(&who.caller, "POST", "/stock/movements", &headers, body)
            .await
    }

    /// Gives a pharmacy its first packages of the example's lot.
    pub(crate) async fn stock(&self, who: &Pharmacy, count: u32) {
        let order = self.movement("opening", &[packages(count)]);
        let answer = self.post_movement(who, &order).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }

    /// Units that a caller holds of the example's lot.
    pub(crate) async fn units(&self, who: &Pharmacy) -> u64 {
        let stock = self.get(&who.caller, "/stock").await;
        assert_eq!(stock.status, StatusCode::OK, "{}", stock.text());
        let balances = stock.json()["balances"].as_array().unwrap().clone();
        let of_lot = balances.iter().filter(|balance| balance["lot"] == LOT);
        of_lot
            .map(|balance| balance["units"].as_u64().unwrap())
            .sum()
    }
}
