//! What the publication of April 2026 writes otherwise than the rules read it: names.
//!
//! `data/SOURCES.md` says how each was found.

/// Names the general rules would spell wrongly: a missing parenthesis, a trailing comment, a line break.
pub(super) const DISPLAY_NAMES: [(&str, &str); 14] = [
    (
        "EPTACOG ALFA (FACTOR DE COAGULACIÓN VII ALFA RECOMBINANTE",
        "Eptacog alfa (factor de coagulación VII alfa recombinante)",
    ),
    (
        "METILTIONINO, CLORURO DE (Azul de metileno)",
        "Cloruro de metiltioninio (azul de metileno)",
    ),
    (
        "FRAGMENTOS F(AB´)2 DE INMUNOGLOBULINA POLIVALENTE ANTILOXOSCELES",
        "Fragmentos F(ab’)2 de inmunoglobulina polivalente antiloxosceles",
    ),
    (
        "FABOTERÁPICO POLIVALENTE ANTIALACRÁN O FRAGMENTOS F(AB’)2 DE INMUNOGLOBULINA POLIVALENTE ANTIALACRÁN.",
        "Faboterápico polivalente antialacrán o fragmentos F(ab’)2 de inmunoglobulina polivalente antialacrán",
    ),
    (
        "VACUNA DE HERPES ZÓSTER RECOMBINANTE CON ADYUVANTE AS01B.",
        "Vacuna de herpes zóster recombinante con adyuvante AS01B",
    ),
    (
        "VACUNA CONTRA EL VIRUS RESPIRATORIO SINCITIAL (BIVALENTE, RECOMBINANTE)",
        "Vacuna contra el virus respiratorio sincicial (bivalente, recombinante)",
    ),
    (
        "VACUNA DE ARNm CONTRA COVID – 19",
        "Vacuna de ARNm contra COVID-19",
    ),
    (
        "VACUNA CONTRA DIFTERIA, TOS FERINA, TÉTANOS, HEPATITIS B, POLIOMIELITIS Y HAEMOPHILUS INFLUENZAE TIPO B",
        "Vacuna contra difteria, tos ferina, tétanos, hepatitis B, poliomielitis y Haemophilus influenzae tipo b",
    ),
    ("SACUBITRILO VALSARTÁN", "Sacubitrilo / valsartán"),
    ("ESTRADIOL CIPROTERONA", "Estradiol / ciproterona"),
    (
        "BICTEGRAVIR / EMTRICITABINA / TENOFOVIR /ALAFENAMIDA",
        "Bictegravir / emtricitabina / tenofovir alafenamida",
    ),
    ("INTERFERÓN (BETA)", "Interferón beta"),
    ("BENZOILO", "Peróxido de benzoílo"),
    ("INSULINA ASPÁRTICA Y/O ASPARTA", "Insulina asparta"),
];

/// Rows that carry the name of a neighbour in the index; the description says what they are.
pub(super) const MISNAMED: [(&str, &str); 11] = [
    ("010.000.2206.00", "DEFIBROTIDA"),
    ("010.000.4210.00", "CETRORELIX"),
    ("010.000.4211.00", "CETRORELIX"),
    ("010.000.5552.01", "DAMOCTOCOG ALFA PEGOL"),
    ("010.000.5633.00", "DEFERASIROX"),
    ("010.000.6033.00", "DABIGATRÁN ETEXILATO"),
    ("010.000.6349.00", "CERLIPONASA ALFA"),
    ("010.000.7175.00", "DESMOPRESINA"),
    ("010.000.7199.00", "DARBEPOETINA ALFA"),
    (
        "020.000.3848.00",
        "FABOTERÁPICO POLIVALENTE O MONOVALENTE ANTIARÁCNIDO",
    ),
    ("020.000.3850.00", "FABOTERÁPICO POLIVALENTE ANTICORALILLO"),
];

