//! Codes of the professions that may prescribe (LGS art. 28 Bis), as the database keeps them.

use prescription::issue::Profession;

const CODES: [(&str, Profession, &str); 6] = [
    ("physician", Profession::Physician, "Médico cirujano"),
    ("homeopath", Profession::Homeopath, "Médico homeópata"),
    ("dentist", Profession::Dentist, "Cirujano dentista"),
    (
        "veterinarian",
        Profession::Veterinarian,
        "Médico veterinario",
    ),
    ("nurse", Profession::Nurse, "Licenciatura en enfermería"),
    (
        "medical-intern",
        Profession::MedicalIntern,
        "Pasante de medicina",
    ),
];

/// The profession with this code.
#[must_use]
pub(super) fn from_code(code: &str) -> Option<Profession> {
    CODES
        .iter()
        .find(|(known, ..)| *known == code)
        .map(|(_, profession, _)| *profession)
}

/// The codes, for messages.
#[must_use]
pub(super) fn codes() -> String {
    CODES.map(|(code, ..)| code).join(", ")
}

/// The profession with this code as a receta prints it.
#[must_use]
pub(super) fn in_spanish(code: &str) -> &'static str {
    CODES
        .iter()
        .find(|(known, ..)| *known == code)
        .map_or("", |(_, _, spanish)| spanish)
}
