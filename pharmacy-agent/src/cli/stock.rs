//! `stock`: what arrives, leaves and is counted.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};

use super::stock_text::LotReason;
use crate::stock::{Draft, Kind, TypedLine};

/// What to do with the stock.
#[derive(Debug, Subcommand)]
pub enum StockCommand {
    /// Muestra las existencias por medicamento, el lote que caduca primero arriba.
    List,
    /// Muestra lo que viene en camino, lo enviado sin confirmar y lo que falta explicar.
    Pending,
    /// Muestra los movimientos de este mostrador y los que esperan respuesta.
    Log,
    /// Registra lo que llegó de un proveedor, con su factura.
    Arrive {
        /// Número de la factura.
        #[arg(long, value_name = "FACTURA")]
        invoice: String,
        /// RFC del proveedor.
        #[arg(long, value_name = "RFC")]
        supplier: String,
        /// Licencia sanitaria del proveedor; obligatoria en fracciones I a III.
        #[arg(long, value_name = "LICENCIA", default_value = "")]
        licence: String,
        /// Permiso de COFEPRIS para adquirir; obligatorio en la fracción I.
        #[arg(long, value_name = "PERMISO", default_value = "")]
        permit: String,
        /// Qué llegó.
        #[command(flatten)]
        goods: Goods,
    },
    /// Recibe lo que otro establecimiento envió; sin renglones, todo lo que viene de él.
    Receive {
        /// CLUES de quien envió.
        #[arg(long, value_name = "CLUES")]
        from: String,
        /// Número del envío, como lo muestra «stock pending»; sin él, el primero que venga de allí.
        #[arg(long, value_name = "NÚMERO", default_value = "")]
        shipment: String,
        /// Qué llegó.
        #[command(flatten)]
        goods: Goods,
    },
    /// Envía a otro establecimiento: queda en tránsito hasta que lo reciba.
    Ship {
        /// CLUES de quien recibe.
        #[arg(long, value_name = "CLUES")]
        to: String,
        /// Remisión.
        #[arg(long, value_name = "REMISIÓN")]
        document: String,
        /// Permiso de COFEPRIS para el traspaso; obligatorio en la fracción I.
        #[arg(long, value_name = "PERMISO", default_value = "")]
        permit: String,
        /// Qué sale.
        #[command(flatten)]
        goods: Goods,
    },
    /// Devuelve al proveedor.
    GiveBack {
        /// Nota de devolución.
        #[arg(long, value_name = "NOTA")]
        document: String,
        /// RFC del proveedor.
        #[arg(long, value_name = "RFC")]
        supplier: String,
        /// Licencia sanitaria del proveedor; obligatoria en fracciones I a III.
        #[arg(long, value_name = "LICENCIA", default_value = "")]
        licence: String,
        /// Permiso de COFEPRIS; obligatorio en la fracción I.
        #[arg(long, value_name = "PERMISO", default_value = "")]
        permit: String,
        /// Qué se devuelve.
        #[command(flatten)]
        goods: Goods,
    },
    /// Da de baja lo destruido ante dos testigos.
    Destroy {
        /// Número del acta.
        #[arg(long, value_name = "ACTA")]
        acta: String,
        /// Nombre de un testigo; al menos dos.
        #[arg(long = "witness", value_name = "NOMBRE")]
        witnesses: Vec<String>,
        /// Qué se destruyó.
        #[command(flatten)]
        goods: Goods,
    },
    /// Da de baja lo extraviado.
    Lost {
        /// Número del acta, si la hay.
        #[arg(long, value_name = "ACTA", default_value = "")]
        acta: String,
        /// Folio del aviso a COFEPRIS; si aún no lo hay, la respuesta dice hasta cuándo darlo.
        #[arg(long, value_name = "FOLIO", default_value = "")]
        notice: String,
        /// Qué falta.
        #[command(flatten)]
        goods: Goods,
    },
    /// Da de baja lo robado, con la denuncia y el aviso a COFEPRIS.
    Stolen {
        /// Número de la denuncia o del acta.
        #[arg(long, value_name = "DENUNCIA")]
        acta: String,
        /// Folio del aviso a COFEPRIS; si aún no lo hay, la respuesta dice hasta cuándo darlo.
        #[arg(long, value_name = "FOLIO", default_value = "")]
        notice: String,
        /// Qué falta.
        #[command(flatten)]
        goods: Goods,
    },
    /// Abre el libro de un medicamento con lo que hay hoy.
    Opening {
        /// Acta del inventario, si la hay.
        #[arg(long, value_name = "ACTA", default_value = "")]
        document: String,
        /// Qué hay.
        #[command(flatten)]
        goods: Goods,
    },
    /// Corrige un movimiento de este mostrador: un asiento nuevo quita lo que sobra.
    Correct {
        /// Número del movimiento.
        #[arg(value_name = "MOVIMIENTO")]
        number: u64,
        /// Qué se quita; se repite. La caducidad sobra.
        #[arg(
            long = "line",
            required = true,
            value_name = "CLAVE=ENVASES[+SUELTAS]:LOTE",
            value_parser = TypedLine::from_str
        )]
        lines: Vec<TypedLine>,
    },
    /// Anota el folio del aviso a COFEPRIS de un extravío o robo ya registrado.
    Notice {
        /// Número del movimiento.
        #[arg(value_name = "MOVIMIENTO")]
        number: u64,
        /// Folio del aviso.
        #[arg(long, value_name = "FOLIO")]
        notice: String,
    },
    /// Cuenta las existencias, a ciegas, y explica las diferencias.
    #[command(subcommand, disable_help_subcommand = true)]
    Count(CountCommand),
}

