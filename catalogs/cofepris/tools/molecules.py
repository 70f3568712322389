"""Weights of molecules from their formulas, in whole mg/mol, and how much of a salt is its base."""

import re

# Standard atomic weights (IUPAC, abridged to five figures), in mg/mol.
_ATOMS = {"H": 1008, "Li": 6940, "C": 12011, "N": 14007, "O": 15999, "F": 18998, "Na": 22990,
          "Mg": 24305, "P": 30974, "S": 32060, "Cl": 35450, "K": 39098, "Br": 79904}
_PART = re.compile(r"([A-Z][a-z]?)(\d*)")


def weight(formula):
    """The weight of one mole of a molecule written as `C17H19NO3`, in mg."""
    parts = _PART.findall(formula)
    if "".join(symbol + count for symbol, count in parts) != formula:
        raise ValueError(f"not a formula: {formula}")
    return sum(_ATOMS[symbol] * int(count or 1) for symbol, count in parts)


def ratio(numerator, denominator):
    """The quotient to the nearest whole number, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)


def base_ten_thousandths(base, salt, bases):
    """Anhydrous base in 10 000 parts of the salt: `bases` molecules of it in one of the salt."""
    return ratio(10_000 * bases * weight(base), weight(salt))
