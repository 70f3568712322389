//! Tables in our own layout, as `data/` has them: what a version of a catalog is kept as.

use jiff::civil::Date;
use prescription::Clave;

use crate::facts::{FACTS_HEADER, FactRow};
use crate::{CatalogError, Establishment, Listing, Medicine, Professional};

pub(crate) fn medicines(medicines: &[Medicine]) -> Result<Vec<u8>, CatalogError> {
    let header = [
        "clave",
        "generic_name",
        "form",
        "strength",
        "presentation",
        "units",
        "unit",
        "therapeutic_groups",
        "ingredients",
        "substances",
        "assimilated_to",
        "antibiotic",
    ];
    table(crate::medicine::FILE, header, medicines, |one| {
        let package = one.package.as_ref();
        [
            one.clave.to_string(),
            one.generic_name.clone(),
            one.form.clone(),
            one.strength.clone().unwrap_or_default(),
            one.presentation.clone(),
            package.map(|p| p.units.to_string()).unwrap_or_default(),
            package.map(|p| p.unit.clone()).unwrap_or_default(),
            one.therapeutic_groups.join("|"),
            one.substance_key.as_str().to_owned(),
            one.substances.join("|"),
            one.assimilated_to.join("|"),
            if one.antibiotic { "yes" } else { "no" }.to_owned(),
        ]
    })
}

pub(crate) fn facts(rows: &[FactRow]) -> Result<Vec<u8>, CatalogError> {
    table(
        crate::facts::MEDICINE_FACTS,
        FACTS_HEADER,
        rows,
        FactRow::fields,
    )
}

pub(crate) fn listings(listings: &[Listing]) -> Result<Vec<u8>, CatalogError> {
    let header = ["substance", "listed_as", "class", "valid_from", "valid_to"];
    table(crate::substance::FILE, header, listings, |one| {
        [
            one.substance.clone(),
            one.listed_as.clone(),
            one.class.code().to_owned(),
            day(one.valid_from),
            day(one.valid_to),
        ]
    })
}

pub(crate) fn establishments(rows: &[Establishment]) -> Result<Vec<u8>, CatalogError> {
    let header = [
        "clues",
        "name",
        "institution",
        "entity",
        "municipality",
        "locality",
        "postal_code",
        "level",
        "status",
    ];
    table(crate::establishment::FILE, header, rows, |one| {
        [
            one.clues.to_string(),
            one.name.clone(),
            one.institution.clone(),
            one.entity.clone(),
            one.municipality.clone(),
            one.locality.clone(),
            one.postal_code.clone(),
            one.level.clone(),
            one.status.clone(),
        ]
    })
}

pub(crate) fn nurse_list(claves: &[Clave]) -> Result<Vec<u8>, CatalogError> {
    table(crate::update::NURSE_LIST, ["clave"], claves, |one| {
        [one.to_string()]
    })
}

pub(crate) fn professionals(rows: &[Professional]) -> Result<Vec<u8>, CatalogError> {
    let header = [
        "cedula",
        "name",
        "profession",
        "specialty",
        "status",
        "from",
        "to",
    ];
    table(crate::update::PROFESSIONALS, header, rows, |one| {
        [
            one.cedula.to_string(),
            one.name.clone(),
            one.profession.clone(),
            one.specialty.clone(),
            one.status.code().to_owned(),
            day(one.from),
            day(one.to),
        ]
    })
}

fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn table<T, const N: usize>(
    file: &'static str,
    header: [&str; N],
    rows: &[T],
    fields: impl Fn(&T) -> [String; N],
) -> Result<Vec<u8>, CatalogError> {
    let failed = |source| CatalogError::Csv { file, source };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(failed)?;
    for row in rows {
        writer.write_record(fields(row)).map_err(failed)?;
    }
    let bytes = writer.into_inner();
    bytes.map_err(|error| failed(error.into_error().into()))
}