/// The lines of a movement.
#[derive(Debug, Clone, Args)]
pub struct Goods {
    /// Un renglón; se repite. Del lote que ya hay, la caducidad sobra.
    #[arg(
        long = "line",
        value_name = "CLAVE=ENVASES[+SUELTAS]:LOTE[:CADUCIDAD]",
        value_parser = TypedLine::from_str
    )]
    pub lines: Vec<TypedLine>,
    /// Archivo CSV con columnas clave, lote, caducidad, envases y unidades.
    #[arg(long, value_name = "ARCHIVO", conflicts_with = "lines")]
    pub csv: Option<PathBuf>,
    /// Sólo revisa: muestra lo que se enviaría, o qué está mal, y no envía nada.
    #[arg(long)]
    pub check: bool,
}

/// The steps of a count.
#[derive(Debug, Subcommand)]
pub enum CountCommand {
    /// Empieza un conteo de todo, o de un libro. El saldo no se muestra hasta contar.
    Begin {
        /// I, II, III o antibiotics.
        #[arg(long, value_name = "LIBRO")]
        book: Option<String>,
    },
    /// Muestra los lotes por contar; cuando no falte ninguno, las diferencias y sus razones.
    Show,
    /// Anota lo contado: de un lote del conteo, o de uno que no está en los libros.
    Enter {
        /// Un lote; se repite. 0 si no hay.
        #[arg(
            long = "line",
            required = true,
            value_name = "CLAVE=ENVASES[+SUELTAS]:LOTE[:CADUCIDAD]",
            value_parser = TypedLine::from_str
        )]
        lines: Vec<TypedLine>,
    },
    /// Cierra el conteo y lo envía; cada diferencia con su razón.
    Close {
        /// La razón de una diferencia; se repite.
        #[arg(long = "reason", value_name = "CLAVE:LOTE=RAZÓN", value_parser = LotReason::from_str)]
        reasons: Vec<LotReason>,
    },
    /// Abandona el conteo: no se registra nada.
    Abandon,
}

impl StockCommand {
    /// The draft of a movement, and how its lines are given; none of a command that only reads.
    #[must_use]
    pub fn draft(&self) -> Option<(Draft, &Goods)> {
        let blank = Draft::blank;
        let (draft, goods) = match self {
            Self::List
            | Self::Pending
            | Self::Log
            | Self::Correct { .. }
            | Self::Notice { .. }
            | Self::Count(_) => return None,
            Self::Arrive {
                invoice: document,
                supplier,
                licence,
                permit,
                goods,
            } => {
                let supplier = [document, supplier, licence, permit];
                (with_supplier(Kind::Purchase, supplier), goods)
            }
            Self::GiveBack {
                document,
                supplier,
                licence,
                permit,
                goods,
            } => {
                let supplier = [document, supplier, licence, permit];
                (with_supplier(Kind::Return, supplier), goods)
            }
            Self::Receive {
                from,
                shipment,
                goods,
            } => {
                let draft = Draft {
                    counterparty: from.clone(),
                    shipment: shipment.clone(),
                    ..blank(Kind::Receipt)
                };
                (draft, goods)
            }
            Self::Ship {
                to,
                document,
                permit,
                goods,
            } => {
                let draft = Draft {
                    document: document.clone(),
                    counterparty: to.clone(),
                    permit: permit.clone(),
                    ..blank(Kind::Shipment)
                };
                (draft, goods)
            }
            Self::Destroy {
                acta,
                witnesses,
                goods,
            } => {
                let draft = Draft {
                    document: acta.clone(),
                    witnesses: witnesses.clone(),
                    ..blank(Kind::Destruction)
                };
                (draft, goods)
            }
            Self::Lost {
                acta,
                notice,
                goods,
            } => (missing(Kind::Loss, acta, notice), goods),
            Self::Stolen {
                acta,
                notice,
                goods,
            } => (missing(Kind::Theft, acta, notice), goods),
            Self::Opening { document, goods } => {
                let draft = Draft {
                    document: document.clone(),
                    ..blank(Kind::Opening)
                };
                (draft, goods)
            }
        };
        Some((draft, goods))
    }
}

/// Document, RFC, licence and permit.
fn with_supplier(kind: Kind, [document, rfc, licence, permit]: [&String; 4]) -> Draft {
    Draft {
        document: document.clone(),
        counterparty: rfc.clone(),
        licence: licence.clone(),
        permit: permit.clone(),
        ..Draft::blank(kind)
    }
}

fn missing(kind: Kind, acta: &str, notice: &str) -> Draft {
    Draft {
        document: acta.to_owned(),
        notice: notice.to_owned(),
        ..Draft::blank(kind)
    }
}