/// Pieces that belong to one ingredient although a hyphen or an "y" stands in them.
pub(super) const ONE_INGREDIENT: [&str; 12] = [
    "ALFA-DORNASA",
    "L-ORNITINA-L-ASPARTATO",
    "L-ASPARAGINASA",
    "METOXI-POLIETILENGLICOL",
    "COLAGENA-POLIVINILPIRROLIDONA",
    "SENOSIDOS A-B",
    "SENOSIDOS A Y B",
    "13-VALENTE",
    "20-VALENTE",
    "FOSFATO Y CITRATO DE SODIO",
    "ALUMINIO Y MAGNESIO",
    "ANTI-INHIBIDOR",
];

/// Biologicals and solutions whose name is the ingredient, commas and all.
pub(super) const WHOLE_NAMES: [&str; 9] = [
    "VACUNA",
    "SOLUCION",
    "SISTEMA",
    "FACTOR",
    "FABOTERAPICO",
    "INMUNOGLOBULINA",
    "FRAGMENTOS",
    "TOXOIDES",
    "GOTAS",
];

/// Names of one ingredient, and salts of which the base counts; several apart by `|`.
pub(super) const SYNONYMS: [(&str, &str); 43] = [
    ("INSULINA ASPARTICA Y/O ASPARTA", "INSULINA ASPARTA"),
    ("INTERFERON (BETA)", "INTERFERON BETA"),
    (
        "METILTIONINO, CLORURO DE (AZUL DE METILENO)",
        "CLORURO DE METILTIONINIO",
    ),
    ("SACUBITRILO VALSARTAN", "SACUBITRILO|VALSARTAN"),
    ("ESTRADIOL CIPROTERONA", "ESTRADIOL|CIPROTERONA"),
    (
        "BICTEGRAVIR / EMTRICITABINA / TENOFOVIR /ALAFENAMIDA",
        "BICTEGRAVIR|EMTRICITABINA|TENOFOVIR ALAFENAMIDA",
    ),
    (
        "PANTOPRAZOL O RABEPRAZOL U OMEPRAZOL",
        "PANTOPRAZOL|RABEPRAZOL|OMEPRAZOL",
    ),
    ("OMEPRAZOL O PANTOPRAZOL", "OMEPRAZOL|PANTOPRAZOL"),
    ("AMFOTERICINA B LIPOSOMAL", "ANFOTERICINA B"),
    ("AMFOTERICINA B", "ANFOTERICINA B"),
    (
        "ANFOTERICINA B (COMPLEJO FOSFOLIPIDO O LIPIDICO)",
        "ANFOTERICINA B",
    ),
    ("VALPROATO DE MAGNESIO", "ACIDO VALPROICO"),
    ("VALPROATO SEMISODICO", "ACIDO VALPROICO"),
    ("ENOXAPARINA SODICA", "ENOXAPARINA"),
    ("LEVOTIROXINA SODICA", "LEVOTIROXINA"),
    ("DABIGATRAN ETEXILATO", "DABIGATRAN"),
    ("HIOSCINA", "BUTILHIOSCINA"),
    ("BROMURO DE TIOTROPIO", "TIOTROPIO"),
    ("BROMURO DE IPRATROPIO", "IPRATROPIO"),
    ("DINITRATO DE ISOSORBIDA", "ISOSORBIDA"),
    ("MONONITRATO DE ISOSORBIDA", "ISOSORBIDA"),
    ("DIPROPIONATO DE BECLOMETASONA", "BECLOMETASONA"),
    ("CITRATO DE CAFEINA", "CAFEINA"),
    ("VALERATO DE ESTRADIOL", "ESTRADIOL"),
    ("CIPIONATO DE ESTRADIOL", "ESTRADIOL"),
    ("FUROATO DE FLUTICASONA", "FLUTICASONA"),
    ("FUMARATO DE FORMOTEROL", "FORMOTEROL"),
    ("ANFEBUTAMONA", "BUPROPION"),
    ("BENZATINA BENCILPENICILINA", "BENCILPENICILINA"),
    ("BENCILPENICILINA BENZATINICA COMPUESTA", "BENCILPENICILINA"),
    (
        "BENCILPENICILINA PROCAINICA CON BENCILPENICILINA CRISTALINA",
        "BENCILPENICILINA",
    ),
    ("BENCILPENICILINA SODICA CRISTALINA", "BENCILPENICILINA"),
    ("LOSARTAN E HIDROCLOROTIAZIDA", "LOSARTAN|HIDROCLOROTIAZIDA"),
    (
        "CLORFENAMINA COMPUESTA",
        "PARACETAMOL|CAFEINA|FENILEFRINA|CLORFENAMINA",
    ),
    ("FOLITROPINA BETA", "FOLITROPINA"),
    ("FOLITROPINA ALFA", "FOLITROPINA"),
    ("TENOFOVIR DISOPROXIL FUMARATO", "TENOFOVIR DISOPROXIL"),
    ("TENOFOVIR DISOPROXILO", "TENOFOVIR DISOPROXIL"),
    ("ERITROPOYETINA THETA", "ERITROPOYETINA"),
    ("SUERO ANTIVIPERINO", "ANTIVIPERINO"),
    ("FABOTERAPICO POLIVALENTE ANTIVIPERINO", "ANTIVIPERINO"),
    ("CULTIVO BCG", "BCG INMUNOTERAPEUTICO"),
    ("R-L-ASPARAGINASA", "L-ASPARAGINASA"),
];

