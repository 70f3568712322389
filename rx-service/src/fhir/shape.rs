//! What can be wrong with a well-formed JSON document that should be one of our requests.

use mpi::{CurpError, NameError};

/// One thing wrong with a request, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ShapeError {
    /// `FHIRPath` of the element, or `http.<parameter>` for a search parameter.
    pub path: String,
    /// What is wrong there.
    pub problem: ShapeProblem,
}

/// JSON's types, as a person calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An object.
    Object,
    /// An array.
    List,
}

/// Formats of primitive values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// FHIR `id`.
    Id,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DD`, or with a time and an offset.
    DateTime,
    /// A date with time and offset.
    Instant,
    /// `YYYY-MM`, `YYYY-MM-DD` or with a time.
    Expiry,
    /// A non-negative decimal of at most three decimals.
    Thousandths,
    /// A non-negative integer.
    Count,
    /// Bytes in base64 with padding, at least one.
    Base64,
    /// 32 bytes in base64url without padding.
    Digest,
    /// `<16 characters of the folio>-<line>`.
    LineId,
    /// `<16 characters of the folio>-<ledger index>-<line>`.
    DispensedId,
    /// `system|value`.
    Token,
    /// A comparison prefix and a date.
    DateRange,
    /// An opaque page token of this server.
    Cursor,
    /// A text of rows and columns in UTF-8.
    Text,
}

/// Identifiers that are validated by their own type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierKind {
    /// Cédula profesional.
    Cedula,
    /// Clave of the Compendio Nacional.
    Clave,
    /// Folio of a special recetario.
    SpecialFolio,
    /// Folio of a prescription.
    Folio,
    /// CLUES of an establishment.
    Clues,
    /// RFC of a supplier.
    Rfc,
    /// A shipment: `<CLUES>-<number>`.
    Shipment,
}

/// An element could not be read, and why has been reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported;

/// What can be wrong with an element. Nothing that a client sent is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShapeProblem {
    /// The element is required.
    #[error("required element is missing")]
    Missing,
    /// Another JSON type.
    #[error("expected a JSON {0:?}")]
    WrongType(JsonType),
    /// Only one value is accepted here.
    #[error("expected {0:?}")]
    Fixed(&'static str),
    /// A code that is not in the list.
    #[error("unknown code; known: {0}")]
    UnknownCode(&'static str),
    /// A primitive value in another format.
    #[error("not a valid {0:?}")]
    Format(Format),
    /// Outside of the range.
    #[error("expected {least} to {most}")]
    OutOfRange {
        /// Least accepted.
        least: u32,
        /// Most accepted.
        most: u32,
    },
    /// Longer than accepted.
    #[error("at most {0} characters")]
    TooLong(u16),
    /// More repetitions than accepted.
    #[error("at most {0} accepted")]
    TooMany(u8),
    /// No identifier or coding of this system.
    #[error("one with system {0} is required")]
    SystemMissing(&'static str),
    /// Not a CURP.
    #[error("{0}")]
    Curp(CurpError),
    /// Not a name.
    #[error("{0}")]
    Name(NameError),
    /// Not the identifier it should be.
    #[error("not a valid {0:?}")]
    Identifier(IdentifierKind),
    /// An extension, or element, that changes the meaning of what it stands in.
    #[error("modifier element that this server does not understand")]
    Modifier,
    /// An element that would change the prescription and is not supported.
    #[error("this element changes the order and is not supported")]
    Unsupported,
    /// An element that the service assigns.
    #[error("assigned by the service: leave it out")]
    AssignedByService,
    /// Two ways to say the same thing disagree.
    #[error("contradicts another element of the same resource")]
    Contradiction,
    /// Differs from the other lines of the prescription or act.
    #[error("differs from the first resource of the same Bundle")]
    DiffersFromFirst,
    /// The reference points to nothing in the document.
    #[error("the reference does not resolve in this document")]
    Unresolved,
    /// The same fullUrl or contained id twice.
    #[error("used twice")]
    NotUnique,
    /// Nothing refers to it.
    #[error("nothing in the Bundle refers to it")]
    Unreferenced,
    /// Another resource was expected here.
    #[error("expected resource {0}")]
    WrongResource(&'static str),
    /// No entry of the kind that the transaction is about.
    #[error("no MedicationRequest and no MedicationDispense in the Bundle")]
    NothingToDo,
    /// `Parameters` lacks a parameter.
    #[error("parameter {0} is required")]
    ParameterMissing(&'static str),
    /// A member that the document does not have.
    #[error("unknown member; known: {0}")]
    UnknownMember(&'static str),
    /// One of two members, and not both.
    #[error("exactly one of {0}")]
    ExactlyOne(&'static str),
    /// Neither end of a delivery is the caller's establishment.
    #[error("must be the establishment of the client certificate")]
    NotTheCaller,
    /// A parameter that the operation or search does not have.
    #[error("unknown parameter; known: {0}")]
    UnknownParameter(&'static str),
}

impl ShapeProblem {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "element-missing",
            Self::WrongType(_) => "element-type",
            Self::Fixed(_) => "element-value",
            Self::UnknownCode(_) => "code-unknown",
            Self::Format(_) => "element-format",
            Self::OutOfRange { .. } => "element-range",
            Self::TooLong(_) => "element-too-long",
            Self::TooMany(_) => "element-too-many",
            Self::SystemMissing(_) => "system-missing",
            Self::Curp(error) => error.code(),
            Self::Name(error) => error.code(),
            Self::Identifier(_) => "identifier-invalid",
            Self::Modifier => "modifier-not-supported",
            Self::Unsupported => "element-not-supported",
            Self::AssignedByService => "element-assigned-by-service",
            Self::Contradiction => "element-contradiction",
            Self::DiffersFromFirst => "element-differs-between-lines",
            Self::Unresolved => "reference-unresolved",
            Self::NotUnique => "identifier-not-unique",
            Self::Unreferenced => "entry-unreferenced",
            Self::WrongResource(_) => "resource-type",
            Self::NothingToDo => "bundle-without-request",
            Self::ParameterMissing(_) => "parameter-missing",
            Self::UnknownParameter(_) => "parameter-unknown",
            Self::UnknownMember(_) => "element-unknown",
            Self::ExactlyOne(_) => "element-exactly-one",
            Self::NotTheCaller => "not-the-caller",
        }
    }

    /// What the person at the screen reads.
    #[must_use]
    pub fn in_spanish(self) -> String {
        match self {
            Self::Missing => "Falta este elemento obligatorio.".to_owned(),
            Self::WrongType(kind) => format!("Este elemento debe ser {}.", kind.in_spanish()),
            Self::Fixed(expected) => format!("El valor debe ser «{expected}»."),
            Self::UnknownCode(known) => format!("Código desconocido. Se admiten: {known}."),
            Self::Format(format) => format!("El valor debe ser {}.", format.in_spanish()),
            Self::OutOfRange { least, most } => {
                format!("El valor debe estar entre {least} y {most}.")
            }
            Self::TooLong(most) => format!("El texto excede de {most} caracteres."),
            Self::TooMany(1) => "Se admite sólo uno.".to_owned(),
            Self::TooMany(most) => format!("Se admiten cuando mucho {most}."),
            Self::SystemMissing(system) => format!("Falta uno con system «{system}»."),
            Self::Curp(error) => error.in_spanish().to_owned(),
            Self::Name(error) => error.in_spanish().to_owned(),
            Self::Identifier(kind) => format!("No es {}.", kind.in_spanish()),
            Self::Modifier => {
                "El elemento modifica el sentido del recurso y este servicio no lo entiende."
                    .to_owned()
            }
            Self::Unsupported => "El elemento cambia la indicación y no se admite.".to_owned(),
            Self::AssignedByService => "Este elemento lo asigna el servicio: omítalo.".to_owned(),
            Self::Contradiction => "Contradice a otro elemento del mismo recurso.".to_owned(),
            Self::DiffersFromFirst => {
                "Debe ser igual en todos los recursos del mismo Bundle.".to_owned()
            }
            Self::Unresolved => "La referencia no lleva a ningún recurso del documento.".to_owned(),
            Self::NotUnique => "El identificador se usa dos veces.".to_owned(),
            Self::Unreferenced => "Ningún recurso del Bundle se refiere a éste.".to_owned(),
            Self::WrongResource(expected) => format!("Aquí se espera un recurso {expected}."),
            Self::NothingToDo => {
                "El Bundle no contiene MedicationRequest ni MedicationDispense.".to_owned()
            }
            Self::ParameterMissing(name) => format!("Falta el parámetro «{name}»."),
            Self::UnknownParameter(known) => format!("Parámetro desconocido. Se admiten: {known}."),
            Self::UnknownMember(known) => format!("Elemento desconocido. Se admiten: {known}."),
            Self::NotTheCaller => {
                "Debe ser el establecimiento que envía, el de su certificado.".to_owned()
            }
            Self::ExactlyOne(which) => format!("Indique sólo uno de estos: {which}."),
        }
    }
}

impl JsonType {
    fn in_spanish(self) -> &'static str {
        match self {
            Self::Text => "un texto",
            Self::Number => "un número",
            Self::Boolean => "true o false",
            Self::Object => "un objeto",
            Self::List => "una lista",
        }
    }
}

impl Format {
    fn in_spanish(self) -> &'static str {
        match self {
            Self::Id => "un id de FHIR (1 a 64 letras, dígitos, guiones y puntos)",
            Self::Date => "una fecha completa AAAA-MM-DD",
            Self::DateTime => "una fecha AAAA-MM-DD, o con hora y desfase (…T10:30:00-06:00)",
            Self::Instant => "una fecha con hora y desfase (AAAA-MM-DDT10:30:00-06:00)",
            Self::Expiry => "una fecha AAAA-MM-DD o AAAA-MM",
            Self::Thousandths => "un número no negativo con tres decimales cuando mucho",
            Self::Count => "un número entero no negativo",
            Self::Base64 => "bytes en base64, con relleno",
            Self::Digest => "32 bytes en base64url sin relleno",
            Self::LineId => "MedicationRequest/ y el identificador que asignó el servicio",
            Self::DispensedId => "MedicationDispense/ y el identificador que asignó el servicio",
            Self::Token => "un valor de la forma system|valor",
            Self::DateRange => "una fecha AAAA-MM-DD con prefijo eq, ge, gt, le o lt",
            Self::Cursor => "el enlace «next» de una respuesta anterior",
            Self::Text => "un archivo CSV en UTF-8, con encabezado",
        }
    }
}

impl IdentifierKind {
    fn in_spanish(self) -> &'static str {
        match self {
            Self::Cedula => "una cédula profesional (7 u 8 dígitos)",
            Self::Clave => "una clave del Compendio Nacional (NNN.NNN.NNNN.NN)",
            Self::SpecialFolio => {
                "un folio de recetario especial (6 a 30 mayúsculas, dígitos y guiones)"
            }
            Self::Folio => "un folio de receta (16 caracteres)",
            Self::Clues => "una CLUES (5 letras mayúsculas y 6 dígitos)",
            Self::Rfc => "un RFC (12 o 13 caracteres, en mayúsculas)",
            Self::Shipment => "un envío: CLUES de quien envía, guion y número",
        }
    }
}

/// The errors found so far. Readers add to it and go on, so that a client learns all at once.
#[derive(Debug, Default)]
pub(super) struct Errors(Vec<ShapeError>);

impl Errors {
    /// Errors reported of one document; the rest would be noise.
    const MOST: usize = 100;

    pub(super) fn push(&mut self, path: impl Into<String>, problem: ShapeProblem) {
        if self.0.len() < Self::MOST {
            self.0.push(ShapeError {
                path: path.into(),
                problem,
            });
        }
    }

    /// `value`, if nothing was found wrong.
    ///
    /// A reader that returns `None` has pushed why; should one forget, the document is refused
    /// all the same.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<ShapeError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            None if self.0.is_empty() => {
                let path = "Resource".to_owned();
                Err(vec![ShapeError {
                    path,
                    problem: ShapeProblem::Missing,
                }])
            }
            Some(_) | None => Err(self.0),
        }
    }
}
