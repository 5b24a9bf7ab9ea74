-- What is on its way into the log, what conversations owe, and who works on it.

CREATE TABLE inbox (
    partition       smallint    NOT NULL,
    id              uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    type            text        NOT NULL,
    received_at     timestamptz NOT NULL,
    item            bytea       NOT NULL,
    PRIMARY KEY (partition, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
COMMENT ON TABLE inbox IS 'What arrived and is not yet in the log; ids are ordered by arrival within a process.';

CREATE TABLE ignored (
    partition   smallint    NOT NULL,
    id          uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    channel     text        NOT NULL,
    account_id  text,
    field       text        NOT NULL,
    reason      text        NOT NULL,
    payload     bytea       NOT NULL,
    PRIMARY KEY (partition, id)
);

CREATE TABLE quarantine (
    partition   smallint    NOT NULL,
    id          uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    path        text        NOT NULL,
    reason      text        NOT NULL,
    body        bytea       NOT NULL,
    item_type   text,
    conversation_id uuid,
    state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'retried')),
    attempts    integer     NOT NULL DEFAULT 0,
    retried_at  timestamptz,
    PRIMARY KEY (partition, id)
);

CREATE TABLE owed (
    partition       smallint    NOT NULL,
    conversation_id uuid        NOT NULL,
    since           timestamptz NOT NULL,
    step            text        NOT NULL,
    PRIMARY KEY (partition, conversation_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
COMMENT ON TABLE owed IS
    'Conversations that owe something. What and when is computed from the conversation itself; a row only says that it must be loaded.';

CREATE TABLE identities (
    partition       smallint    NOT NULL,
    alias_id        uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    linked_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, alias_id)
);
COMMENT ON TABLE identities IS
    'Other ids of a person: the conversation id that such an id would have had, and the one that it has.';

CREATE TABLE threads (
    partition       smallint    NOT NULL,
    attempt_id      uuid        NOT NULL,
    conversation_id uuid        NOT NULL,
    purpose         text        NOT NULL,
    state           text        NOT NULL
        CHECK (state IN ('asked', 'created', 'bound', 'refused', 'lost', 'deleting', 'deleted')),
    thread_id       text,
    asked_at        timestamptz NOT NULL,
    deadline        timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (partition, attempt_id)
);
CREATE INDEX threads_conversation ON threads (partition, conversation_id);
CREATE INDEX threads_unsettled ON threads (partition, changed_at) WHERE state IN ('asked', 'created', 'deleting');
COMMENT ON TABLE threads IS
    'Every thread ever asked for. asked: an answer may still come. created: exists at the provider, not bound yet. lost: its answer was lost and its id cannot be learned; it may exist, empty.';

CREATE TABLE workers (
    worker_id  uuid        PRIMARY KEY,
    host       text        NOT NULL,
    pid        integer     NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE leases (
    partition smallint    PRIMARY KEY,
    worker_id uuid        NOT NULL,
    epoch     bigint      NOT NULL DEFAULT 1,
    until     timestamptz NOT NULL
) WITH (fillfactor = 20);
