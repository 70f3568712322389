-- Prescriptions that were prepared for a signature outside. `client` is the fingerprint of the
-- client that asked; nobody else completes it. `sealed` has the request, the certificate and the
-- digests of what is to be signed, sealed. A completed one is a row of `request`.
CREATE TABLE prepared (
    id         TEXT PRIMARY KEY,
    client     TEXT NOT NULL,
    folio      TEXT NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    sealed     {BYTES} NOT NULL
);
CREATE INDEX prepared_expiry ON prepared (expires_at);

-- Certificates whose keys signed QRs from outside our token's wrapped keys: prescribers' own, and
-- the institution's. `cedula` is NULL for the institution's. Counters fetch them, and an older
-- prescription needs those of old keys.
CREATE TABLE qr_certificate (
    kid         {BYTES} PRIMARY KEY,
    cedula      TEXT,
    certificate {BYTES} NOT NULL,
    first_used  BIGINT NOT NULL
);
