//! The articles that bind stock, as symbols, with the numbers that are not in the law's text.
//!
//! They are [`prescription::law::Article`]s like those of prescriptions, in a table of their own:
//! `prescription/tests/law_matrix` proves that each is implemented and tested in this crate.

use prescription::law::Article;
use serde::{Deserialize, Serialize};

macro_rules! articles {
    ($($(#[$doc:meta])* $symbol:ident = $citation:literal, $rule:literal;)+) => {
        $($(#[$doc])* pub const $symbol: Article = Article {
            symbol: stringify!($symbol),
            citation: $citation,
            rule: $rule,
        };)+

        /// Every symbol, in the order of the law.
        pub const ALL: &[Article] = &[$($symbol),+];
    };
}

articles! {
    /// Establishments that handle estupefacientes and psicotrópicos need authorisation.
    LGS_198_I = "LGS art. 198, fracción I",
        "Los establecimientos que manejan estupefacientes o psicotrópicos requieren autorización sanitaria.";
    /// Controlled medicines are entered in control books.
    LGS_226_LIBROS = "LGS art. 226, fracciones II y III",
        "Los medicamentos de las fracciones II y III se registran en los libros de control.";
    /// Who supplies whom.
    LGS_227_BIS = "LGS art. 227 Bis",
        "Laboratorios y almacenes sólo expenden estos medicamentos a establecimientos con licencia sanitaria.";
    /// Expired medicines may not be supplied.
    LGS_233 = "LGS art. 233",
        "Se prohíbe vender o suministrar medicamentos caducados.";
    /// Every act with estupefacientes needs authorisation.
    LGS_235 = "LGS art. 235, último párrafo",
        "Todo acto con estupefacientes, incluidas su posesión y su destrucción, requiere autorización de la Secretaría.";
    /// Special permits to acquire and transfer estupefacientes.
    LGS_236 = "LGS art. 236",
        "El comercio de estupefacientes requiere permiso especial de adquisición o de traspaso.";
    /// Entries in the book of estupefacientes.
    LGS_242 = "LGS art. 242",
        "Quien surte estupefacientes hace los asientos en el libro de contabilidad y recoge las recetas.";
    /// Every act with psychotropics needs authorisation.
    LGS_247 = "LGS art. 247, último párrafo",
        "Todo acto con substancias psicotrópicas requiere autorización de la Secretaría.";
    /// Psychotropic group II follows the chapter of estupefacientes.
    LGS_250 = "LGS art. 250",
        "Los psicotrópicos del grupo II siguen las reglas de los estupefacientes.";
    /// What establishments are.
    LGS_257 = "LGS art. 257",
        "Cada establecimiento hace sólo lo que corresponde a su clase: fabricar, almacenar y distribuir, o suministrar al público.";
    /// Who needs a licence.
    LGS_258 = "LGS art. 258",
        "Los establecimientos que procesan estupefacientes o psicotrópicos deben contar con licencia sanitaria.";
    /// A responsible person, and who may be it.
    LGS_259_260 = "LGS arts. 259 y 260",
        "El establecimiento debe contar con un responsable sanitario y haber dado el aviso.";
    /// The books need a permit.
    LGS_375_IV = "LGS art. 375, fracción IV",
        "Los libros de control de estupefacientes y psicotrópicos requieren permiso.";
    /// Import and export need a permit.
    LGS_375_IX = "LGS art. 375, fracción IX",
        "La importación y exportación de estupefacientes y psicotrópicos requiere permiso.";
    /// Antibiotics: register of acquisition, sale and discard.
    ACUERDO_ANTIBIOTICOS_2010 = "Acuerdo de antibióticos, DOF 27-05-2010",
        "Se lleva un registro de adquisición, venta y desecho de antibióticos.";
}

/// Numbers that the law's text does not give: \[S\] a secondary source, \[B\] background knowledge
/// of the trade. To be confirmed by a lawyer and changed without touching code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// \[B\] Days, from the day of a loss or theft, to give notice to COFEPRIS: "de inmediato", which
    /// we read as the next day.
    pub notice_days: u16,
    /// \[B\] Least witnesses of a destruction, besides the acta: the verifier and the responsable.
    pub destruction_witnesses: u8,
    /// \[B\] Whether each purchase, shipment or return of fraction I names its special permit. LGS
    /// 236 says that the Secretaría issues them; the regulation says for which acts.
    pub fraction_i_trade_permit: bool,
    /// \[B\] Whether laboratories and warehouses also supply each other. LGS 227 Bis names only
    /// droguerías, farmacias and boticas as receivers, and read to the letter would leave no
    /// wholesale.
    pub trade_between_wholesalers: bool,
    /// \[B\] Whether all lots of a controlled medicine are opened in one movement: what is found later
    /// is a difference of a count, which must be explained.
    pub opening_at_once: bool,
    /// \[B\] Most lines of one movement: a bound against runaway files, not a legal limit.
    pub max_lines: u16,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            notice_days: 1,
            destruction_witnesses: 2,
            fraction_i_trade_permit: true,
            trade_between_wholesalers: true,
            opening_at_once: true,
            max_lines: 1000,
        }
    }
}
