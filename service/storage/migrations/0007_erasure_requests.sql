-- Requests to be forgotten that came from outside, until nothing of it is left to do.

CREATE TABLE erasure_requests (
    partition     smallint    NOT NULL,
    request_id    uuid        NOT NULL,
    asked_at      timestamptz NOT NULL,
    conversations uuid[]      NOT NULL,
    attempts      integer     NOT NULL DEFAULT 0,
    tried_at      timestamptz NOT NULL,
    done_at       timestamptz,
    PRIMARY KEY (partition, request_id)
);
CREATE INDEX erasure_requests_pending ON erasure_requests (partition, tried_at) WHERE done_at IS NULL;
COMMENT ON TABLE erasure_requests IS
    'What Meta was given a confirmation code for: request_id is the code. conversations are those that the person would have, with each account; they are emptied with done_at, so that nothing tells whose request it was.';
