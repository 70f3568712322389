#!/usr/bin/env python3
"""Derives ../data/*.csv from the shared inputs. Deterministic: same inputs, same bytes.

    python3 catalogs/cofepris/tools/derive.py [INPUTS]

INPUTS is the folder with compendio_medicamentos.csv, lgs_controlled_substances.csv and the CLUES
file; by default `data/` of the `shared` folder beside the repository. Run it after changing a
derivation, read the diff of the data by eye, and commit both.
"""

import csv
import hashlib
import pathlib
import sys

import antibiotics
import facts
import names
import packaging
import spanish
import strengths
import substances

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
FILES = ("establishments.csv", "medicine_facts.csv", "medicines.csv", "salts.csv",
         "substance_facts.csv", "substances.csv")
CLUES_FILE = "clues_hidalgo_imss_bienestar_202501.csv"


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name, rows):
    with open(DATA / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def medicine(row, accents, keys):
    """One row of medicines.csv."""
    insumo = names.MISNAMED.get(row["clave"], row["insumo"])
    name = names.generic_name(insumo, accents)
    form = names.form(row["forma"], row["descripcion"], accents)
    ingredients = names.ingredients(insumo)
    composition, package = packaging.split(row["descripcion"])
    presentation = packaging.presentation(row["clave"], package)
    units, unit = packaging.package(presentation) or ("", "")
    antibiotic = antibiotics.is_antibiotic(ingredients, row["aware"], form)
    return {
        "clave": row["clave"],
        "generic_name": name,
        "form": form,
        "strength": strengths.strength(row["clave"], composition, name, ingredients),
        "presentation": presentation,
        "units": units,
        "unit": unit,
        "therapeutic_groups": row["grupos_terapeuticos"],
        "ingredients": "|".join(sorted(ingredients)),
        "substances": "|".join(substances.substances_of(ingredients, keys)),
        "assimilated_to": "|".join(substances.assimilated_to(ingredients, keys)),
        "antibiotic": "yes" if antibiotic else "no",
    }


def establishment(row):
    """One row of establishments.csv, from the 20 columns of the official file."""
    return {
        "clues": row["CLUES"].strip(),
        "name": spanish.tidy(row["NOMBRE DE LA UNIDAD"]),
        "institution": spanish.tidy(row["NOMBRE DE LA INSTITUCION"]),
        "entity": row["ENTIDAD"].strip(),
        "municipality": row["MUNICIPIO"].strip(),
        "locality": row["LOCALIDAD"].strip(),
        "postal_code": row["CODIGO POSTAL"].split(".")[0].zfill(5),
        "level": row["NIVEL ATENCION"].strip(),
        "status": row["ESTATUS DE OPERACION"].strip(),
    }


def main():
    inputs = HERE.parents[2].parent / "shared" / "data"
    if len(sys.argv) > 1:
        inputs = pathlib.Path(sys.argv[1])
    compendio = read(inputs / "compendio_medicamentos.csv")
    listed = substances.substance_rows(read(inputs / "lgs_controlled_substances.csv"))
    keys = {row["substance"] for row in listed}
    texts = [row[c] for row in compendio for c in ("insumo", "descripcion", "forma")]
    accents = spanish.Accents(texts)
    medicines = [medicine(row, accents, keys) for row in compendio]
    clues = next(path for path in (inputs / CLUES_FILE, inputs / "clues" / CLUES_FILE)
                 if path.exists())
    DATA.mkdir(exist_ok=True)
    write("medicines.csv", sorted(medicines, key=lambda row: row["clave"]))
    write("substances.csv", listed)
    by_clave = {row["clave"]: row["descripcion"] for row in compendio}
    medicines.sort(key=lambda row: row["clave"])
    write("medicine_facts.csv", facts.medicine_rows(medicines, by_clave))
    write("salts.csv", facts.salt_rows())
    write("substance_facts.csv", facts.substance_rows(
        read(inputs / "incb" / "incb_yellow_codes.csv")
        + read(inputs / "incb" / "incb_green_codes.csv")))
    write("establishments.csv", sorted(map(establishment, read(clues)), key=lambda r: r["clues"]))
    sums = [f"{hashlib.sha256((DATA / n).read_bytes()).hexdigest()}  {n}\n"
            for n in FILES]
    (DATA / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    blanks = {c: sum(not m[c] for m in medicines) for c in medicines[0]}
    print(f"{len(medicines)} medicines, {len(listed)} listings, blanks: {blanks}")


if __name__ == "__main__":
    main()
