-- Who may use the API, who is signed in at the console, and who did what. Small tables, of one node:
-- nothing of them is on the way of a message.

CREATE TABLE access_tokens (
    name         text        PRIMARY KEY,
    scope        text        NOT NULL CHECK (scope IN ('read', 'operate', 'administer')),
    digest       bytea       NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL,
    created_by   text        NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
COMMENT ON TABLE access_tokens IS
    'Tokens beside that of the configuration. A name is never given twice: events and the audit say by it who acted.';
COMMENT ON COLUMN access_tokens.digest IS
    'SHA-256 of the token. The token is 256 random bits, which nobody searches for, so that a slow hash would only slow every request.';

CREATE TABLE console_sessions (
    digest       bytea       PRIMARY KEY,
    token_mark   bytea       NOT NULL,
    started_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL
);
COMMENT ON TABLE console_sessions IS
    'Who is signed in: the SHA-256 of a random id, and a keyed hash of the token, which ends its sessions with it.';

CREATE TABLE audit (
    id      uuid        PRIMARY KEY,
    at      timestamptz NOT NULL,
    actor   text        NOT NULL,
    via     text        NOT NULL,
    address text,
    method  text        NOT NULL,
    route   text        NOT NULL,
    subject text,
    outcome smallint,
    times   bigint      NOT NULL DEFAULT 1,
    counted boolean     NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX audit_refused ON audit (at, actor, via, method, route, outcome) WHERE counted;
COMMENT ON TABLE audit IS
    'Acts: a row before each, its outcome after it. Refusals are counted by the hour, so that nobody fills the table with them.';
