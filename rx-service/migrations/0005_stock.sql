-- Stock and control books of controlled medicines and antibiotics, in units of the presentation.
-- All of it follows from the register of movements and from the events of prescriptions; it is
-- written in the transaction of the act that it follows from, so that neither is without the other.

-- What an establishment holds of a lot. A party is a CLUES, or `<CLUES>><CLUES>` for what was
-- shipped and has not arrived. Whatever lies outside (patients, suppliers, what is unexplained) is
-- the other side of a book's line and has no row here: it is the world, and may owe us.
CREATE TABLE stock (
    party  TEXT NOT NULL,
    clave  TEXT NOT NULL,
    lot    TEXT NOT NULL,
    expiry BIGINT NOT NULL,
    units  BIGINT NOT NULL CHECK (units >= 0),
    PRIMARY KEY (party, clave, lot, expiry)
);

-- The newest line of each control book: the next number, the day before which nothing may be
-- entered any more, and how many prescriptions were retained in it.
CREATE TABLE book (
    establishment TEXT NOT NULL,
    class         TEXT NOT NULL,
    number        BIGINT NOT NULL,
    on_day        BIGINT NOT NULL,
    retained      BIGINT NOT NULL,
    PRIMARY KEY (establishment, class)
);

-- The running balance of each page of a book: one clave, all its lots. A page that was carried to
-- another book, because the class of the substance changed, is not open any more.
CREATE TABLE book_page (
    establishment TEXT NOT NULL,
    class         TEXT NOT NULL,
    clave         TEXT NOT NULL,
    units         BIGINT NOT NULL CHECK (units >= 0),
    open          BIGINT NOT NULL,
    PRIMARY KEY (establishment, class, clave)
);

-- The lines of the control books, which are never changed. `position` is that of the ledger entry
-- that the line follows from, `other` the account on the other side, `balance` the page's and
-- `lot_balance` the lot's after it, `retained` the number of the receta that stays here. `book_day`
-- never goes back: it is `on_day` but for an antibiotic that was handed over offline and reported
-- late. `lot` is empty where a whole page is carried.
CREATE TABLE book_line (
    establishment TEXT NOT NULL,
    class         TEXT NOT NULL,
    number        BIGINT NOT NULL,
    position      BIGINT NOT NULL,
    book_day      BIGINT NOT NULL,
    on_day        BIGINT NOT NULL,
    what          TEXT NOT NULL,
    clave         TEXT NOT NULL,
    lot           TEXT NOT NULL,
    expiry        BIGINT NOT NULL,
    other         TEXT NOT NULL,
    units_in      BIGINT NOT NULL,
    units_out     BIGINT NOT NULL,
    balance       BIGINT NOT NULL,
    lot_balance   BIGINT NOT NULL,
    document      TEXT,
    permit        TEXT,
    counterpart   TEXT,
    folio         TEXT,
    cedula        TEXT,
    retained      BIGINT,
    PRIMARY KEY (establishment, class, number)
);
CREATE INDEX book_line_by_page ON book_line (establishment, class, clave, book_day, number);
CREATE INDEX book_line_by_day ON book_line (establishment, class, book_day, number);
CREATE INDEX book_line_by_entry ON book_line (position);
CREATE INDEX book_line_retained ON book_line (establishment, class, retained)
    WHERE retained IS NOT NULL;
CREATE INDEX book_line_unexplained ON book_line (establishment, clave, lot)
    WHERE other = 'unexplained';

-- The same lines, summed: what the authority asks for costs as much behind ten million lines as
-- behind ten. `month` counts from year 0; `cedula` is empty for what nobody prescribed.
CREATE TABLE book_month (
    establishment TEXT NOT NULL,
    clave         TEXT NOT NULL,
    month         BIGINT NOT NULL,
    what          TEXT NOT NULL,
    cedula        TEXT NOT NULL,
    class         TEXT NOT NULL,
    units_in      BIGINT NOT NULL,
    units_out     BIGINT NOT NULL,
    lines         BIGINT NOT NULL,
    PRIMARY KEY (establishment, clave, month, what, cedula, class)
);
CREATE INDEX book_month_by_month ON book_month (month, clave);

-- Which movement of an establishment an entry of the register is.
CREATE TABLE movement (
    position      BIGINT PRIMARY KEY,
    establishment TEXT NOT NULL,
    number        BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    on_day        BIGINT NOT NULL,
    document      TEXT,
    corrects      BIGINT,
    notice_due    BIGINT,
    UNIQUE (establishment, number)
);

-- How much of each line of a movement later ones have taken: what arrived or was lost of a
-- shipment, what was taken back of anything. `receiver` of a shipment is who is to receive it.
CREATE TABLE movement_line (
    establishment TEXT NOT NULL,
    number        BIGINT NOT NULL,
    line          BIGINT NOT NULL,
    clave         TEXT NOT NULL,
    lot           TEXT NOT NULL,
    expiry        BIGINT NOT NULL,
    units         BIGINT NOT NULL,
    taken         BIGINT NOT NULL CHECK (taken >= 0 AND taken <= units),
    receiver      TEXT,
    PRIMARY KEY (establishment, number, line)
);
CREATE INDEX movement_line_incoming ON movement_line (receiver, establishment, number)
    WHERE receiver IS NOT NULL AND taken < units;
CREATE INDEX movement_line_outgoing ON movement_line (establishment, number)
    WHERE receiver IS NOT NULL AND taken < units;

-- Establishments that keep stock here, as their certificates last said: who ships must know whether
-- the other end may receive.
CREATE TABLE stock_keeper (
    clues   TEXT PRIMARY KEY,
    kind    TEXT NOT NULL,
    licence TEXT
);
