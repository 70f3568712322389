"""Facts of controlled substances: what INCB calls them, how strong they are, what is in a unit.

The tables of this file are the project's own, by hand, from public references; `../data/SOURCES.md`
says which. Everything else is computed from them and from medicines.csv, in whole numbers.
"""

import re
from collections import namedtuple

from molecules import base_ten_thousandths, ratio
from spanish import fold

Fact = namedtuple("Fact", "ingredient substance incb convention schedule group formula")
# Ingredient (as in medicines.csv, or the substance's key where no clave has it); key in
# substances.csv; INCB code, convention and schedule; therapeutic group; formula of the anhydrous
# base, where a clave needs it. Ordered by group.
SUBSTANCES = [Fact(*line.split(";")) for line in """
ALFENTANILO;ALFENTANIL;NA 014;1961;I;opioid;
BUPRENORFINA;BUPRENORFINA;PB 006;1971;III;opioid;C29H41NO4
BUTORFANOL;BUTORFANOL;;;;opioid;C21H29NO2
CODEINA;CODEINA;NC 005;1961;II;opioid;C18H21NO3
DEXTROPROPOXIFENO;DEXTROPROPOXIFENO;ND 004;1961;II;opioid;C22H29NO2
DIFENOXILATO;DIFENOXILATO;ND 016;1961;I;opioid;C30H32N2O2
DIHIDROCODEINA;DIHIDROCODEIN;ND 008;1961;II;opioid;C18H23NO3
ETILMORFINA;ETILMORFINA;NE 005;1961;II;opioid;C19H23NO3
FENTANILO;FENTANIL;NF 001;1961;I;opioid;C22H28N2O
FOLCODINA;FOLCODINA;NP 011;1961;II;opioid;C23H30N2O4
HIDROCODONA;HIDROCODONA;NH 002;1961;I;opioid;C18H21NO3
HIDROMORFONA;HIDROMORFONA;NH 004;1961;I;opioid;C17H19NO3
METADONA;METADONA;NM 002;1961;I;opioid;C21H27NO
MORFINA;MORFINA;NM 009;1961;I;opioid;C17H19NO3
NALBUFINA;NALBUFINA;;;;opioid;C21H27NO4
OXICODONA;OXICODONA;NO 002;1961;I;opioid;C18H21NO4
OXIMORFONA;OXIMORFONA;NO 003;1961;I;opioid;C17H19NO4
PENTAZOCINA;PENTAZOCINA;PP 014;1971;III;opioid;C19H27NO
PETIDINA;PETIDINA;NP 001;1961;I;opioid;C15H21NO2
REMIFENTANILO;FENTANIL;NR 005;1961;I;opioid;C20H28N2O5
SUFENTANILO;SUFENTANIL;NS 001;1961;I;opioid;C22H30N2O2S
TRAMADOL;TRAMADOL;;;;opioid;C16H25NO2
NALOXONA;NALOXONA;;;;opioid-antagonist;C19H21NO4
ALPRAZOLAM;ALPRAZOLAM;PA 004;1971;IV;benzodiazepine;C17H13ClN4
BROMAZEPAM;BROMAZEPAM;PB 003;1971;IV;benzodiazepine;C14H10BrN3O
BROTIZOLAM;BROTIZOLAM;PB 007;1971;IV;benzodiazepine;C15H10BrClN4S
CLOBAZAM;CLOBAZAM;PC 004;1971;IV;benzodiazepine;C16H13ClN2O2
CLONAZEPAM;CLONAZEPAM;PC 005;1971;IV;benzodiazepine;C15H10ClN3O3
CLORACEPATO DIPOTASICO;CLORACEPATO DIPOTASICO;PC 006;1971;IV;benzodiazepine;
CLORDIAZEPOXIDO;CLORDIAZEPOXIDO;PC 003;1971;IV;benzodiazepine;C16H14ClN3O
DIAZEPAM;DIAZEPAM;PD 006;1971;IV;benzodiazepine;C16H13ClN2O
ESTAZOLAM;ESTAZOLAM;PE 003;1971;IV;benzodiazepine;C16H11ClN4
FLUNITRAZEPAM;FLUNITRAZEPAM;PF 002;1971;III;benzodiazepine;C16H12FN3O3
FLURAZEPAM;FLURAZEPAM;PF 003;1971;IV;benzodiazepine;C21H23ClFN3O
KETAZOLAM;KETAZOLAM;PK 001;1971;IV;benzodiazepine;C20H17ClN2O3
LOPRAZOLAM;LOPRAZOLAM;PL 003;1971;IV;benzodiazepine;
LORAZEPAM;LORAZEPAM;PL 004;1971;IV;benzodiazepine;C15H10Cl2N2O2
LORMETAZEPAM;LORMETAZEPAM;PL 005;1971;IV;benzodiazepine;C16H12Cl2N2O2
MIDAZOLAM;MIDAZOLAM;PM 016;1971;IV;benzodiazepine;C18H13ClFN3
NITRAZEPAM;NITRAZEPAM;PN 002;1971;IV;benzodiazepine;C15H11N3O3
OXAZEPAM;OXAZEPAM;PO 001;1971;IV;benzodiazepine;C15H11ClN2O2
TEMAZEPAM;TEMAZEPAM;PT 003;1971;IV;benzodiazepine;C16H13ClN2O2
TETRAZEPAM;TETRAZEPAM;PT 004;1971;IV;benzodiazepine;C16H17ClN2O
TRIAZOLAM;TRIAZOLAM;PT 005;1971;IV;benzodiazepine;C17H12Cl2N4
FLUMAZENIL;FLUMAZENIL;;;;benzodiazepine-antagonist;C15H14FN3O3
AMOBARBITAL;AMOBARBITAL;PA 002;1971;III;barbiturate;C11H18N2O3
BARBITAL;BARBITAL;PB 001;1971;IV;barbiturate;C8H12N2O3
BUTALBITAL;BUTALBITAL;PB 004;1971;III;barbiturate;C11H16N2O3
FENOBARBITAL;FENOBARBITAL;PP 008;1971;IV;barbiturate;C12H12N2O3
METILFENOBARBITAL;METILFENOBARBITAL;PM 008;1971;IV;barbiturate;C13H14N2O3
PENTOBARBITAL;PENTOBARBITAL;PP 002;1971;III;barbiturate;C11H18N2O3
SECOBARBITAL;SECOBARBITAL;PS 001;1971;II;barbiturate;C12H18N2O3
TIOPENTAL SODICO;TIOPENTAL;;;;barbiturate;C11H18N2O2S
ANFETAMINA;ANFETAMINA;PA 003;1971;II;stimulant;C9H13N
CAFEINA;CAFEINA;;;;stimulant;C8H10N4O2
DEXTROANFETAMINA;DEXTROANFETAMINA;PD 002;1971;II;stimulant;C9H13N
EFEDRINA;EFEDRINA;;;;stimulant;C10H15NO
METILFENIDATO;METILFENIDATO;PM 007;1971;II;stimulant;C14H19NO2
NORPSEUDOEFEDRINA;NORPSEUDOEFEDRINA;PC 009;1971;III;stimulant;C9H13NO
PEMOLINA;PEMOLINA;PP 020;1971;IV;stimulant;C9H8N2O2
PSEUDOEFEDRINA;PSEUDOEFEDRINA;;;;stimulant;C10H15NO
ANFEPRAMONA;ANFEPRAMONA;PA 001;1971;IV;anorectic;C13H19NO
CLOBENZOREX;CLOBENZOREX;;;;anorectic;C16H18ClN
FENDIMETRAZINA;FENDIMETRAZINA;PP 004;1971;IV;anorectic;C12H17NO
FENPROPOREX;FENPROPOREX;PF 006;1971;IV;anorectic;C12H16N2
FENTERMINA;FENTERMINA;PP 009;1971;IV;anorectic;C10H15N
MAZINDOL;MAZINDOL;PM 001;1971;IV;anorectic;C16H13ClN2O
MEFENOREX;MEFENOREX;PM 012;1971;IV;anorectic;C12H18ClN
ACIDO GAMMA HIDROXIBUTIRICO;ACIDO GAMMA HIDROXIBUTIRICO;PG 002;1971;II;hypnotic;C4H8O3
BUSPIRONA;BUSPIRONA;;;;hypnotic;
CARISOPRODOL;CARISOPRODOL;PC 018;1971;IV;hypnotic;C12H24N2O4
HIDROXIZINA;HIDROXICINA;;;;hypnotic;C21H27ClN2O2
MEPROBAMATO;MEPROBAMATO;PM 003;1971;IV;hypnotic;C9H18N2O4
ZOPICLONA;ZOPICLONA;;;;hypnotic;C17H17ClN6O3
ESKETAMINA;KETAMINA;;;;dissociative;C13H16ClNO
KETAMINA;KETAMINA;;;;dissociative;C13H16ClNO
CLOZAPINA;CLOZAPINA;;;;antipsychotic;C18H19ClN4
HALOPERIDOL;HALOPERIDOL;;;;antipsychotic;C21H23ClFNO2
LEVOMEPROMAZINA;PROMAZINA;;;;antipsychotic;C19H24N2OS
PALIPERIDONA;RISPERIDONA;;;;antipsychotic;C23H27FN4O3
PERFENAZINA;PERFENAZINA;;;;antipsychotic;C21H26ClN3OS
RISPERIDONA;RISPERIDONA;;;;antipsychotic;C23H27FN4O2
SULPIRIDA;SULPIRIDE;;;;antipsychotic;C15H23N3O4S
TRIFLUOPERAZINA;TRIFLUOPERAZINA;;;;antipsychotic;C21H24F3N3S
AMITRIPTILINA;AMITRIPTILINA;;;;antidepressant;C20H23N
BUPROPION;ANFEBUTAMONA;;;;antidepressant;C13H18ClNO
IMIPRAMINA;IMIPRAMINA;;;;antidepressant;C19H24N2
SERTRALINA;SERTRALINA;;;;antidepressant;C17H17Cl2N
LITIO;LITIO-CARBONATO;;;;mood-stabiliser;Li2CO3
ACIDO VALPROICO;ACIDO VALPROICO;;;;antiepileptic;C8H16O2
CARBAMAZEPINA;CARBAMAZEPINA;;;;antiepileptic;C15H12N2O
BIPERIDENO;BIPERIDENO;;;;anticholinergic;C21H29NO
TRIHEXIFENIDILO;TRIHEXIFENIDILO;;;;anticholinergic;C20H31NO
CARBIDOPA;CARBIDOPA;;;;dopaminergic;C10H14N2O4
LEVODOPA;LEVODOPA;;;;dopaminergic;C9H11NO4
TETRABENAZINA;TETRABENAZINA;;;;monoamine-depletor;C19H27NO3
ERGOMETRINA;ERGOMETRINA;;;;ergot;C19H23N3O2
ERGOTAMINA;ERGOTAMINA;;;;ergot;C33H35N5O5
""".strip().splitlines()]

