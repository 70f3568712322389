//! The articles that bind us, as symbols. A rule cites its symbol where it is implemented and
//! where it is tested; `docs/LAW.md` is generated from this table and a test proves that every
//! symbol has both.
//!
//! [`Parameters`] holds every number that is *not* in the law's own text: a secondary source or
//! common practice, to be confirmed by a lawyer and changed without touching code.

use serde::{Deserialize, Serialize};

/// One article, fraction or agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Article {
    /// The symbol's own name.
    pub symbol: &'static str,
    /// How the article is cited to a person.
    pub citation: &'static str,
    /// The rule in one Spanish sentence, for the person who is refused.
    pub rule: &'static str,
}

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
    /// Who may prescribe.
    LGS_28_BIS = "LGS art. 28 Bis",
        "Sólo pueden prescribir los profesionales con cédula que la ley enumera.";
    /// Establishments that handle estupefacientes and psicotrópicos need authorisation.
    LGS_198_I = "LGS art. 198, fracción I",
        "Los establecimientos que manejan estupefacientes o psicotrópicos requieren autorización sanitaria.";
    /// The generic name is obligatory.
    LGS_225 = "LGS art. 225",
        "Los medicamentos se identifican por sus denominaciones genérica y distintiva; la genérica es obligatoria.";
    /// Fraction I: only with a special receta.
    LGS_226_I = "LGS art. 226, fracción I",
        "Sólo se adquieren con receta especial.";
    /// Fraction II: once, retained, two presentations, thirty days.
    LGS_226_II = "LGS art. 226, fracción II",
        "Hasta dos presentaciones del mismo producto; la receta vale treinta días, se registra en el libro y se retiene.";
    /// Fraction III: up to three fills, sealed and registered, retained at the third.
    LGS_226_III = "LGS art. 226, fracción III",
        "Se surte hasta tres veces, se registra cada vez y se retiene en la tercera.";
    /// Fraction IV: refilled as often as the prescriber indicates.
    LGS_226_IV = "LGS art. 226, fracción IV",
        "Se resurte tantas veces como lo indique quien prescribe.";
    /// Fractions V and VI: no prescription is needed.
    LGS_226_V_VI = "LGS art. 226, fracciones V y VI",
        "No requieren receta.";
    /// Generic name obligatory, brand optional.
    LGS_226_GENERICA = "LGS art. 226, último párrafo",
        "Se prescribe con la denominación genérica; la distintiva es opcional.";
    /// Unit doses inside hospitals.
    LGS_226_BIS = "LGS art. 226 Bis",
        "En la atención intrahospitalaria se pueden prescribir dosis unitarias, que se dispensan en dosis exactas.";
    /// Only licensed pharmacies supply fractions I and II.
    LGS_227_BIS = "LGS art. 227 Bis",
        "Sólo droguerías, farmacias y boticas con licencia sanitaria suministran estos medicamentos.";
    /// Expired medicines may not be supplied.
    LGS_233 = "LGS art. 233",
        "Se prohíbe vender o suministrar medicamentos caducados.";
    /// Prohibited estupefacientes.
    LGS_237 = "LGS art. 237",
        "Queda prohibido todo acto con estas substancias.";
    /// Who may prescribe estupefacientes.
    LGS_240 = "LGS art. 240",
        "Sólo prescriben estupefacientes médicos cirujanos, veterinarios para animales y dentistas para casos odontológicos; los pasantes, con los límites que fije la Secretaría.";
    /// Special recetario with the authority's barcode folio.
    LGS_241 = "LGS art. 241",
        "Los estupefacientes se prescriben en recetario especial con código de barras de la autoridad.";
    /// At most thirty days of treatment.
    LGS_241_I = "LGS art. 241, fracción I",
        "El tratamiento con estupefacientes no excede de treinta días.";
    /// Units per day within the approved indication.
    LGS_241_II = "LGS art. 241, fracción II",
        "Las unidades por día se ajustan a las indicaciones terapéuticas del producto.";
    /// Collected by the pharmacy, entered in the book.
    LGS_242 = "LGS art. 242",
        "Sólo establecimientos autorizados surten estupefacientes: recogen siempre la receta y la asientan en el libro.";
    /// Psychotropic group I is prohibited.
    LGS_248 = "LGS art. 248",
        "Queda prohibido todo acto con substancias psicotrópicas del grupo I.";
    /// Psychotropic group II follows the chapter of estupefacientes.
    LGS_250 = "LGS art. 250",
        "Los psicotrópicos del grupo II siguen las reglas de los estupefacientes.";
    /// Psychotropic group III: cédula, once, retained.
    LGS_251 = "LGS art. 251",
        "Los psicotrópicos del grupo III se surten una sola vez y la receta, con cédula, se retiene.";
    /// Psychotropic group IV: three fills in six months.
    LGS_252 = "LGS art. 252",
        "Los psicotrópicos del grupo IV se surten hasta tres veces en seis meses.";
    /// Which substances are of which group, and from which day.
    DECRETO_2026_01_15 = "Decreto DOF 15-01-2026",
        "Cambia los grupos del artículo 245; a cada receta se le aplica el grupo vigente el día en que se escribió.";
    /// Antibiotics: prescription, register, retention at the end of the treatment.
    ACUERDO_ANTIBIOTICOS_2010 = "Acuerdo de antibióticos, DOF 27-05-2010",
        "Los antibióticos requieren receta; cada venta se registra y la receta se retiene al agotarse.";
    /// What a receta must carry.
    RIS_29_30 = "RIS arts. 29 y 30",
        "La receta lleva dosis, presentación, vía, frecuencia y duración; la especial, además, domicilio y diagnóstico.";
}

