-- How many deliveries were turned away, by the hour: nothing is kept of a body that nobody signed.

CREATE TABLE webhook_refusals (
    hour   timestamptz NOT NULL,
    path   text        NOT NULL,
    reason text        NOT NULL,
    n      bigint      NOT NULL,
    PRIMARY KEY (hour, path, reason)
);
