-- Version 1. Instants are seconds since 1970 (UTC); days are text, YYYY-MM-DD, where the pharmacy is.

CREATE TABLE certificate (
    kid BLOB PRIMARY KEY CHECK (length(kid) = 8),
    der BLOB NOT NULL,
    spki BLOB NOT NULL,
    name TEXT NOT NULL,
    cedula TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL
) STRICT;

CREATE TABLE synced (
    what TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

-- One visit to the counter. `document` and `signature` are what is posted, byte for byte.
CREATE TABLE act (
    id TEXT PRIMARY KEY,
    folio TEXT NOT NULL,
    at INTEGER NOT NULL,
    on_day TEXT NOT NULL,
    offline INTEGER NOT NULL CHECK (offline IN (0, 1)),
    cedula TEXT NOT NULL,
    document BLOB NOT NULL,
    signature TEXT NOT NULL,
    -- The QR names the patient: it goes when the act is settled.
    qr TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'refused', 'conflict')),
    attempts INTEGER NOT NULL DEFAULT 0,
    settled_at INTEGER,
    reason TEXT,
    ledger_index INTEGER,
    receipt TEXT,
    CHECK ((qr IS NOT NULL) = (state = 'pending')),
    CHECK ((receipt IS NOT NULL) = (state = 'confirmed'))
) STRICT;

CREATE INDEX act_by_folio ON act (folio);
CREATE INDEX act_by_state ON act (state);
CREATE INDEX act_by_day ON act (on_day);

CREATE TABLE act_line (
    act TEXT NOT NULL REFERENCES act (id),
    line INTEGER NOT NULL,
    clave TEXT NOT NULL,
    name TEXT NOT NULL,
    packages INTEGER NOT NULL,
    fill INTEGER NOT NULL,
    retained INTEGER NOT NULL CHECK (retained IN (0, 1)),
    lot TEXT,
    expiry TEXT,
    book TEXT CHECK (book IN ('I', 'II', 'III', 'antibioticos')),
    PRIMARY KEY (act, line)
) STRICT;

-- Control books: numbered without gaps, never changed.
CREATE TABLE book_entry (
    book TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    act TEXT NOT NULL,
    line INTEGER NOT NULL,
    entered_at INTEGER NOT NULL,
    PRIMARY KEY (book, number),
    UNIQUE (act, line),
    FOREIGN KEY (act, line) REFERENCES act_line (act, line)
) STRICT;

CREATE TRIGGER book_entry_is_final BEFORE UPDATE ON book_entry
BEGIN SELECT RAISE(ABORT, 'a book entry is not changed'); END;
CREATE TRIGGER book_entry_stays BEFORE DELETE ON book_entry
BEGIN SELECT RAISE(ABORT, 'a book entry is not erased'); END;
CREATE TRIGGER act_line_is_final BEFORE UPDATE ON act_line
BEGIN SELECT RAISE(ABORT, 'what was handed over is not changed'); END;
CREATE TRIGGER act_line_stays BEFORE DELETE ON act_line
BEGIN SELECT RAISE(ABORT, 'what was handed over is not erased'); END;

CREATE TABLE snapshot (
    folio TEXT PRIMARY KEY,
    taken_at INTEGER NOT NULL,
    answer TEXT NOT NULL
) STRICT;
