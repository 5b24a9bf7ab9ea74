-- Rows that every batch updates are found ever more slowly while any transaction holds an old snapshot: each of
-- their versions stays, under the same key, and has to be passed over. So the head of a partition is read off the
-- log, by an index that is read from its end, and the row that is locked is never changed; and a checkpoint has
-- its position in its key, so that its newest version is the last one and is found first.

ALTER TABLE partitions RENAME TO partition_locks;
ALTER TABLE partition_locks RENAME CONSTRAINT partitions_pkey TO partition_locks_pkey;
ALTER TABLE partition_locks DROP COLUMN head;
COMMENT ON TABLE partition_locks IS
    'The partitions there are. An append locks the rows of its own, which makes position order equal commit order and gaps impossible.';

CREATE VIEW partitions AS
SELECT l.partition, coalesce(newest.position, 0) AS head
FROM partition_locks l
LEFT JOIN LATERAL (
    SELECT e.position FROM events e WHERE e.partition = l.partition ORDER BY e.position DESC LIMIT 1
) newest ON true;
COMMENT ON VIEW partitions IS 'Each partition with its head, the newest position in it.';

ALTER TABLE projection_checkpoints RENAME TO projection_ledger;
ALTER TABLE projection_ledger DROP CONSTRAINT projection_checkpoints_pkey;
ALTER TABLE projection_ledger ADD PRIMARY KEY (view_id, partition, position);
ALTER TABLE projection_ledger
    RESET (fillfactor), SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
COMMENT ON TABLE projection_ledger IS
    'One row for each view and partition, which is moved: of the events up to a position, how many a view applied, ignored by type or instant, and parked.';

CREATE VIEW projection_checkpoints AS
SELECT v.id AS view_id, p.partition, newest.*
FROM projection_views v CROSS JOIN partition_locks p CROSS JOIN LATERAL (
    SELECT l.position, l.applied, l.ignored, l.parked, l.moved_at FROM projection_ledger l
    WHERE l.view_id = v.id AND l.partition = p.partition ORDER BY l.position DESC LIMIT 1
) newest;
COMMENT ON VIEW projection_checkpoints IS 'Where each view is in each partition, and its ledger up to there.';

-- Append the events of many conversations in one call.
--
-- Arrays run in parallel, one element an event, the events of a conversation together and in order.
-- A conversation whose versions do not follow on from its last one, or that repeats a message key, is
-- refused as a whole; the others go in. One row comes back for each conversation: `fault` is NULL (and
-- `first_position` where its first event landed), 'version', or 'duplicate' with the key.
--
-- The partitions are locked first, in order, so that no other append to them can commit between the look at
-- their heads and the insert, and positions are in the order of commits; the planner is kept on the indexes, since a plan made
-- while the tables were empty would otherwise stay on sequential scans.
CREATE OR REPLACE FUNCTION append_events(
    partitions_ smallint[], conversations uuid[], versions integer[], types text[],
    recorded timestamptz[], message_keys bytea[], datas text[], sealeds bytea[]
) RETURNS TABLE (conversation uuid, fault text, message_key_ bytea, first_position bigint)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM 1 FROM partition_locks l WHERE l.partition = ANY (partitions_) ORDER BY l.partition FOR UPDATE;

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