Salt = namedtuple("Salt", "ingredient salt formula bases")
# Salt or hydrate; its formula; molecules of the base in one of the salt. Beyond the compendium,
# those that the forms of INCB meet most.
SALTS = [Salt(i, s, f, int(b)) for i, s, f, b in (line.split(";") for line in """
ACIDO VALPROICO;magnesium;C16H30MgO4;2
AMITRIPTILINA;hydrochloride;C20H24ClN;1
BIPERIDENO;hydrochloride;C21H30ClNO;1
BUPRENORFINA;hydrochloride;C29H42ClNO4;1
CAFEINA;citrate;C14H18N4O9;1
CODEINA;phosphate hemihydrate;C36H50N2O15P2;2
EFEDRINA;hydrochloride;C10H16ClNO;1
EFEDRINA;sulfate;C20H32N2O6S;2
ERGOMETRINA;maleate;C23H27N3O6;1
ERGOTAMINA;tartrate;C70H76N10O16;2
FENOBARBITAL;sodium;C12H11N2NaO3;1
FENTANILO;citrate;C28H36N2O8;1
HIDROMORFONA;hydrochloride;C17H20ClNO3;1
HIDROXIZINA;dihydrochloride;C21H29Cl3N2O2;1
IMIPRAMINA;hydrochloride;C19H25ClN2;1
KETAMINA;hydrochloride;C13H17Cl2NO;1
METADONA;hydrochloride;C21H28ClNO;1
METILFENIDATO;hydrochloride;C14H20ClNO2;1
MIDAZOLAM;hydrochloride;C18H14Cl2FN3;1
MIDAZOLAM;maleate;C22H17ClFN3O4;1
MORFINA;hydrochloride trihydrate;C17H26ClNO6;1
MORFINA;sulfate;C34H40N2O10S;2
MORFINA;sulfate pentahydrate;C34H50N2O15S;2
NALBUFINA;hydrochloride;C21H28ClNO4;1
NALOXONA;hydrochloride;C19H22ClNO4;1
OXICODONA;hydrochloride;C18H22ClNO4;1
PETIDINA;hydrochloride;C15H22ClNO2;1
PSEUDOEFEDRINA;hydrochloride;C10H16ClNO;1
REMIFENTANILO;hydrochloride;C20H29ClN2O5;1
TIOPENTAL SODICO;sodium;C11H17N2NaO2S;1
TRAMADOL;hydrochloride;C16H26ClNO2;1
TRIHEXIFENIDILO;hydrochloride;C20H32ClNO;1
""".strip().splitlines())]

