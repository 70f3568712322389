-- Legal signatures on their way to CAdES-B-LT: one row a prescription that was issued while a
-- timestamp authority was configured. The signature as it was made stays in its event; `sealed`
-- holds the same signature extended (AES-256-GCM), NULL at level b. `level` is b, t or lt; a writer
-- compares and sets it. `due_at` is when the next attempt may begin; who claims a row moves it on,
-- so that replicas do not do the same work. Times are milliseconds since the epoch.
CREATE TABLE signature_extension (
    folio     TEXT PRIMARY KEY,
    level     TEXT NOT NULL,
    sealed    {BYTES},
    queued_at BIGINT NOT NULL,
    due_at    BIGINT NOT NULL,
    attempts  BIGINT NOT NULL
);
CREATE INDEX signature_extension_due ON signature_extension (due_at) WHERE level <> 'lt';
