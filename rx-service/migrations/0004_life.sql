-- What happens to a prescription after its issue, and what the next prescriber must know of it.

-- The instant at which the validity ends: the midnight after its last day where it was written.
-- Rows from before get the midnight of the westernmost zone, so that none ends too early; whoever
-- ends a prescription asks the rules again.
ALTER TABLE prescription ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;
UPDATE prescription SET ends_at = (valid_until + 1) * 86400000 + 28800000;
DROP INDEX prescription_by_end;
CREATE INDEX prescription_by_end ON prescription (phase, ends_at);

-- What a patient has, or can still get: one row a line, until both are over. `until_day` is the last
-- day on which the line can be filled, or on which the patient still has some of it, whichever is
-- later; `held_until` the latter alone (-1: nothing was handed over). Several lines may hold one
-- substance: the prescriber of the later ones knew, and said why. `therapeutic_group` is empty where
-- the catalog has none. `remainder` is the packages that can still be handed over.
--
-- Rows from before carry no clave, fraction or quantity: what is left of them is somebody's to fill.
-- The question of every issue is "what does this patient have today?": the index answers it from the
-- rows of one patient, however many others there are.
CREATE TABLE supply (
    folio             TEXT NOT NULL,
    line              BIGINT NOT NULL,
    patient_id        TEXT NOT NULL,
    clave             TEXT NOT NULL,
    substance         TEXT NOT NULL,
    therapeutic_group TEXT NOT NULL,
    fraction          BIGINT NOT NULL,
    remainder         BIGINT NOT NULL,
    clues             TEXT NOT NULL,
    written_on        BIGINT NOT NULL,
    held_until        BIGINT NOT NULL,
    until_day         BIGINT NOT NULL,
    PRIMARY KEY (folio, line)
);
CREATE INDEX supply_by_patient ON supply (patient_id, until_day);
INSERT INTO supply (folio, line, patient_id, clave, substance, therapeutic_group, fraction,
                    remainder, clues, written_on, held_until, until_day)
SELECT active_substance.folio, active_substance.line, active_substance.patient_id,
       '000.000.0000.00', active_substance.substance, '', 4, 1, prescription.clues,
       prescription.written_on, -1, active_substance.valid_until
FROM active_substance JOIN prescription ON prescription.folio = active_substance.folio;
DROP TABLE active_substance;

-- Series of special folios: what stands before the number, and how many digits it has. The row is
-- what acts on the ranges of a series take turns at.
CREATE TABLE special_folio_series (
    series TEXT NOT NULL,
    width  BIGINT NOT NULL,
    acts   BIGINT NOT NULL,
    PRIMARY KEY (series, width)
);

-- Ranges of special folios that the authority assigned to a prescriber (LGS art. 241): a row for a
-- recetario, not for a folio. `status` is assigned or, once the prescriber has it, delivered.
CREATE TABLE special_folio_range (
    series       TEXT NOT NULL,
    width        BIGINT NOT NULL,
    first_number BIGINT NOT NULL,
    last_number  BIGINT NOT NULL,
    cedula       TEXT NOT NULL,
    status       TEXT NOT NULL,
    assigned_at  BIGINT NOT NULL,
    delivered_at BIGINT,
    PRIMARY KEY (series, width, first_number)
);
CREATE INDEX special_folio_range_by_prescriber ON special_folio_range (cedula);

-- A single folio with a fate: used, cancelled, lost, stolen or returned. Whoever inserts the row
-- decided it: a folio has one fate. Folios that were delivered before there were ranges are ranges
-- of one, whose series is the whole folio.
INSERT INTO special_folio_range
SELECT special_folio, 0, 0, 0, cedula, 'delivered', 0, 0 FROM special_folio;
DELETE FROM special_folio WHERE status = 'delivered';
ALTER TABLE special_folio ADD COLUMN fate_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX special_folio_by_prescriber ON special_folio (cedula);
