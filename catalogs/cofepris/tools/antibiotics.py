"""Which medicines are antibiotics for the Acuerdo of DOF 27-05-2010: see data/SOURCES.md."""

from spanish import fold

# Antibacterials and antimycobacterials of the compendium, folded. [B]: background knowledge; the
# AWaRe remarks of the publication cover most of them, but not all, and also mark antiretrovirals.
ANTIBACTERIALS = {
    "AMIKACINA", "AMOXICILINA", "AMPICILINA", "AZITROMICINA", "BACITRACINA", "BENCILPENICILINA",
    "CEFACLOR", "CEFALEXINA", "CEFALOTINA", "CEFEPIMA", "CEFIXIMA", "CEFOTAXIMA", "CEFTAZIDIMA",
    "CEFTOLOZANO", "CEFTRIAXONA", "CEFUROXIMA", "CIPROFLOXACINO", "CLARITROMICINA", "CLINDAMICINA",
    "CLORANFENICOL", "COLISTIMETATO", "DAPSONA", "DICLOXACILINA", "DOXICICLINA", "ERITROMICINA",
    "ERTAPENEM", "ESTREPTOMICINA", "ETAMBUTOL", "GENTAMICINA", "GRAMICIDINA", "IMIPENEM",
    "ISONIAZIDA", "LEVOFLOXACINO", "LINEZOLID", "MEROPENEM", "METRONIDAZOL", "MINOCICLINA",
    "MOXIFLOXACINO", "MUPIROCINA", "NEOMICINA", "NITROFURAL", "NITROFURANTOINA", "OFLOXACINA",
    "PIPERACILINA", "PIRAZINAMIDA", "POLIMIXINA B", "QUINUPRISTINA", "RIFAMPICINA", "RIFAXIMINA",
    "SULFACETAMIDA", "SULFACETAMIDA SODICA", "SULFADIAZINA DE PLATA", "SULFAMETOXAZOL",
    "TEICOPLANINA", "TETRACICLINA", "TIGECICLINA", "TINIDAZOL", "TOBRAMICINA", "TRIMETOPRIMA",
    "VANCOMICINA",
}
# AWaRe remarks of the publication on medicines that are not antibacterial (antiretrovirals).
NOT_ANTIBACTERIAL = {"CABOTEGRAVIR", "DOLUTEGRAVIR", "FOSTEMSAVIR"}
# COFEPRIS's list under the Acuerdo holds oral and parenteral forms; it leaves out cutaneous,
# ophthalmic, nasal, otic and vaginal ones and suppositories. [S]
_TOPICAL = (
    "OFTALMIC", "OTIC", "NASAL", "CREMA", "UNGUENTO", "GEL", "POMADA", "VAGINAL", "OVULO",
    "DERMIC", "TOPIC", "SUPOSITORIO",
)


def is_antibiotic(ingredients, aware, form):
    """A systemic antibacterial: AWaRe or a known name, in a form that is not topical."""
    antibacterial = any(name in ANTIBACTERIALS for name in ingredients)
    if aware and not antibacterial and not NOT_ANTIBACTERIAL.intersection(ingredients):
        raise ValueError(f"AWaRe medicine unknown to the list of antibacterials: {ingredients}")
    folded = fold(form)
    return antibacterial and not any(word in folded.split(" O ")[0] for word in _TOPICAL)