# Milligrams of oral morphine that one milligram, as labelled, stands for, in thousandths, by route.
# S: CDC, Clinical Practice Guideline for Prescribing Opioids, 2022 (oral); B: equianalgesic tables.
OME = {
    ("CODEINA", "oral"): (150, "S"), ("HIDROCODONA", "oral"): (1000, "S"),
    ("HIDROMORFONA", "oral"): (5000, "S"), ("METADONA", "oral"): (4700, "S"),
    ("MORFINA", "oral"): (1000, "S"), ("OXICODONA", "oral"): (1500, "S"),
    ("OXIMORFONA", "oral"): (3000, "S"), ("TRAMADOL", "oral"): (200, "S"),
    ("FENTANILO", "buccal"): (130_000, "S"), ("FENTANILO", "parenteral"): (300_000, "B"),
    ("MORFINA", "parenteral"): (3000, "B"), ("HIDROMORFONA", "parenteral"): (20_000, "B"),
    ("TRAMADOL", "parenteral"): (200, "B"),
}
# A patch releases a rate, not its content: milligrams of oral morphine of one whole patch.
# Fentanyl 4.2 mg is 25 µg/h for 3 days; CDC 2022: 2.4 mg a day for each µg/h.
PATCHES = {"040.000.4027.00": (25 * 2400 * 3 // 1000, "S")}

# Strengths that medicines.csv states as a salt, by what the description says of the ingredient.
_SALT_NAMES = [
    ("sulfato de morfina pentahidratad[ao]?", "sulfate pentahydrate"),
    ("sulfato de morfina", "sulfate pentahydrate"), ("sulfato", "sulfate"),
    ("clorhidrato de morfina", "hydrochloride trihydrate"),
    ("clorhidrato de hidroxizina", "dihydrochloride"),
    ("clorhidrato", "hydrochloride"), ("maleato", "maleate"), ("tartrato", "tartrate"),
    ("citrato", "citrate"), ("valproato de magnesio", "magnesium"), ("tiopental sodico", "sodium"),
]
# By hand, where the words do not decide.
_STATED_SALTS = {
    ("010.000.2622.00", "ACIDO VALPROICO"): ("magnesium", "200 mg of the salt: 185.6 of the acid"),
    ("010.000.6083.00", "CAFEINA"): ("citrate", "20 mg of citrate: 10 mg of the base"),
    ("010.000.6083.01", "CAFEINA"): ("citrate", "20 mg of citrate: 10 mg of the base"),
    ("040.000.6175.00", "NALOXONA"): ("hydrochloride", "the strength is of the anhydrous salt"),
    ("040.000.6176.00", "NALOXONA"): ("hydrochloride", "the strength is of the anhydrous salt"),
    ("040.000.6177.00", "NALOXONA"): ("hydrochloride", "the strength is of the anhydrous salt"),
    ("040.000.7027.00", "MORFINA"): ("hydrochloride trihydrate", "20 mg of it: 15.2 of the base"),
    ("040.000.4029.00", "MORFINA"): ("sulfate", "the strength is of the anhydrous sulfate"),
    ("040.000.7028.00", "FENTANILO"): ("", "0.05 mg/mL is of the base: 0.0785 mg of citrate"),
    ("010.000.2623.00", "ACIDO VALPROICO"): ("", "the strength is of the acid"),
    ("010.000.7024.00", "ACIDO VALPROICO"): ("", "the strength is of the acid"),
    ("040.000.3255.00", "LITIO"): ("", "the carbonate itself is listed"),
}
# Amount of one unit by hand, in ng, where strength and package do not give it.
_STATED_AMOUNTS = {
    ("010.000.2471.00", "CAFEINA"): (25_000_000, "second of four amounts: the name is not a list"),
}
# Most units a day of a fraction I medicine that a public label gives, in thousandths.
MAX_DAILY = {
    "040.000.4470.01": (4000, "S", "72 mg"), "040.000.4471.01": (2666, "S", "72 mg"),
    "040.000.4472.01": (2000, "S", "72 mg"), "040.000.5351.00": (6000, "S", "60 mg"),
    "040.000.0132.01": (16_000, "S", "160 mg"),
    "040.000.6188.00": (8000, "S", "4 episodes of at most 2 tablets"),
    "040.000.6189.00": (8000, "S", "4 episodes of at most 2 tablets"),
    "040.000.6190.00": (8000, "S", "4 episodes of at most 2 tablets"),
    "040.000.6191.00": (8000, "S", "4 episodes of at most 2 tablets"),
    "040.000.6192.00": (8000, "S", "4 episodes of at most 2 tablets"),
    "040.000.6038.00": (572, "S", "20 µg/h: 4 patches every 7 days"),
    "040.000.6039.00": (286, "S", "20 µg/h: 2 patches every 7 days"),
    "040.000.2097.00": (572, "B", "2 patches twice a week"),
    "040.000.2098.00": (572, "B", "2 patches twice a week"),
    "040.000.6175.00": (32_000, "B", "160 mg of oxycodone"),
    "040.000.6176.00": (16_000, "B", "160 mg of oxycodone"),
    "040.000.6177.00": (8000, "B", "160 mg of oxycodone"),
}

_NG = {"g": 1_000_000_000, "mg": 1_000_000, "µg": 1000}
_STRENGTH = re.compile(r"^(?P<n>[\d ]+(?:\.\d+)?) (?P<u>mg|g|µg)(?:/(?P<d>\d+ )?(?P<v>mL|g))?$")
_UNIT_VOLUME = re.compile(r"(?P<n>\d+(?:\.\d+)?) mL\b", re.IGNORECASE)


def route(form):
    """The route whose factor counts, from the pharmaceutical form."""
    form = fold(form)
    for words, name in (("PARCHE", "transdermal"), ("INYECTABLE", "parenteral"),
                        ("BUCAL", "buccal"), ("SUBLINGUAL", "buccal"), ("INHALACION", "nasal")):
        if words in form:
            return name
    return "oral"


def unit_amount(strength, unit, presentation):
    """Labelled amount in one counted unit, in ng; `None` when the figures do not give it."""
    found = _STRENGTH.match(strength)
    if not found:
        return None
    whole, _, decimals = found["n"].replace(" ", "").partition(".")
    amount = int(whole + decimals) * _NG[found["u"]]
    scale = 10 ** len(decimals)
    if not found["v"]:
        return amount // scale if unit not in {"mL", "g"} and amount % scale == 0 else None
    per = int(found["d"] or 1)
    if unit == found["v"]:
        return ratio(amount, scale * per)
    volume = _UNIT_VOLUME.search(presentation)
    if found["v"] != "mL" or not volume:
        return None
    whole, _, decimals = volume["n"].partition(".")
    return ratio(amount * int(whole + decimals), scale * per * 10 ** len(decimals))


def salt_of(clave, ingredient, description):
    """The salt in which the strength is stated, empty for the base, and why where by hand."""
    if (clave, ingredient) in _STATED_SALTS:
        return _STATED_SALTS[clave, ingredient]
    text = fold(description)
    stem = "VALPR" if ingredient == "ACIDO VALPROICO" else ingredient.split()[0]
    # From the salt's first word to the ingredient's first amount.
    for words, salt in _SALT_NAMES:
        named = fold(words) if stem in fold(words) else f"{fold(words)} DE {stem}"
        said = re.search(rf"{named}\w*(?P<before>[^.\d]{{0,40}}?)\d[\d.,]*\s*M?G"
                         r"(?P<after>.{0,25})", text)
        if said:
            base = "EQUIVALENTE" in said["before"] or re.match(r"\W*EQUIVALENTE", said["after"])
            return ("", "") if base else (salt, "")
    return "", ""


def medicine_rows(medicines, descriptions):
    """One row for each clave and controlled ingredient."""
    by_ingredient = {fact.ingredient: fact for fact in SUBSTANCES}
    share = {(s.ingredient, s.salt): base_ten_thousandths(by_ingredient[s.ingredient].formula,
                                                         s.formula, s.bases) for s in SALTS}
    rows = []
    for medicine in medicines:
        listed = set(filter(None, medicine["substances"].split("|")
                            + medicine["assimilated_to"].split("|")))
        names = medicine["ingredients"].split("|")
        controlled = [name for name in names
                      if name in by_ingredient and by_ingredient[name].substance in listed]
        for name in controlled:
            rows.append(_row(medicine, name, by_ingredient[name],
                             descriptions[medicine["clave"]], share))
    return rows


def _row(medicine, name, fact, description, share):
    clave = medicine["clave"]
    salt, note = salt_of(clave, name, description)
    if (clave, name) in _STATED_AMOUNTS:
        labelled, note = _STATED_AMOUNTS[clave, name]
    else:
        labelled = unit_amount(_strength_of(medicine, name), medicine["unit"],
                               medicine["presentation"])
    base = ratio(labelled * share[name, salt], 10_000) if salt and labelled else labelled
    ome, ome_mark = _ome(clave, name, medicine["form"], labelled)
    most, most_mark, why = MAX_DAILY.get(clave, ("", "", ""))
    main = fact.group == "opioid" or fact.group == "stimulant"
    return {
        "clave": clave, "ingredient": name, "strength": medicine["strength"],
        "unit": medicine["unit"], "salt": salt,
        "labelled_ng_per_unit": labelled or "", "base_ng_per_unit": base or "",
        "ome_ng_per_unit": ome, "ome_mark": ome_mark,
        "max_daily_milli": most if main else "", "max_daily_mark": most_mark if main else "",
        "note": "; ".join(filter(None, [note, why if main else ""])),
    }


def _strength_of(medicine, name):
    """The amount of one ingredient: the n-th of the strength is that of the n-th of the name."""
    amounts = medicine["strength"].split(" / ")
    if len(amounts) == 1:
        return amounts[0]
    said = fold(medicine["generic_name"])
    order = sorted(medicine["ingredients"].split("|"), key=lambda i: said.find(i))
    return amounts[order.index(name)]


def _ome(clave, name, form, labelled):
    if clave in PATCHES:
        milligrams, mark = PATCHES[clave]
        return milligrams * 1_000_000, mark
    factor, mark = OME.get((name, route(form)), (None, ""))
    return (ratio(labelled * factor, 1000), mark) if factor and labelled else ("", "")


def _incb_names(lists):
    """The name of each INCB code: the words in capitals that begin it, else its first word."""
    names = {("PG 002", "Schedule II (1971)"): "GAMMA-HYDROXYBUTYRIC ACID"}
    for row in lists:
        code = re.sub(r"^(P[A-Z]|N[A-Z]) ?(\d{3})$", r"\1 \2", row["incb_code"])
        capitals = re.match(r"(?:[A-Z-]{3,}\b ?)+", row["name"])
        name = capitals[0].strip() if capitals else row["name"].split()[0].strip(",").upper()
        names.setdefault((code, row["schedule"]), name)
    return names


def substance_rows(lists):
    """One row for each ingredient, its INCB name read in the lists of INCB."""
    incb_names = _incb_names(lists)
    rows = []
    for fact in SUBSTANCES:
        factors = {route: OME.get((fact.ingredient, route), ("", ""))
                   for route in ("oral", "parenteral", "buccal")}
        row = {"ingredient": fact.ingredient, "substance": fact.substance, "incb_code": fact.incb,
               "incb_name": fact.incb and incb_names[
                   fact.incb, f"Schedule {fact.schedule} ({fact.convention})"],
               "convention": fact.convention, "schedule": fact.schedule, "group": fact.group,
               "base_formula": fact.formula}
        for name, (factor, mark) in factors.items():
            row[f"ome_{name}"] = factor
            row[f"ome_{name}_mark"] = mark
        rows.append(row)
    return sorted(rows, key=lambda row: row["ingredient"])


def salt_rows():
    """One row for each salt, with the share of the base."""
    formulas = {fact.ingredient: fact.formula for fact in SUBSTANCES}
    return [{"ingredient": s.ingredient, "salt": s.salt, "salt_formula": s.formula,
             "bases": s.bases, "base_ten_thousandths":
             base_ten_thousandths(formulas[s.ingredient], s.formula, s.bases)} for s in SALTS]
