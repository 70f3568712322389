-- One schema for SQLite and PostgreSQL. The types that differ are written as {BYTES} and
-- {ID}; everything else stays within BIGINT, TEXT and bytes.
-- Times are milliseconds since the epoch, days are days since 1970-01-01.

-- Keys of this installation, sealed by the HSM.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value {BYTES} NOT NULL
);

-- A person, by pseudonym. Who it is lives in `sealed` (AES-256-GCM).
CREATE TABLE patient (
    patient_id    TEXT PRIMARY KEY,
    sealed        {BYTES} NOT NULL,
    registered_at BIGINT NOT NULL
);

CREATE TABLE consent (
    consent_id TEXT PRIMARY KEY,
    patient_id TEXT NOT NULL,
    body       TEXT NOT NULL
);
CREATE INDEX consent_by_patient ON consent (patient_id);

-- A professional who prescribes. The key is wrapped by the HSM; the certificate is public.
CREATE TABLE prescriber (
    cedula      TEXT PRIMARY KEY,
    profession  TEXT NOT NULL,
    active      BIGINT NOT NULL,
    wrapped_key {BYTES} NOT NULL,
    spki        {BYTES} NOT NULL,
    certificate {BYTES}
);

CREATE TABLE prescriber_establishment (
    cedula TEXT NOT NULL,
    clues  TEXT NOT NULL,
    PRIMARY KEY (cedula, clues)
);

-- Folios of special recetarios, as the authority assigned them (LGS art. 241).
CREATE TABLE special_folio (
    special_folio TEXT PRIMARY KEY,
    cedula        TEXT NOT NULL,
    status        TEXT NOT NULL,
    used_by       TEXT
);

-- The current state of a prescription is the fold of its events; this row is what must be found
-- without folding. `version` is the number of its events: a writer compares and sets it.
CREATE TABLE prescription (
    folio       TEXT PRIMARY KEY,
    version     BIGINT NOT NULL,
    phase       TEXT NOT NULL,
    patient_id  TEXT NOT NULL,
    cedula      TEXT NOT NULL,
    clues       TEXT NOT NULL,
    issued_at   BIGINT NOT NULL,
    written_on  BIGINT NOT NULL,
    valid_until BIGINT NOT NULL
);
CREATE INDEX prescription_by_patient ON prescription (patient_id, issued_at);
CREATE INDEX prescription_by_place ON prescription (clues, issued_at, folio);
CREATE INDEX prescription_by_end ON prescription (phase, valid_until);

-- At most one active prescription of a substance for a patient, decided by the committing
-- transaction and not by an earlier read.
CREATE TABLE active_substance (
    patient_id  TEXT NOT NULL,
    substance   TEXT NOT NULL,
    folio       TEXT NOT NULL,
    line        BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    PRIMARY KEY (patient_id, substance)
);

-- The record. `sealed` holds salt and canonical body (AES-256-GCM); `leaf` is public. `position`
-- orders the entries that wait for their index; the sequencer sets `log_index` once.
CREATE TABLE event (
    position  {ID},
    folio     TEXT NOT NULL,
    seq       BIGINT NOT NULL,
    sealed    {BYTES} NOT NULL,
    leaf      {BYTES} NOT NULL,
    log_index BIGINT,
    UNIQUE (folio, seq),
    UNIQUE (log_index)
);
CREATE INDEX event_waiting ON event (position) WHERE log_index IS NULL;

-- The committed tree head: the sequencer compares and sets it together with the indices.
CREATE TABLE tree_head (
    one  BIGINT PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL,
    root {BYTES} NOT NULL
);

-- What a client already asked, so that a retry after a lost answer gets the same answer.
CREATE TABLE request (
    client     TEXT NOT NULL,
    identifier TEXT NOT NULL,
    digest     {BYTES} NOT NULL,
    folio      TEXT NOT NULL,
    PRIMARY KEY (client, identifier)
);

-- Who looked at what (core/audit). Pseudonyms only.
CREATE TABLE access (
    position {ID},
    at       BIGINT NOT NULL,
    record   TEXT NOT NULL
);