/// Numbers that the law's text does not give. The defaults are conservative; each says its source:
/// \[S\] a secondary source, \[B\] background knowledge of the trade. `docs/LAW.md` lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// \[B\] Days during which a fraction I prescription can be filled. Common practice: the length
    /// of the longest treatment that LGS 241-I allows.
    pub fraction_i_validity_days: u16,
    /// \[B\] Days during which a fraction IV, V or VI prescription can be filled. Common practice.
    pub fraction_iv_validity_days: u16,
    /// \[B\] Days during which an antibiotic can be filled. Common practice.
    pub antibiotic_validity_days: u16,
    /// \[B\] Most fills of a fraction IV, V or VI line: not a legal limit (LGS 226-IV leaves it to
    /// the prescriber) but a bound against typing errors.
    pub fraction_iv_max_fills: u8,
    /// \[B\] Most packages of one fill: a bound against typing errors, not a legal limit.
    pub max_packages_per_fill: u32,
    /// \[B\] Most lines of one prescription: what fits on a receta and in its QR.
    pub max_lines: u8,
    /// \[B\] How many days back a prescription may be dated when it reaches us.
    pub max_backdating_days: u16,
    /// \[B\] Whether nurses prescribe fraction IV. LGS 28 Bis, numeral 5, limits them to the list
    /// that the Secretaría determines; the catalog does not carry that list yet, so that this
    /// opens or closes all of it. Fractions I to III stay closed either way.
    pub nurse_fraction_iv: bool,
    /// \[B\] Longest treatment with fraction I that a pasante may prescribe, in days; zero: none. LGS
    /// 240 allows it "con las limitaciones que la Secretaría de Salud determine", which we do not
    /// have in writing.
    pub intern_fraction_i_max_days: u16,
    /// \[B\] Whether a pasante prescribes fractions II and III. LGS 28 Bis leaves it to the
    /// Secretaría's specifications, while LGS 251 and 252 ask for the cédula of a médico, which a
    /// pasante does not hold.
    pub intern_fractions_ii_iii: bool,
    /// \[B\] Years, from its end, during which the bodies of every prescription are kept: a receta
    /// is part of the clinical record (NOM-004-SSA3-2012: five years from the last medical act).
    pub record_retention_years: u8,
    /// \[B\] Years, from its end, during which the bodies of a prescription of fractions I to III
    /// are kept: recetas and control books, three years. The longer of both counts.
    pub controlled_retention_years: u8,
    /// \[B\] Diagnoses for which a dentist may prescribe fraction I (LGS 240-III, "para casos
    /// odontológicos"), as the beginnings of CIE-10 codes: diseases of mouth and jaws, fractures
    /// of teeth and jaw, dislocations of teeth and jaw, care of teeth.
    pub dental_diagnoses: Vec<String>,
    /// \[B\] Most unit doses of one line: a bound against typing errors, not a legal limit.
    pub max_unit_doses: u32,
    /// \[B\] Days after the day written on which unit doses can still be handed over.
    pub unit_dose_validity_days: u16,
    /// \[B\] Whether a fraction III line without an interval of the prescriber's gets one: the days
    /// for which a fill is enough, where the catalog tells. LGS 226-III and 252 set none.
    pub fraction_iii_refill_by_supply: bool,
    /// \[B\] Days before the earlier fill is used up on which the next one can be handed over; never more than a
    /// quarter of the interval.
    pub refill_tolerance_days: u16,
    /// \[B\] Days before what the patient has at hand is used up from which on another prescription
    /// does not count as overlapping.
    pub overlap_tolerance_days: u16,
    /// \[B\] Days during which the rest of a fill is the pharmacy's that began it.
    pub reservation_days: u16,
    /// \[B\] Days after a dispensing during which the same pharmacy may take it back or correct it.
    pub return_window_days: u16,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            fraction_i_validity_days: 30,
            fraction_iv_validity_days: 180,
            antibiotic_validity_days: 30,
            fraction_iv_max_fills: 12,
            max_packages_per_fill: 30,
            max_lines: 6,
            max_backdating_days: 1,
            nurse_fraction_iv: true,
            intern_fraction_i_max_days: 0,
            intern_fractions_ii_iii: false,
            record_retention_years: 5,
            controlled_retention_years: 3,
            dental_diagnoses: dental_diagnoses(),
            max_unit_doses: 100,
            unit_dose_validity_days: 1,
            fraction_iii_refill_by_supply: true,
            refill_tolerance_days: 5,
            overlap_tolerance_days: 7,
            reservation_days: 7,
            return_window_days: 30,
        }
    }
}

/// K00 to K14, and what else a dentist treats by its code.
fn dental_diagnoses() -> Vec<String> {
    let mouth = (0..=14).map(|number| format!("K{number:02}"));
    let others = ["S02.5", "S02.6", "S03.0", "S03.2", "Z01.2"].map(str::to_owned);
    mouth.chain(others).collect()
}

/// LGS 226-II: presentations of the same product.
pub const FRACTION_II_MAX_PACKAGES: u32 = 2;
/// LGS 226-II: days from the date written ("treinta días a partir de la fecha de elaboración"). The
/// day written is day zero, so that the thirtieth day after it is the last valid one.
pub const FRACTION_II_VALIDITY_DAYS: u16 = 30;
/// LGS 226-III and 252: fills.
pub const FRACTION_III_MAX_FILLS: u8 = 3;
/// LGS 252: calendar months from the date written; where the sixth month lacks that day, its last
/// day counts.
pub const FRACTION_III_VALIDITY_MONTHS: u8 = 6;
/// LGS 241-I: days of treatment.
pub const FRACTION_I_MAX_TREATMENT_DAYS: u16 = 30;
