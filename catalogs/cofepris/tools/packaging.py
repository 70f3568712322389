"""Presentation text and, where it is certain, units per package."""

import re

from spanish import tidy

_START = re.compile(
    r"\b(?:Envase(?: o caja)?|Caja|Cada caja|Frasco(?: con| de|-ámpula con| ámpula (?:con|de))"
    r"|Estuche|Lata|Vial y/o frasco)\b"
)
_NUMBERS = {
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "ocho": 8, "nueve": 9, "diez": 10, "veinte": 20, "cien": 100,
}
# Spelling of the counted unit, by the folded first words of what is counted.
_UNITS = [
    (r"tabletas?", "tableta"), (r"comprimidos?", "comprimido"), (r"c[áa]psulas?", "cápsula"),
    (r"grageas?", "gragea"), (r"perlas?", "perla"), (r"supositorios?", "supositorio"),
    (r"óvulos?", "óvulo"), (r"parches?", "parche"), (r"sobres?", "sobre"),
    (r"am?polletas?", "ampolleta"), (r"ámpulas?", "ampolleta"),
    (r"frascos? (?:ámpula|viales|vial)", "frasco ámpula"), (r"frascos?-ámpula", "frasco ámpula"),
    (r"via(?:l|les)\b", "frasco ámpula"),
    (r"(?:micro)?jeringas?\.?(?: pre-?llenadas?| precargadas?| pre llenadas?)?", "jeringa"),
    (r"plumas?(?: precargadas?| prellenadas?)?", "pluma"), (r"cartuchos?", "cartucho"),
    (r"implantes?", "implante"), (r"bolsas?", "bolsa"), (r"frascos?", "frasco"),
    (r"tubos?", "tubo"), (r"enemas?", "enema"), (r"aplicadores", "aplicador"),
    (r"envases", "envase"), (r"dispositivos?", "dispositivo"), (r"disparos", "dosis"),
    (r"dosis", "dosis"), (r"mL\b", "mL"), (r"g\b", "g"),
]
_UNIT = "|".join(f"(?P<u{i}>{p})" for i, (p, _) in enumerate(_UNITS))
_COUNT = r"(?P<n>\d{1,4}(?: 000)?|" + "|".join(_NUMBERS) + r")(?!\s*(?:[oyu]|y/o)\s+\d)(?![.,]\d)"
_LEAD = (
    r"^(?:Envase o caja|Envase|Caja colectiva|Caja|Cada caja contiene|Caja envase contiene|Frasco"
    r"|Lata)"
    r"(?: de cartón| de aluminio| de plomo)?(?: o (?:frasco|caja)(?: de cartón)?)?"
    r"(?: con cartón)?(?: nebulizador| gotero| frasco [aá]mbar)?(?: de| con| para| conteniendo|)"
    r"(?: (?:un |1 )?(?:gotero integral|gotero integrado|frasco gotero|frasco|polvo"
    r"|polvo para reconstituir|dispositivo inhalador|frasco inhalador dosificador|inhalador"
    r"|frasco presurizado)(?: con| para| de|))?\s+"
)
_COUNTED = re.compile(_LEAD + _COUNT + r"\s+(?:" + _UNIT + r")\b", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:Envase|Caja)(?: de cartón)?(?: con)? (?P<what>frasco ámpula|ampolleta|jeringa prellenada"
    r"|bolsa|implante)\b", re.IGNORECASE)
_VOLUME = {"mL", "g", "dosis"}
_TAIL_OF_ACCESSORIES = re.compile(
    r",?\s+(?:e|con|y) (?:instructivos?|inserto)(?: anexos?)?(?: para consumidor.*)?$"
    r"|\s+Con instructivo anexo$", re.IGNORECASE)
# Slips of the publication, in the order in which they are mended.
_SPELLING = [(re.compile(pattern), spelled) for pattern, spelled in [
    (r"\b(\d{2,}|[2-9]) frascos? ámpulas?\b", r"\1 frascos ámpula"),
    (r"\b(\d{2,}|[2-9]) (ampolleta|tableta|jeringa|frasco)\b(?! prellenadas| ámpula)", r"\1 \2s"),
    (r"frascos ámpulas", "frascos ámpula"), (r"\buna frasco", "un frasco"),
    (r"\bapolletas", "ampolletas"), (r"\bCápsulas", "cápsulas"), (r"\bcapsulas", "cápsulas"),
    (r"\bTabletas", "tabletas"), (r"\bJeringas\.", "jeringas"),
    (r"prellenadas\. o precargadas?", "prellenadas o precargadas"),
    (r"\bcon(?=\d)", "con "), (r"(?<=\d),(?=\d{3} UI)", " "),
    (r"^Caja con cartón", "Caja de cartón"),
    (r"^(?:Caja envase|Cada caja) contiene", "Caja con"), (r"bolsa contiene", "bolsa con"),
    (r" es un dispensador", " y un dispensador"), (r"\buna 1 ampolleta", "1 ampolleta"),
]]
_ONE = re.compile(r"^(?P<what>Frasco[- ]ámpula|Jeringa prellenada|Pluma precargada)\b(?! o )")

