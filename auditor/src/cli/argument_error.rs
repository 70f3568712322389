//! What is wrong with the arguments, in one Spanish line.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// `error` must not be a request for help or version.
pub(super) fn in_spanish(error: &clap::Error) -> String {
    let argument = context(error, ContextKind::InvalidArg);
    #[expect(clippy::wildcard_enum_match_arm, reason = "foreign, non-exhaustive")]
    match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("falta {argument}"),
        ErrorKind::UnknownArgument => format!("no existe la opción {argument}"),
        ErrorKind::InvalidValue => format!("{argument} necesita un valor"),
        ErrorKind::ArgumentConflict => {
            let other = context(error, ContextKind::PriorArg);
            format!("{argument} no se puede repetir ni combinar con {other}")
        }
        ErrorKind::InvalidSubcommand => {
            format!(
                "no existe la orden {}",
                context(error, ContextKind::InvalidSubcommand)
            )
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "falta la orden: follow, verify, prove, absence, check, explain, receipt, signature, constancia, evidence \
             o substances"
                .to_owned()
        }
        other => format!("los argumentos no son válidos ({other})"),
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => "un argumento".to_owned(),
    }
}