/// Forms in the singular.
pub(super) const FORMS_PLURAL: [(&str, &str); 7] = [
    ("Tabletas", "Tableta"),
    ("Comprimidos", "Comprimido"),
    ("Cápsulas", "Cápsula"),
    ("Tabletas o cápsulas", "Tableta o cápsula"),
    ("Frasco ámpula", "Solución inyectable"),
    (
        "Solución inyectable solución oral",
        "Solución inyectable / solución oral",
    ),
    (
        "Solución inyectable acción intermedia",
        "Suspensión inyectable, acción intermedia",
    ),
];

/// Forms of rows that leave the column blank, by the folded beginning of the description.
pub(super) const BLANK_FORMS: [(&str, &str); 28] = [
    ("SOLUCION INYECTABLE", "Solución inyectable"),
    ("SUSPENSION INYECTABLE", "Suspensión inyectable"),
    ("SOLUCION OFTALMICA", "Solución oftálmica"),
    ("SOLUCION O JARABE", "Solución o jarabe"),
    (
        "SOLUCION PARA DIALISIS",
        "Solución para diálisis peritoneal",
    ),
    ("LAS UNIDADES MEDICAS", "Sistema para diálisis peritoneal"),
    ("COMPRIMIDO O TABLETA", "Comprimido o tableta"),
    ("TABLETA DISPERSABLE", "Tableta dispersable"),
    ("TABLETA", "Tableta"),
    ("COMPRIMIDO", "Comprimido"),
    ("CAPSULA", "Cápsula"),
    ("CREMA", "Crema"),
    ("JARABE", "Jarabe"),
    ("GRANULADO ORAL", "Granulado oral"),
    ("POLVO LIOFILIZADO", "Solución inyectable"),
    ("POLVO", "Polvo"),
    ("COLIRIO", "Colirio"),
    ("IMPLANTE", "Implante intraocular"),
    ("SOLUCION", "Solución"),
    ("CADA COMPRIMIDO", "Comprimido"),
    ("CADA TABLETA", "Tableta"),
    ("CADA JERINGA", "Solución inyectable"),
    ("CADA VIAL", "Solución inyectable"),
    ("FABOTERAPICO", "Solución inyectable"),
    ("CITRATO DE IXAZOMIB", "Cápsula"),
    ("MANTENIMIENTO", "Tableta"),
    ("LUBRICANTE", "Solución intraarticular"),
    ("VACUNA", "Suspensión inyectable"),
];