# Descriptions that do not say "envase" or "caja": the package as it follows from the composition.
_UNSTATED = {
    "010.000.7004.00": "Jeringa prellenada con 1 mL",
    "010.000.7004.01": "Pluma precargada con 1 mL",
    "010.000.4156.01": "Pluma precargada con 3 mL",
    "010.000.6316.01": "Caja de cartón con 5 plumas precargadas con 3 mL",
    "010.000.3433.00": "Envase con un frasco ámpula con 2 mL",
    "010.000.7081.00": "Frasco ámpula con 5 mL", "010.000.2206.00": "Frasco ámpula con 2.5 mL",
    "010.000.7225.00": "Frasco ámpula", "010.000.7226.00": "Frasco ámpula",
    "010.000.0082.00": "Envase con 7 parches", "010.000.7088.00": "Frasco con 60 mg de polvo",
    "010.000.7238.00": "Frasco ámpula con 20 mL", "010.960.0014.00": "Frasco gotero con 15 mL",
    "010.000.7177.00": "Frasco ámpula con 10 mL",
}


def split(descripcion):
    """Composition and package text of a description; the package text may be empty."""
    found = _START.search(descripcion)
    if found is None:
        return descripcion, ""
    return descripcion[: found.start()], descripcion[found.start():]


def presentation(clave, package):
    """The package in one phrase, without leaflets and without a second sentence."""
    if not package:
        return _UNSTATED[clave]
    phrase = re.split(r"(?<!Jeringas)(?<!prellenadas)\.\s+(?=[A-ZÉ*([])|\s+Contiene:|,? Cada "
                      r"|\s+\*|(?<=\w) Envase con | y se puede |\s+Todas las ", package)[0]
    phrase = tidy(phrase)
    for pattern, spelled in _SPELLING:
        phrase = pattern.sub(spelled, phrase)
    return _TAIL_OF_ACCESSORIES.sub("", phrase).strip(" .,")


def _number(text):
    return _NUMBERS.get(text.lower()) or int(text.replace(" ", ""))


def package(phrase):
    """`(units, unit)` of one package, or `None` when the phrase leaves room for doubt."""
    if re.search(r"\d [ou] \d|\bo envase con\b|carteras|cada uno con: frasco|\bg o con ", phrase):
        return None
    one = _ONE.match(phrase)
    if one:
        return 1, one["what"].lower().replace("-", " ").removesuffix(" prellenada").removesuffix(
            " precargada")
    nested = re.match(
        r"^(?:Envase|Caja)(?: de cartón)? con (?P<n>un|una|1|dos|tres|cuatro|\d) frascos? con"
        r" (?P<m>\d+) (?P<what>tabletas?|comprimidos?|cápsulas?)(?P<each> cada uno)?",
        phrase, re.IGNORECASE)
    if nested:
        outer = _number(nested["n"])
        if outer != 1 and not nested["each"]:
            return None
        return outer * int(nested["m"]), nested["what"].rstrip("s")
    single = re.match(r"^Caja de cartón con frasco con (\d+) (tabletas|cápsulas)$", phrase)
    if single:
        return int(single[1]), single[2].rstrip("s")
    bare = _BARE.match(phrase)
    if bare:
        unit = bare["what"].lower().replace("jeringa prellenada", "jeringa")
        return (1, unit) if " o " not in phrase[: bare.end() + 4] else None
    found = _COUNTED.match(phrase)
    if found is None:
        return None
    unit = next(name for i, (_, name) in enumerate(_UNITS) if found[f"u{i}"])
    rest = phrase[found.end():]
    # A second kind counted with the first ("una cápsula … y 2 cápsulas …"), or boxes of boxes.
    if unit not in _VOLUME and re.match(r"^(?: de [\d.]+ mg)? y \d+ (?:tab|cáps|comp|parch)", rest):
        return None
    if re.match(r"^ con \d+ (?:parches|tabletas|cápsulas)", rest):
        return None
    return _number(found["n"]), unit
