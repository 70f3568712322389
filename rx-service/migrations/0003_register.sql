-- What is logged besides the steps of a prescription: acts in registers (prescription::register).
-- `number` counts within the register and its subject without gaps. `sealed` holds salt and
-- canonical body (AES-256-GCM). `position` is that of its entry.
CREATE TABLE register_act (
    position BIGINT PRIMARY KEY,
    register TEXT NOT NULL,
    subject  TEXT NOT NULL,
    number   BIGINT NOT NULL,
    sealed   {BYTES} NOT NULL,
    UNIQUE (register, subject, number)
);
