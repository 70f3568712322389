"""Strength text: the amount of each active ingredient, per unit or per volume."""

import re

from spanish import fold, tidy

_AMOUNT = (r"(?<![\d.,])(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,]\d+)*\s*(?:millones (?:de )?)?"
           r"(?:mg|µg|μg|mcg|g|UI|U|mEq|mmol|KBq|%)(?![A-Za-z])")
_STRENGTH = re.compile(
    rf"(?P<a>{_AMOUNT})(?P<per>\s*/\s*(?:\d+(?:\.\d+)?\s*)?(?:mL|ml|Ml|g|día|h|cm2)\b)?")
_BASE = re.compile(
    r"(?:Cada|El|La)\s+(?P<n>\d+(?:\.\d+)?)?\s*(?P<u>mL|ml|mililitros?|g|gramos?)\b"
    r"(?: de soluci[óo]n)?\s+(?:reconstituid\w+ )?contienen?")
_INACTIVE = re.compile(
    r"\b(?:Veh[íi]culo|Excipientes?|Diluyente|Agua (?:inyectable|estéril))\b[^.]*?(?:c\.?b\.?p\.?"
    r"|\d)\s*(?:c\.?b\.?p\.?)?\s*\d*\s*\w*\.?", re.IGNORECASE)
_RESTATES = re.compile(r"\W*(?:[Ee]quivalentes? an?|como|correspondientes? a)\W*")
_SALT_FOLLOWS = re.compile(
    r"\s*de (?:clorhidrato|sulfato|fosfato|mesilato|maleato|fumarato|acetato|bromhidrato)",
    re.IGNORECASE)
_MAX_INGREDIENTS = 4
# Descriptions that name several amounts, where the labelled strength is stated apart.
_STATED = {"040.000.7027.00": "20 mg/mL", "040.000.7028.00": "0.05 mg/mL",
           "010.000.7238.00": "350 mg"}
# Descriptions that contradict themselves or arithmetic: better blank than wrong (SOURCES.md).
_DOUBTFUL = {"010.000.6300.00", "010.000.7166.01", "010.000.6000.00"}


def _clean(amount, per):
    text = tidy((amount + (per or "")).replace("μ", "µ"))
    text = re.sub(r"(\d),(\d{3})\b", r"\1 \2", text)
    text = re.sub(r"(\.\d*?)0+(?=[ /%])", r"\1", text)  # 50.00 mg is 50 mg
    return re.sub(r"(\d)\.(?=[ /%])", r"\1", text)


def _body(composition):
    """What follows "contiene", without vehicles, remarks and the alternative salt."""
    parts = re.split(r"[Cc]ontienen?(?: aproximadamente)?\s*:?|libera:", composition, maxsplit=1)
    body = parts[1] if len(parts) == 2 else composition
    body = re.split(r"\bCada\b", body)[0] or body
    body = _INACTIVE.sub(" ", body)
    first = re.split(r"\s[óo]\s+(?=[A-ZÁÉÍÓÚ])", body)[0]
    body = first if _STRENGTH.search(first) else body
    body = re.sub(r"[.…]{2,}", " ", body)
    return re.sub(r"\([^()]*\)", " ", body)


def _amounts(body, name):
    """`[(text that names the ingredient, amount)]`, or `None` when amounts are alternatives."""
    found = []
    end = 0
    for match in _STRENGTH.finditer(body):
        before = body[end:match.start()]
        end = match.end()
        if re.search(r"\d(?:\s*[-–]|\s+a)\s*$", before):
            return None
        written = _clean(match["a"], match["per"])
        if found and _RESTATES.fullmatch(before):
            # The base counts, except where the medicine is named after its salt.
            named_salt = " DE " in name and name in fold(found[-1][0])
            if not named_salt and not _SALT_FOLLOWS.match(body[end:]):
                found[-1] = (found[-1][0], written)
        elif found and fold(before).strip(" .:;,-–") in {"", "O", "U", "A", "Y"}:
            return None
        else:
            found.append((before, written))
    return found


def _in_order_of_name(found, ingredients):
    """Amounts in the order of the ingredients, or `None` when one cannot be told from another."""
    if len(ingredients) == 1:
        return [found[0][1]]
    amounts = {}
    for text, amount in found:
        # The text may begin with the tail of the previous equivalence ("… de amoxicilina."): the
        # ingredient named last is the one this amount belongs to.
        places = [(max(fold(text).rfind(stem) for stem in _stems(name)), name)
                  for name in ingredients]
        place, name = max(places)
        if place < 0 or name in amounts:
            return None
        amounts[name] = amount
    return [amounts[name] for name in ingredients]


def _stems(ingredient):
    """Beginnings of its words: the salt ("clavulanato") shares them with the acid."""
    return [w[:6] for w in ingredient.split() if w not in {"ACIDO", "DE", "SODICA", "SODICO"}]


def strength(clave, composition, name, ingredients):
    """`2 mg`, `10 mg/mL`, `500 mg / 125 mg`; empty when the amounts do not pair with the names."""
    if clave in _STATED:
        return _STATED[clave]
    if clave in _DOUBTFUL:
        return ""
    found = _amounts(_body(composition), fold(name))
    if not found or len(found) != len(ingredients) or len(found) > _MAX_INGREDIENTS:
        return ""
    amounts = _in_order_of_name(found, ingredients)
    if amounts is None:
        return ""
    base = _BASE.search(composition)
    if base and not any("/" in amount or "%" in amount for amount in amounts):
        unit = "mL" if base["u"].lower().startswith("m") else "g"
        per = f"/{base['n']} {unit}" if base["n"] and base["n"] != "1" else f"/{unit}"
        amounts = [amount + per for amount in amounts]
    return " / ".join(amounts)
