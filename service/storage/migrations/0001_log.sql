-- The log: the only truth. Everything is cut by partition, which leads every key and every query.

CREATE TABLE partitions (
    partition smallint PRIMARY KEY,
    head      bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
COMMENT ON TABLE partitions IS
    'The counter row of each partition. Updated in the appending transaction, whose row lock makes position order equal commit order and gaps impossible.';

CREATE TABLE events (
    partition       smallint    NOT NULL,
    position        bigint      NOT NULL,
    conversation_id uuid        NOT NULL,
    version         integer     NOT NULL,
    type            text        NOT NULL,
    recorded_at     timestamptz NOT NULL,
    message_key     bytea,
    data            jsonb       NOT NULL,
    sealed          bytea,
    PRIMARY KEY (partition, position)
);
CREATE UNIQUE INDEX events_version ON events (partition, conversation_id, version);
CREATE UNIQUE INDEX events_message ON events (partition, conversation_id, message_key)
    WHERE message_key IS NOT NULL;
COMMENT ON COLUMN events.message_key IS
    'Digest of what may be in a conversation once for ever (a provider message id, above all). A digest, because provider ids carry phone numbers and outlive an erasure.';
COMMENT ON COLUMN events.sealed IS 'The personal fields, AES-GCM under the conversation''s key.';

CREATE TABLE keys (
    partition       smallint    NOT NULL,
    conversation_id uuid        NOT NULL,
    wrapped         bytea,
    made_at         timestamptz NOT NULL DEFAULT now(),
    destroyed_at    timestamptz,
    PRIMARY KEY (partition, conversation_id)
);
COMMENT ON TABLE keys IS 'The key of each conversation, wrapped by the master key. NULL once destroyed: that is erasure.';

CREATE TABLE snapshots (
    partition       smallint NOT NULL,
    conversation_id uuid     NOT NULL,
    version         integer  NOT NULL,
    sealed          bytea    NOT NULL,
    PRIMARY KEY (partition, conversation_id)
);

-- Append the events of many conversations in one call.
--
-- Arrays run in parallel, one element an event, the events of a conversation together and in order.
-- A conversation whose versions do not follow on from its last one, or that repeats a message key, is
-- refused as a whole; the others go in. One row comes back for each conversation: `fault` is NULL (and
-- `first_position` where its first event landed), 'version', or 'duplicate' with the key.
--
-- The counter rows are locked first, in order, so that no other append of these partitions can
-- commit between the check and the insert; the planner is kept on the indexes, since a plan made
-- while the tables were empty would otherwise stay on sequential scans.
CREATE FUNCTION append_events(
    partitions_ smallint[], conversations uuid[], versions integer[], types text[],
    recorded timestamptz[], message_keys bytea[], datas text[], sealeds bytea[]
) RETURNS TABLE (conversation uuid, fault text, message_key_ bytea, first_position bigint)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM 1 FROM partitions p WHERE p.partition = ANY (partitions_) ORDER BY p.partition FOR UPDATE;

    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT g.*, row_number() OVER (PARTITION BY g.conversation_id, g.message_key ORDER BY g.n) AS nth
        FROM unnest(partitions_, conversations, versions, types, recorded, message_keys, datas, sealeds)
             WITH ORDINALITY
             AS g (partition, conversation_id, version, type, recorded_at, message_key, data, sealed, n)
    ), stream AS MATERIALIZED (
        SELECT g.partition, g.conversation_id, min(g.version) AS first,
               count(*) = count(DISTINCT g.version) AND count(*) = max(g.version) - min(g.version) + 1 AS dense
        FROM given g GROUP BY g.partition, g.conversation_id
    ), stale AS MATERIALIZED (
        SELECT s.conversation_id
        FROM stream s
        WHERE NOT s.dense
           OR coalesce((SELECT e.version FROM events e
                        WHERE e.partition = s.partition AND e.conversation_id = s.conversation_id
                        ORDER BY e.version DESC LIMIT 1), 0) <> s.first - 1
    ), repeated AS MATERIALIZED (
        SELECT DISTINCT ON (g.conversation_id) g.conversation_id, g.message_key
        FROM given g
        WHERE g.message_key IS NOT NULL
          AND (EXISTS (SELECT 1 FROM events e
                       WHERE e.partition = g.partition AND e.conversation_id = g.conversation_id
                         AND e.message_key = g.message_key)
               OR g.nth > 1)
    ), accepted AS MATERIALIZED (
        SELECT g.*, row_number() OVER (PARTITION BY g.partition ORDER BY g.n) AS place
        FROM given g
        WHERE NOT EXISTS (SELECT 1 FROM stale s WHERE s.conversation_id = g.conversation_id)
          AND NOT EXISTS (SELECT 1 FROM repeated r WHERE r.conversation_id = g.conversation_id)
    ), before AS MATERIALIZED (
        SELECT p.partition, p.head FROM partitions p WHERE p.partition = ANY (partitions_)
    ), inserted AS (
        INSERT INTO events (partition, position, conversation_id, version, type, recorded_at,
                            message_key, data, sealed)
        SELECT a.partition, b.head + a.place, a.conversation_id, a.version, a.type, a.recorded_at,
               a.message_key, a.data::jsonb, a.sealed
        FROM accepted a JOIN before b ON b.partition = a.partition
        RETURNING events.conversation_id, events.position
    ), counted AS (
        UPDATE partitions p SET head = p.head + c.n
        FROM (SELECT a.partition, count(*) AS n FROM accepted a GROUP BY a.partition) c
        WHERE p.partition = c.partition
    )
    SELECT i.conversation_id, NULL::text, NULL::bytea, min(i.position)
    FROM inserted i GROUP BY i.conversation_id
    UNION ALL
    SELECT s.conversation_id, 'version', NULL, NULL FROM stale s
    UNION ALL
    SELECT r.conversation_id, 'duplicate', r.message_key, NULL FROM repeated r
    WHERE NOT EXISTS (SELECT 1 FROM stale s WHERE s.conversation_id = r.conversation_id);
END
$$;
