-- The newest state of each log that the counter accepted, whole: it is verified again when read.
CREATE TABLE ledger_head (
    origin TEXT PRIMARY KEY,
    checkpoint TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
