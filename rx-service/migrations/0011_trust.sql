-- What was fetched about revocation, so that a restart without a network keeps it, and replicas share
-- it. A source is a URL of a list, or the certificate that an OCSP answer is about.
CREATE TABLE revocation_source (
    source        TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    der           {BYTES} NOT NULL,
    etag          TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    this_update   BIGINT NOT NULL,
    next_update   BIGINT NOT NULL,
    fetched_at    BIGINT NOT NULL
);
