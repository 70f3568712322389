-- What the pharmacy states besides its dispensings: movements of stock, returns, transfers.
-- `document` and `signature` are what is posted to `path`, byte for byte.
CREATE TABLE statement (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('movement', 'return', 'transfer')),
    at INTEGER NOT NULL,
    path TEXT NOT NULL,
    document BLOB NOT NULL,
    signature TEXT NOT NULL,
    -- One Spanish sentence for the list. It names no patient.
    summary TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'confirmed', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    settled_at INTEGER,
    reason TEXT,
    ledger_index INTEGER,
    receipt TEXT,
    answer TEXT,
    CHECK ((receipt IS NOT NULL) = (state = 'confirmed'))
) STRICT;

CREATE INDEX statement_by_state ON statement (state);
CREATE INDEX statement_by_time ON statement (at);

CREATE TRIGGER statement_is_final BEFORE UPDATE OF id, kind, at, path, document, signature, summary
ON statement BEGIN SELECT RAISE(ABORT, 'what was signed is not changed'); END;
CREATE TRIGGER statement_stays BEFORE DELETE ON statement
BEGIN SELECT RAISE(ABORT, 'what was signed is not erased'); END;

-- A physical count under way. `book_units` is what the books said when it began: whoever counts does
-- not see it before every lot is counted.
CREATE TABLE stock_count (
    id TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT CHECK (outcome IN ('closed', 'abandoned')),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;

-- One count at a time.
CREATE UNIQUE INDEX stock_count_under_way ON stock_count ((ended_at IS NULL)) WHERE ended_at IS NULL;

CREATE TABLE counted_lot (
    count TEXT NOT NULL REFERENCES stock_count (id),
    clave TEXT NOT NULL,
    lot TEXT NOT NULL,
    expiry TEXT NOT NULL,
    book_units INTEGER NOT NULL CHECK (book_units >= 0),
    counted_units INTEGER CHECK (counted_units >= 0),
    PRIMARY KEY (count, clave, lot)
) STRICT;

-- The brand handed over, where it was not the generic; and what the quantity counts.
ALTER TABLE act_line ADD COLUMN brand TEXT;
ALTER TABLE act_line ADD COLUMN unit_doses INTEGER NOT NULL DEFAULT 0 CHECK (unit_doses IN (0, 1));

-- The control books are the service's (ADR 0021): what earlier versions numbered here stays to be
-- read, and nothing is added.
CREATE TRIGGER book_entry_is_closed BEFORE INSERT ON book_entry
BEGIN SELECT RAISE(ABORT, 'the control book is the service''s'); END;
