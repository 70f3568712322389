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
    Arrive(SupplierArgs),
    /// Recibe lo que otro establecimiento envió; sin renglones, todo lo que viene en ese envío.
    Receive(ReceiveArgs),
    /// Envía a otro establecimiento: queda en tránsito hasta que lo reciba.
    Ship(ShipArgs),
    /// Devuelve al proveedor, con una nota.
    GiveBack(SupplierArgs),
    /// Da de baja lo destruido ante dos testigos.
    Destroy(DestroyArgs),
    /// Da de baja lo extraviado.
    Lost(MissingArgs),
    /// Da de baja lo robado, con la denuncia y el aviso a COFEPRIS.
    Stolen(MissingArgs),
    /// Abre el libro de un medicamento con lo que hay hoy.
    Opening(OpeningArgs),
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

/// What comes from a supplier, or goes back to it.
#[derive(Debug, Args)]
pub struct SupplierArgs {
    /// Factura, o nota de devolución.
    #[arg(long, visible_alias = "document", value_name = "FACTURA")]
    pub invoice: String,
    /// RFC del proveedor.
    #[arg(long, value_name = "RFC")]
    pub supplier: String,
    /// Licencia sanitaria del proveedor; obligatoria en fracciones I a III.
    #[arg(long, value_name = "LICENCIA", default_value = "")]
    pub licence: String,
    /// Permiso de COFEPRIS; obligatorio en la fracción I.
    #[arg(long, value_name = "PERMISO", default_value = "")]
    pub permit: String,
    /// Qué se mueve.
    #[command(flatten)]
    pub goods: Goods,
}

/// What arrived from another establishment.
#[derive(Debug, Args)]
pub struct ReceiveArgs {
    /// CLUES de quien envió.
    #[arg(long, value_name = "CLUES")]
    pub from: String,
    /// Número del envío, como lo muestra «stock pending»; sin él, el primero que venga de allí.
    #[arg(long, value_name = "NÚMERO", default_value = "")]
    pub shipment: String,
    /// Qué llegó.
    #[command(flatten)]
    pub goods: Goods,
}

/// What goes to another establishment.
#[derive(Debug, Args)]
pub struct ShipArgs {
    /// CLUES de quien recibe.
    #[arg(long, value_name = "CLUES")]
    pub to: String,
    /// Remisión.
    #[arg(long, value_name = "REMISIÓN")]
    pub document: String,
    /// Permiso de COFEPRIS para el traspaso; obligatorio en la fracción I.
    #[arg(long, value_name = "PERMISO", default_value = "")]
    pub permit: String,
    /// Qué sale.
    #[command(flatten)]
    pub goods: Goods,
}

/// What was destroyed.
#[derive(Debug, Args)]
pub struct DestroyArgs {
    /// Número del acta.
    #[arg(long, value_name = "ACTA")]
    pub acta: String,
    /// Nombre y cargo de un testigo; al menos dos.
    #[arg(long = "witness", value_name = "NOMBRE")]
    pub witnesses: Vec<String>,
    /// Qué se destruyó.
    #[command(flatten)]
    pub goods: Goods,
}

/// What is missing.
#[derive(Debug, Args)]
pub struct MissingArgs {
    /// Acta o denuncia; de un robo, obligatoria.
    #[arg(long, value_name = "ACTA", default_value = "")]
    pub acta: String,
    /// Folio del aviso a COFEPRIS; si aún no lo hay, la respuesta dice hasta cuándo darlo.
    #[arg(long, value_name = "FOLIO", default_value = "")]
    pub notice: String,
    /// Qué falta.
    #[command(flatten)]
    pub goods: Goods,
}

/// What there is.
#[derive(Debug, Args)]
pub struct OpeningArgs {
    /// Acta del inventario, si la hay.
    #[arg(long, value_name = "ACTA", default_value = "")]
    pub document: String,
    /// Qué hay.
    #[command(flatten)]
    pub goods: Goods,
}

impl StockCommand {
    /// The draft of a movement, and how its lines are given; none of another command.
    #[must_use]
    pub fn draft(&self) -> Option<(Draft, &Goods)> {
        match self {
            Self::Arrive(args) => Some((args.draft(Kind::Purchase), &args.goods)),
            Self::GiveBack(args) => Some((args.draft(Kind::Return), &args.goods)),
            Self::Receive(args) => Some((args.draft(), &args.goods)),
            Self::Ship(args) => Some((args.draft(), &args.goods)),
            Self::Destroy(args) => Some((args.draft(), &args.goods)),
            Self::Lost(args) => Some((args.draft(Kind::Loss), &args.goods)),
            Self::Stolen(args) => Some((args.draft(Kind::Theft), &args.goods)),
            Self::Opening(args) => Some((args.draft(), &args.goods)),
            Self::List
            | Self::Pending
            | Self::Log
            | Self::Correct { .. }
            | Self::Notice { .. }
            | Self::Count(_) => None,
        }
    }
}

impl SupplierArgs {
    fn draft(&self, kind: Kind) -> Draft {
        Draft {
            document: self.invoice.clone(),
            counterparty: self.supplier.clone(),
            licence: self.licence.clone(),
            permit: self.permit.clone(),
            ..Draft::blank(kind)
        }
    }
}

impl ReceiveArgs {
    fn draft(&self) -> Draft {
        Draft {
            counterparty: self.from.clone(),
            shipment: self.shipment.clone(),
            ..Draft::blank(Kind::Receipt)
        }
    }
}

impl ShipArgs {
    fn draft(&self) -> Draft {
        Draft {
            document: self.document.clone(),
            counterparty: self.to.clone(),
            permit: self.permit.clone(),
            ..Draft::blank(Kind::Shipment)
        }
    }
}

impl DestroyArgs {
    fn draft(&self) -> Draft {
        Draft {
            document: self.acta.clone(),
            witnesses: self.witnesses.clone(),
            ..Draft::blank(Kind::Destruction)
        }
    }
}

impl MissingArgs {
    fn draft(&self, kind: Kind) -> Draft {
        Draft {
            document: self.acta.clone(),
            notice: self.notice.clone(),
            ..Draft::blank(kind)
        }
    }
}

impl OpeningArgs {
    fn draft(&self) -> Draft {
        Draft {
            document: self.document.clone(),
            ..Draft::blank(Kind::Opening)
        }
    }
}
