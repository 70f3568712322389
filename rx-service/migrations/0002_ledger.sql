-- The ledger's entries apart from the events: an entry may also be a map head or the opening of a
-- shard. Nothing made before this schema has been released: a database that holds events of the
-- earlier format is refused (see store/migrate.rs), and here the two tables are empty.
DROP TABLE event;
DROP TABLE tree_head;

-- What waits for its index, or has it. `identity` names what the entry is about, whatever salt it
-- carries: the same thing twice is one entry, and the committing transaction decides it. It begins
-- with the time of what it names, so that the index grows at its right edge and an entry costs the
-- same in an empty database and behind a billion others. `checked` is the leaf and 8 bytes that
-- tell when the row was damaged (store/entry.rs). `log_index` counts over all shards; the sequencer
-- sets it once.
CREATE TABLE entry (
    position  {ID},
    identity  {BYTES} NOT NULL,
    checked   {BYTES} NOT NULL,
    log_index BIGINT,
    UNIQUE (identity),
    UNIQUE (log_index)
);
CREATE INDEX entry_waiting ON entry (position) WHERE log_index IS NULL;

-- A step of a prescription. `sealed` holds salt and canonical body (AES-256-GCM); it is empty once
-- it was erased. `position` is that of its entry.
CREATE TABLE event (
    position BIGINT PRIMARY KEY,
    folio    TEXT NOT NULL,
    seq      BIGINT NOT NULL,
    sealed   {BYTES} NOT NULL,
    UNIQUE (folio, seq)
);

-- The logs, one a shard, each with the tree head that was committed last: the sequencer compares
-- and sets it together with the indices. `first` is the index of its first entry; `keys` are the
-- verifier keys that have signed it, oldest first. The newest shard is the open one.
CREATE TABLE shard (
    number BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    first  BIGINT NOT NULL,
    size   BIGINT NOT NULL,
    root   {BYTES} NOT NULL,
    keys   TEXT NOT NULL
);

-- The signed lists of shards, as they were published: who was away follows them in their order.
CREATE TABLE shard_list (
    version BIGINT PRIMARY KEY,
    note    TEXT NOT NULL
);
