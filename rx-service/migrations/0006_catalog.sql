-- Versions of the catalogs that were applied over the one in the program. `number` is that of the
-- act in the register `catalog`, whose entry is at `position`. Days are AAAA-MM-DD.
CREATE TABLE catalog_version (
    name           TEXT NOT NULL,
    number         BIGINT NOT NULL,
    effective_from TEXT NOT NULL,
    applied_at     BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    PRIMARY KEY (name, number)
);
-- Their tables, in the layout of catalogs/cofepris/data, and the diff that was shown before.
CREATE TABLE catalog_file (
    name    TEXT NOT NULL,
    number  BIGINT NOT NULL,
    file    TEXT NOT NULL,
    content {BYTES} NOT NULL,
    PRIMARY KEY (name, number, file)
);
-- The registry of professionals, by line: a cédula over one period. `valid_from` is empty for
-- "since ever", `valid_to` for "until further notice". A line holds from version `since` on, until
-- version `until` takes it out; none where it still holds. Nothing is deleted.
CREATE TABLE professional (
    cedula     TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to   TEXT NOT NULL,
    name       TEXT NOT NULL,
    profession TEXT NOT NULL,
    specialty  TEXT NOT NULL,
    status     TEXT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT,
    PRIMARY KEY (cedula, valid_from, since)
);
CREATE INDEX professional_until ON professional (until, cedula, valid_from);
