-- Second factors of prescribers and officers. A secret (TOTP) is sealed for its row; of a passkey
-- there is only the public key. `removed_at` is null while the factor counts. Instants are
-- milliseconds since 1970.
CREATE TABLE activation_factor (
    id            TEXT PRIMARY KEY,
    cedula        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    label         TEXT NOT NULL,
    algorithm     TEXT NOT NULL,
    sealed        {BYTES},
    credential_id {BYTES} UNIQUE,
    public_key    {BYTES},
    counter       BIGINT NOT NULL,
    failures      BIGINT NOT NULL,
    locks         BIGINT NOT NULL,
    locked_until  BIGINT NOT NULL,
    enrolled_at   BIGINT NOT NULL,
    removed_at    BIGINT
);
CREATE INDEX activation_factor_cedula ON activation_factor (cedula);
-- One app with one-time codes for each: two would double the guesses.
CREATE UNIQUE INDEX activation_factor_totp ON activation_factor (cedula)
    WHERE kind = 'totp' AND removed_at IS NULL;
-- What happened to factors, and by whose order. Nothing is deleted.
CREATE TABLE activation_factor_event (
    id     {ID},
    factor TEXT NOT NULL,
    cedula TEXT NOT NULL,
    verb   TEXT NOT NULL,
    by     TEXT NOT NULL,
    client TEXT NOT NULL,
    at     BIGINT NOT NULL
);
-- Challenges that wait for a passkey's answer. `purpose` is authorise or register.
CREATE TABLE activation_challenge (
    challenge  {BYTES} PRIMARY KEY,
    nonce      {BYTES} NOT NULL,
    purpose    TEXT NOT NULL,
    cedula     TEXT NOT NULL,
    client     TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX activation_challenge_expires ON activation_challenge (expires_at);
-- Activations, by the hash of their token. `digests` counts the rows of activation_digest.
CREATE TABLE activation (
    token_hash {BYTES} PRIMARY KEY,
    cedula     TEXT NOT NULL,
    client     TEXT NOT NULL,
    factor     TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX activation_cedula ON activation (cedula, made_at);
CREATE TABLE activation_digest (
    token_hash {BYTES} NOT NULL,
    digest     {BYTES} NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (token_hash, digest)
);
