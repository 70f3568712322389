//! The end of chapter 9: a proof is altered in three ways, and refused each time.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::Stage;
use crate::auditor;

/// An alteration: what it is, what does it, and what the auditor must say of it.
type Alteration = (&'static str, fn(&mut Value) -> Option<()>, &'static str);

const ALTERATIONS: [Alteration; 3] = [
    (
        "Un bit cambiado en el asiento del surtido:",
        flip_a_bit,
        "no está en el árbol firmado",
    ),
    (
        "Sin el surtido, como si la receta siguiera vigente:",
        leave_out_the_last_act,
        "faltan o sobran actos",
    ),
    (
        "Sin las cofirmas de los testigos:",
        leave_out_the_witnesses,
        "faltan testigos",
    ),
];

pub(super) fn must_be_refused(stage: &mut Stage, proof: &Path) -> Result<()> {
    let original: Value = serde_json::from_slice(&std::fs::read(proof)?)?;
    let altered_file = stage.scratch.join("altered.json");
    for (what, alter, reason) in ALTERATIONS {
        let mut altered = original.clone();
        alter(&mut altered).context("la prueba tiene otra forma")?;
        std::fs::write(&altered_file, serde_json_canonicalizer::to_vec(&altered)?)?;
        let said = auditor::check(&stage.world, &altered_file)?;
        ensure!(
            said.code == Some(1) && said.text.contains(reason),
            "{what} auditor check dijo: {}",
            said.text
        );
        stage.narrator.refused(what);
        stage.narrator.detail("→", said.text.trim());
    }
    Ok(())
}

fn flip_a_bit(proof: &mut Value) -> Option<()> {
    let leaf = &mut proof["entries"].as_array_mut()?.last_mut()?["leaf"];
    let mut bytes = BASE64.decode(leaf.as_str()?.as_bytes()).ok()?;
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle)? ^= 1;
    *leaf = json!(BASE64.encode(&bytes));
    Some(())
}

fn leave_out_the_last_act(proof: &mut Value) -> Option<()> {
    proof["entries"].as_array_mut()?.pop().map(drop)
}

/// The first signature is the log's own.
fn leave_out_the_witnesses(proof: &mut Value) -> Option<()> {
    let (text, signatures) = proof["checkpoint"].as_str()?.split_once("\n\n")?;
    let own = signatures.lines().next()?;
    proof["checkpoint"] = json!(format!("{text}\n\n{own}\n"));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alteration_changes_what_it_says() {
        let original = json!({
            "checkpoint": "origin\n1\nroot\n\n— log a\n— witness b\n",
            "entries": [{"leaf": "AAAA"}, {"leaf": "AAAA"}],
        });
        let altered = ALTERATIONS.map(|(_, alter, _)| {
            let mut altered = original.clone();
            alter(&mut altered).unwrap();
            altered
        });
        assert_eq!(altered[0]["entries"][1]["leaf"], "AAEA");
        assert_eq!(altered[1]["entries"], json!([{"leaf": "AAAA"}]));
        assert_eq!(altered[2]["checkpoint"], "origin\n1\nroot\n\n— log a\n");
    }
}
