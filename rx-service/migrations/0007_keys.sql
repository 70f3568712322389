-- Keys of prescribers, apart from the prescriber: one may have several over time, or none (whoever
-- signs with their own e.firma). `number` counts a prescriber's keys from 1. `wrapped_key` is under
-- the wrapping key `wrapping_label`, and is NULL once it was destroyed. Times are NULL until they
-- happened; 0 is "before times were kept".
CREATE TABLE prescriber_key (
    cedula         TEXT NOT NULL,
    number         BIGINT NOT NULL,
    state          TEXT NOT NULL,
    wrapped_key    {BYTES},
    wrapping_label TEXT NOT NULL,
    spki           {BYTES} NOT NULL,
    certificate    {BYTES},
    born_at        BIGINT NOT NULL,
    certified_at   BIGINT,
    retired_at     BIGINT,
    revoked_at     BIGINT,
    revoked_since  BIGINT,
    destroyed_at   BIGINT,
    PRIMARY KEY (cedula, number)
);
-- One key signs, and one waits for its certificate, at most.
CREATE UNIQUE INDEX prescriber_key_certified ON prescriber_key (cedula) WHERE state = 'certified';
CREATE UNIQUE INDEX prescriber_key_born ON prescriber_key (cedula) WHERE state = 'born';
-- What a re-wrapping still has to do.
CREATE INDEX prescriber_key_wrapping ON prescriber_key (wrapping_label, cedula, number)
    WHERE wrapped_key IS NOT NULL;

INSERT INTO prescriber_key
    (cedula, number, state, wrapped_key, wrapping_label, spki, certificate, born_at, certified_at)
    SELECT cedula, 1, CASE WHEN certificate IS NULL THEN 'born' ELSE 'certified' END,
           wrapped_key, 'receta-wrapping', spki, certificate, 0,
           CASE WHEN certificate IS NULL THEN NULL ELSE 0 END
    FROM prescriber;

ALTER TABLE prescriber DROP COLUMN wrapped_key;
ALTER TABLE prescriber DROP COLUMN spki;
ALTER TABLE prescriber DROP COLUMN certificate;
-- The prescriber's CURP, sealed: an e.firma names its holder by it. NULL where it was not given.
ALTER TABLE prescriber ADD COLUMN curp {BYTES};
