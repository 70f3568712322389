"""The controlled lists of LGS arts. 234 and 245, and which medicines contain what they name."""

import re

from spanish import fold

# One substance whose rows are written differently before and after a reform, or whose name in the
# law does not end at its first comma or parenthesis. The key joins the rows of one substance.
_KEYS = {
    "BENZQUINAMINA": "BENZQUINAMIDA",
    "NOR-PSEUDOEFEDRINA (+) CATINA": "NORPSEUDOEFEDRINA",
    "CATINA": "NORPSEUDOEFEDRINA",
    "VALPROICO (ACIDO)": "ACIDO VALPROICO",
    "METADONA, intermediario de la": "METADONA, INTERMEDIARIO",
    "MORAMIDA, intermediario del": "MORAMIDA, INTERMEDIARIO",
    "PETIDINA intermediario A de la": "PETIDINA, INTERMEDIARIO A",
    "PETIDINA intermediario B de la": "PETIDINA, INTERMEDIARIO B",
    "PETIDINA intermediario C de la": "PETIDINA, INTERMEDIARIO C",
    "STP, DOM": "DOM",
    "(+)-LISERGIDA (LSD, LSD-25)": "LISERGIDA",
    "CLORHIDRATO (sic)": "CLORHIDRATO (SIC)",
}

# Names under which the compendium writes a listed substance, where they differ, and every name of
# a substance that its medicines contain. Matched as whole words in the ingredients; salts follow
# their base ("y sus sales", art. 245).
_MEDICINES = {
    "ALPRAZOLAM": ["ALPRAZOLAM"], "AMITRIPTILINA": ["AMITRIPTILINA"],
    "ANFEBUTAMONA": ["BUPROPION"], "BIPERIDENO": ["BIPERIDENO"], "BROMAZEPAM": ["BROMAZEPAM"],
    "BUPRENORFINA": ["BUPRENORFINA"], "CAFEINA": ["CAFEINA"], "CARBAMAZEPINA": ["CARBAMAZEPINA"],
    "CARBIDOPA": ["CARBIDOPA"], "CLOBAZAM": ["CLOBAZAM"], "CLONAZEPAM": ["CLONAZEPAM"],
    "CLOZAPINA": ["CLOZAPINA"], "DIAZEPAM": ["DIAZEPAM"], "EFEDRINA": ["EFEDRINA"],
    "ERGOMETRINA": ["ERGOMETRINA"], "ERGOTAMINA": ["ERGOTAMINA"],
    "FENOBARBITAL": ["FENOBARBITAL"], "FENTANIL": ["FENTANILO"], "FLUMAZENIL": ["FLUMAZENIL"],
    "HALOPERIDOL": ["HALOPERIDOL"], "HIDROXICINA": ["HIDROXIZINA"], "IMIPRAMINA": ["IMIPRAMINA"],
    "KETAMINA": ["KETAMINA"], "LEVODOPA": ["LEVODOPA"], "LITIO-CARBONATO": ["LITIO"],
    "LORAZEPAM": ["LORAZEPAM"], "METADONA": ["METADONA"], "METILFENIDATO": ["METILFENIDATO"],
    "MIDAZOLAM": ["MIDAZOLAM"], "MORFINA": ["MORFINA"], "NALBUFINA": ["NALBUFINA"],
    "NALOXONA": ["NALOXONA"], "OXICODONA": ["OXICODONA"], "PENTOTAL SODICO": ["TIOPENTAL SODICO"],
    "PERFENAZINA": ["PERFENAZINA"], "RISPERIDONA": ["RISPERIDONA"], "SERTRALINA": ["SERTRALINA"],
    "SULPIRIDE": ["SULPIRIDA"], "TETRABENAZINA": ["TETRABENAZINA"],
    "TIOPENTAL": ["TIOPENTAL SODICO"], "TRAMADOL": ["TRAMADOL"], "TRIAZOLAM": ["TRIAZOLAM"],
    "TRIFLUOPERAZINA": ["TRIFLUOPERAZINA"], "TRIHEXIFENIDILO": ["TRIHEXIFENIDILO"],
    "ACIDO VALPROICO": ["ACIDO VALPROICO"],
}

# Medicines the lists do not name but reach by the law's own general clauses. Kept apart from the
# named ones, so that a policy can switch them off: see data/SOURCES.md.
ASSIMILATED = {
    "ESKETAMINA": "KETAMINA",
    "LEVOMEPROMAZINA": "PROMAZINA",
    "PALIPERIDONA": "RISPERIDONA",
    "REMIFENTANILO": "FENTANIL",
}


def key(listed_as):
    """The short name under which the rows of one substance are joined."""
    if listed_as in _KEYS:
        return _KEYS[listed_as]
    if listed_as.startswith("TETRAHIDROCANNABINOL"):
        return "TETRAHIDROCANNABINOL " + (">1%" if "mayores al 1%" in listed_as else "<=1%")
    return fold(re.split(r" \(|,| y sus | y otros | sus ésteres", listed_as)[0]).strip()


def substance_rows(lgs_rows):
    """The project's table: one row per listing in the law, in the order of the law."""
    roman = {"estupefaciente": "estupefaciente"}
    roman.update({f"psicotropico-{n}": f"psicotropico-{n}" for n in ("I", "II", "III", "IV", "V")})
    rows = []
    for row in lgs_rows:
        rows.append({
            "substance": key(row["name"]),
            "listed_as": row["name"].strip(),
            "article": row["article"],
            "class": roman[row["class_"]],
            "valid_from": row["valid_from"],
            "valid_to": row["valid_to"],
            "change": _change(row["change"]),
        })
    return rows


def _change(text):
    """What the reform of DOF 15-01-2026 did to the row, as a code."""
    for word in ("added", "included", "moved", "respelled", "removed"):
        if text.startswith(word):
            return word
    if text:
        raise ValueError(f"change of an unknown kind: {text}")
    return ""


def substances_of(ingredients, keys):
    """Keys of the listed substances among the ingredients of a medicine, past and present."""
    found = [k for k, names in _MEDICINES.items() if any(n in ingredients for n in names)]
    unknown = set(found) - keys
    if unknown:
        raise ValueError(f"not in the lists of the law: {unknown}")
    return sorted(found)


def assimilated_to(ingredients, keys):
    """Keys of the listed substances to which the ingredients are assimilated."""
    found = sorted({ASSIMILATED[i] for i in ingredients if i in ASSIMILATED})
    if set(found) - keys:
        raise ValueError(f"not in the lists of the law: {found}")
    return found
