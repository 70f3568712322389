"""Spelling shared by the derivations: folding, accents, sentence case, spacing."""

import re
import unicodedata
from collections import Counter

# The publication mixes micro sign, Greek mu and "mcg"; the project writes the micro sign.
_UNITS = [
    (re.compile(r"(?<=\d)\s*[μµ]g\b"), " µg"),
    (re.compile(r"(?<=\d)\s*mcg\b"), " µg"),
    (re.compile(r"(?<=\d)\s*m[lL]\b"), " mL"),
    (re.compile(r"(?<=\d)\s*M[lL]\b"), " mL"),
    (re.compile(r"(?<=\d)\s*(mg|g|kg|UI|U|mEq|mmol|KBq)\b"), r" \1"),
]
_ROMAN = {"II", "III", "IV", "VI", "VII", "VIII", "IX", "X", "XIII"}
_UPPER = {
    "BCG", "B.C.G.", "DPT", "SR", "SRP", "ADN", "AS01B", "AS01B.", "COVID", "C1", "NPH", "A", "B",
    "D", "D3", "L", "F", "T", "A-B", "F(AB’)2", "F(AB´)2",
}
# Accents the publication itself puts on the wrong syllable, or never writes.
_CORRECTED = {
    "ANHIDRA": "anhidra", "VALPROICO": "valproico", "NEUMOCOCICA": "neumocócica",
    "HIPERHINMUNE": "hiperinmune", "BOSENTAN": "bosentán", "TIROFIBAN": "tirofibán",
}
_KEEP = {
    "ARNM": "ARNm", "TD": "Td", "TDPA": "Tdpa", "ADNR": "ADNr", "FCEHR": "FCEhr",
    "WILLEBRAND": "Willebrand", "HARTMANN": "Hartmann", "HAEMOPHILUS": "Haemophilus",
    "R-L-ASPARAGINASA": "r-L-asparaginasa",
}


def fold(text):
    """Upper case without accents: the form in which words are compared."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).upper()


def tidy(text):
    """One space between words, none before punctuation, units spelled one way."""
    text = re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip().replace("μ", "µ")
    for pattern, spelled in _UNITS:
        text = pattern.sub(spelled, text)
    text = re.sub(r"(?<=[A-Za-zµ])\s*/\s*(?=\d)", "/", text)
    text = re.sub(r"(?<=\d)\s*/\s*(?=m?[Lg]\b)", "/", text)
    text = re.sub(r"\b(mg|g|µg|UI|U|mEq)\s*/\s*[mM][lL]\b", r"\1/mL", text)
    text = re.sub(r"\b(mg|g|µg|UI|U|mEq)\s*/\s*(L|h|día)\b", r"\1/\2", text)
    text = re.sub(r"(?<=\d) (?=000\b)", "\u202f", text)  # thousands, put back below
    text = re.sub(r"\s+([,.;:)])", r"\1", text)
    text = re.sub(r"\(\s+", "(", text)
    return text.replace("\u202f", " ").strip(" .;:")


class Accents:
    """Accents that the publication writes in one row and forgets in another.

    Learned from the publication itself: a word that is spelled with an accent anywhere gets it
    everywhere. Only names and forms are corrected, where the same word cannot have two spellings.
    """

    def __init__(self, texts):
        seen = {}
        for text in texts:
            for word in re.findall(r"[^\W\d_]{4,}", text):
                seen.setdefault(fold(word), Counter())[word.lower()] += 1
        self._spelling = dict(_CORRECTED)
        for folded, spellings in seen.items():
            accented = [(n, w) for w, n in spellings.items() if fold(w) != w.upper()]
            if accented and folded not in _CORRECTED:
                self._spelling[folded] = max(accented)[1]

    def restore(self, word):
        """The word in lower case, with its accents."""
        return self._spelling.get(fold(word), word.lower())


def sentence_case(text, accents):
    """`CLORURO DE SODIO` as `Cloruro de sodio`; acronyms, numerals and names stay."""

    def spell(match):
        word = match.group(0)
        key = word.upper()
        if key in _KEEP:
            return _KEEP[key]
        if key in _UPPER or key in _ROMAN:
            return key
        return re.sub(r"[^\W\d_]+", lambda m: accents.restore(m.group(0)), word)

    text = re.sub(r"[^\s/,()]+(?:\(AB.\)2)?", spell, text)
    text = text.replace("unido A ", "unido a ")
    if text.startswith("r-L-"):
        return text
    return re.sub(r"^[a-záéíóúñ]", lambda m: m.group(0).upper(), text)
