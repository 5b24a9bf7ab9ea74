-- Views of projections: named copies of a read model's tables, each with the rules it is folded by.
-- Every read model can be thrown away, so the tables of before views are, and are folded again.

DROP TABLE IF EXISTS projection_checkpoints;
DROP TABLE IF EXISTS sessions_1;

CREATE TABLE projection_views (
    id           integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection   text        NOT NULL,
    name         text        NOT NULL,
    version      integer     NOT NULL,
    rules        jsonb       NOT NULL,
    state        text        NOT NULL CHECK (state IN ('filling', 'following', 'live', 'frozen', 'kept', 'dropping')),
    made_at      timestamptz NOT NULL DEFAULT now(),
    changed_at   timestamptz NOT NULL DEFAULT now(),
    run_began_at timestamptz,
    run_began_from bigint,
    promote      boolean     NOT NULL DEFAULT false,
    unattended   boolean     NOT NULL DEFAULT false,
    fault        text,
    UNIQUE (projection, name)
);
CREATE UNIQUE INDEX projection_views_live ON projection_views (projection) WHERE state = 'live';
COMMENT ON TABLE projection_views IS
    'filling: workers fold the log into it. following: kept current by the live loop. live: following, and what queries read. frozen: complete as of an instant. kept: was live, not brought forward any more.';
COMMENT ON COLUMN projection_views.promote IS 'It is to become live once it is caught up and proven.';
COMMENT ON COLUMN projection_views.unattended IS 'A service fills it: one that finds nobody at it goes on with it.';

CREATE TABLE projection_checkpoints (
    view_id    integer     NOT NULL,
    partition  smallint    NOT NULL,
    position   bigint      NOT NULL DEFAULT 0,
    applied    bigint      NOT NULL DEFAULT 0,
    ignored    bigint      NOT NULL DEFAULT 0,
    parked     bigint      NOT NULL DEFAULT 0,
    moved_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_id, partition),
    CHECK (applied + ignored + parked = position AND applied >= 0 AND ignored >= 0 AND parked >= 0)
) WITH (fillfactor = 20);
COMMENT ON TABLE projection_checkpoints IS
    'The ledger: of the events of a partition up to a position, how many a view applied, ignored by type or instant, and parked.';

CREATE TABLE projection_parked (
    view_id         integer     NOT NULL,
    partition       smallint    NOT NULL,
    conversation_id uuid        NOT NULL,
    version         integer     NOT NULL,
    position        bigint      NOT NULL,
    type            text        NOT NULL,
    error           text        NOT NULL,
    events          bigint      NOT NULL DEFAULT 1,
    parked_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (view_id, partition, conversation_id)
);
COMMENT ON TABLE projection_parked IS
    'Conversations whose event at a position a view could not take. Their later events wait with it; events counts them.';
