-- What version 8809b34 of the code wrote while the sandbox's customers talked to it, as pg_dump saw it.

CREATE FUNCTION public.append_events(partitions_ smallint[], conversations uuid[], versions integer[], types text[], recorded timestamp with time zone[], message_keys bytea[], datas text[], sealeds bytea[]) RETURNS TABLE(conversation uuid, fault text, message_key_ bytea, first_position bigint)
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
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

CREATE TABLE public.analytics_days_4 (
    measure text NOT NULL,
    start timestamp with time zone NOT NULL,
    channel text NOT NULL,
    account_id text NOT NULL,
    dim text NOT NULL,
    n bigint,
    amount bigint
);

CREATE TABLE public.analytics_facts_4 (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    version integer NOT NULL,
    measure text NOT NULL,
    dim text,
    at timestamp with time zone,
    channel text,
    account_id text,
    amount bigint
);

CREATE TABLE public.analytics_hours_4 (
    measure text NOT NULL,
    start timestamp with time zone NOT NULL,
    channel text NOT NULL,
    account_id text NOT NULL,
    dim text NOT NULL,
    n bigint,
    amount bigint
);

CREATE TABLE public.analytics_presence_4 (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    hour timestamp with time zone NOT NULL,
    version integer,
    channel text,
    account_id text,
    first_at timestamp with time zone
);

CREATE TABLE public.analytics_states_4 (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    channel text,
    account_id text,
    latest timestamp with time zone,
    session bigint,
    session_version bigint,
    session_at timestamp with time zone,
    session_from timestamp with time zone,
    session_until timestamp with time zone,
    session_messages bigint,
    handed_over boolean,
    path text,
    waiting jsonb,
    drafting jsonb,
    draft_id text,
    outgoing jsonb,
    responded jsonb,
    sends jsonb,
    hours jsonb
)
WITH (fillfactor='70');

CREATE TABLE public.customers_2 (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    version bigint,
    customer_id uuid,
    channel text,
    account_id text,
    first_seen timestamp with time zone,
    last_seen timestamp with time zone,
    sessions bigint,
    messages bigint,
    replies bigint,
    identities bigint,
    profile_version bigint,
    erased boolean
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='1000');

CREATE TABLE public.events (
    partition smallint NOT NULL,
    "position" bigint NOT NULL,
    conversation_id uuid NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    message_key bytea,
    data jsonb NOT NULL,
    sealed bytea
);

CREATE TABLE public.identities (
    partition smallint NOT NULL,
    alias_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    linked_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.ignored (
    partition smallint NOT NULL,
    id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    channel text NOT NULL,
    account_id text,
    field text NOT NULL,
    reason text NOT NULL,
    payload bytea NOT NULL
);

CREATE TABLE public.inbox (
    partition smallint NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    type text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    item bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

CREATE TABLE public.keys (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    wrapped bytea,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    destroyed_at timestamp with time zone
);

CREATE TABLE public.leases (
    partition smallint NOT NULL,
    worker_id uuid NOT NULL,
    epoch bigint DEFAULT 1 NOT NULL,
    until timestamp with time zone NOT NULL
)
WITH (fillfactor='20');

CREATE TABLE public.migrations (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.owed (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    step text NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE public.partitions (
    partition smallint NOT NULL,
    head bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='10');

CREATE TABLE public.projection_checkpoints (
    view_id integer NOT NULL,
    partition smallint NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    applied bigint DEFAULT 0 NOT NULL,
    ignored bigint DEFAULT 0 NOT NULL,
    parked bigint DEFAULT 0 NOT NULL,
    moved_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT projection_checkpoints_check CHECK (((((applied + ignored) + parked) = "position") AND (applied >= 0) AND (ignored >= 0) AND (parked >= 0)))
)
WITH (fillfactor='20');

CREATE TABLE public.projection_parked (
    view_id integer NOT NULL,
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    version integer NOT NULL,
    "position" bigint NOT NULL,
    type text NOT NULL,
    error text NOT NULL,
    events bigint DEFAULT 1 NOT NULL,
    parked_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.projection_views (
    id integer NOT NULL,
    projection text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    rules jsonb NOT NULL,
    state text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    run_began_at timestamp with time zone,
    run_began_from bigint,
    promote boolean DEFAULT false NOT NULL,
    unattended boolean DEFAULT false NOT NULL,
    fault text,
    CONSTRAINT projection_views_state_check CHECK ((state = ANY (ARRAY['filling'::text, 'following'::text, 'live'::text, 'frozen'::text, 'kept'::text, 'dropping'::text])))
);

ALTER TABLE public.projection_views ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.projection_views_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.quarantine (
    partition smallint NOT NULL,
    id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    path text NOT NULL,
    reason text NOT NULL,
    body bytea NOT NULL,
    item_type text,
    conversation_id uuid,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    retried_at timestamp with time zone,
    CONSTRAINT quarantine_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'retried'::text])))
);

CREATE TABLE public.sessions_1 (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    version bigint,
    channel text,
    account_id text,
    thread_id text,
    threads jsonb,
    conversation_started timestamp with time zone,
    session_number bigint,
    session_started timestamp with time zone,
    session_messages bigint,
    last_activity timestamp with time zone,
    total_messages bigint,
    late_messages bigint,
    duplicates bigint,
    replies bigint,
    failures bigint,
    last_failure text,
    awaiting_since timestamp with time zone,
    awaiting_next timestamp with time zone,
    answered_by text,
    last_message_version bigint,
    profile_version bigint,
    erased boolean
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='1000');

CREATE TABLE public.snapshots (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    version integer NOT NULL,
    sealed bytea NOT NULL
);

CREATE TABLE public.threads (
    partition smallint NOT NULL,
    attempt_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    purpose text NOT NULL,
    state text NOT NULL,
    thread_id text,
    asked_at timestamp with time zone NOT NULL,
    deadline timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    CONSTRAINT threads_state_check CHECK ((state = ANY (ARRAY['asked'::text, 'created'::text, 'bound'::text, 'refused'::text, 'lost'::text, 'deleting'::text, 'deleted'::text])))
);

CREATE TABLE public.timeline_states_3 (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    channel text,
    account_id text,
    profile_version bigint,
    erased boolean,
    authors jsonb
);

CREATE TABLE public.timelines_3 (
    partition smallint NOT NULL,
    conversation_id uuid NOT NULL,
    version integer NOT NULL,
    type text,
    kind text,
    author text,
    channel text,
    account_id text,
    recorded_at timestamp with time zone,
    at timestamp with time zone,
    words tsvector
);

CREATE TABLE public.webhook_refusals (
    hour timestamp with time zone NOT NULL,
    path text NOT NULL,
    reason text NOT NULL,
    n bigint NOT NULL
);

CREATE TABLE public.workers (
    worker_id uuid NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='50');

INSERT INTO public.analytics_days_4 VALUES
	('session_duration', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '0', 1, 0),
	('session_messages', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '1', 1, 1),
	('first_response_bot', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '1980', 1, 1981),
	('conversation', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'openai', 2, 0),
	('model_latency', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '469', 1, 469),
	('response_bot', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '1980', 1, 1981),
	('journey', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'direct>asked>answered', 1, 0),
	('message_out', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'bot', 1, 0),
	('model_call', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 1243),
	('duplicate', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'DeliveryReported', 1, 0),
	('first_response_bot', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '2420', 1, 2428),
	('model_latency', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', '1240', 1, 1243),
	('model_latency', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '1330', 1, 1336),
	('response_bot', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '2420', 1, 2428),
	('response_bot', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', '2330', 1, 2336),
	('session_duration', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', '0', 1, 0),
	('session_messages', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', '1', 1, 1),
	('tokens_cached', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 0),
	('cost_avoided', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 0),
	('cost_exact', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 10100),
	('first_response_bot', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', '2330', 1, 2336),
	('tokens_input', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 36),
	('tokens_output', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 13),
	('tokens_reasoning', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 0),
	('turn', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'answered', 1, 1),
	('journey', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', 'direct>asked>failed', 1, 0),
	('conversation', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'openai', 1, 0),
	('message_in', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'text', 1, 0),
	('sender_new', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'direct', 1, 0),
	('session', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'direct', 1, 0),
	('session_duration', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', '0', 1, 0),
	('session_messages', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', '1', 1, 1),
	('session_outcome', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'contained', 1, 0),
	('reply_failed', '2026-11-24 00:00:00+00', 'messenger', '404217156637689', 'window_closed', 1, 0),
	('turn', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', 'failed', 1, 1),
	('conversation', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'openai', 4, 0),
	('cost_avoided', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 0),
	('cost_exact', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 20600),
	('journey', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'direct>asked>answered', 2, 0),
	('message_out', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'bot', 2, 0),
	('message_in', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'text', 11, 0),
	('sender_new', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'direct', 3, 0),
	('session', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'direct', 3, 0),
	('session_outcome', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'contained', 3, 0),
	('model_call', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 1383),
	('tokens_cached', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 0),
	('tokens_input', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 76),
	('conversation', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'openai', 2, 0),
	('message_in', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'text', 5, 0),
	('sender_new', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'direct', 2, 0),
	('session', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'direct', 2, 0),
	('session_outcome', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'contained', 2, 0),
	('delivery', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'delivered', 3, 0),
	('journey', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'direct>asked>answered', 1, 0),
	('cost_avoided', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 0),
	('cost_exact', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 38200),
	('delivery', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'read', 2, 0),
	('message_out', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'bot', 3, 0),
	('model_call', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 3300),
	('tokens_cached', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 0),
	('tokens_input', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 117),
	('tokens_output', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 53),
	('tokens_reasoning', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 0),
	('turn', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'answered', 3, 5),
	('delivery', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'read', 1, 0),
	('conversation', '2026-11-24 00:00:00+00', 'messenger', '404217156637689', 'openai', 1, 0),
	('message_in', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', 'text', 1, 0),
	('sender_new', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', 'direct', 1, 0),
	('session', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', 'direct', 1, 0),
	('session_duration', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', '0', 1, 0),
	('session_messages', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', '1', 1, 1),
	('session_outcome', '2026-11-18 00:00:00+00', 'messenger', '404217156637689', 'contained', 1, 0),
	('cost_avoided', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 0),
	('cost_exact', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 10500),
	('first_response_bot', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', '2400', 1, 2406),
	('journey', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'direct>asked>answered', 1, 0),
	('message_out', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'bot', 1, 0),
	('model_call', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 656),
	('model_latency', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', '656', 1, 656),
	('response_bot', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', '2400', 1, 2406),
	('tokens_cached', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 0),
	('tokens_input', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 35),
	('tokens_output', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 14),
	('tokens_reasoning', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 0),
	('turn', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'answered', 1, 1),
	('journey', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'direct>asked>answered>asked', 2, 0),
	('session_duration', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '5460', 1, 5461),
	('delivery', '2026-11-24 00:00:00+00', 'whatsapp', '209114835562013', 'read', 1, 0),
	('message_in', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'text', 2, 0),
	('sender_new', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'direct', 2, 0),
	('session', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'direct', 2, 0),
	('session_duration', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '0', 2, 0),
	('session_messages', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '1', 2, 2),
	('session_outcome', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'contained', 2, 0),
	('session_duration', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '8830', 1, 8839),
	('first_response_bot', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '2120', 1, 2127),
	('first_response_bot', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '2410', 1, 2411),
	('message_in', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', 'text', 1, 0),
	('model_latency', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '914', 1, 914),
	('response_bot', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', '2120', 1, 2127);
INSERT INTO public.analytics_days_4 VALUES
	('sender_new', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', 'direct', 1, 0),
	('session', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', 'direct', 1, 0),
	('session_duration', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', '0', 1, 0),
	('session_messages', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', '1', 1, 1),
	('session_outcome', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', 'contained', 1, 0),
	('tokens_output', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 26),
	('tokens_reasoning', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 0),
	('turn', '2026-11-24 00:00:00+00', 'whatsapp', '106540352242922', 'answered', 2, 2),
	('session_messages', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '6', 1, 6),
	('first_response_bot', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '2080', 1, 2088),
	('journey', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', 'direct>asked>failed', 1, 0),
	('model_latency', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '854', 1, 854),
	('reply_failed', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'window_closed', 1, 0),
	('response_bot', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '2080', 1, 2088),
	('turn', '2026-11-16 00:00:00+00', 'messenger', '1134713619900975', 'failed', 1, 1),
	('model_latency', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '1110', 1, 1110),
	('response_bot', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '2410', 1, 2411),
	('turn', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', 'waiting', 3, 6),
	('journey', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'direct>asked', 1, 0),
	('session_duration', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', '213', 1, 213),
	('session_messages', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', '4', 1, 4),
	('turn', '2026-11-24 00:00:00+00', 'instagram', '17841400008460056', 'waiting', 1, 4),
	('session_messages', '2026-11-24 00:00:00+00', 'messenger', '1134713619900975', '4', 1, 4);

INSERT INTO public.analytics_facts_4 VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 1, 'conversation', 'openai', '2026-11-24 17:45:29.406122+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'message_in', 'text', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'sender_new', 'direct', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'session', 'direct', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'session_messages', '1', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 1),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'session_duration', '0', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'session_outcome', 'contained', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 1, 'conversation', 'openai', '2026-11-24 17:45:30.320958+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'message_in', 'text', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'sender_new', 'direct', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'session', 'direct', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'session_messages', '1', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 1),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'session_duration', '0', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'session_outcome', 'contained', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'model_call', 'gpt-6-luna', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 469),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'model_latency', '469', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 469),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'tokens_input', 'gpt-6-luna', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 36),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'tokens_cached', 'gpt-6-luna', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'tokens_output', 'gpt-6-luna', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 13),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'tokens_reasoning', 'gpt-6-luna', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'cost_exact', 'gpt-6-luna', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 10100),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'cost_avoided', 'gpt-6-luna', '2026-11-24 17:45:30.901937+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'response_bot', '1980', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 1981),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'first_response_bot', '1980', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 1981),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 7, 'message_out', 'bot', '2026-11-24 17:45:30.981974+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'turn', 'answered', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 1),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'journey', 'direct>asked>answered', '2026-11-24 17:45:29+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 11, 'duplicate', 'DeliveryReported', '2026-11-24 17:45:32.482079+00', 'whatsapp', '106540352242922', 0),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 7, 'delivery', 'read', '2026-11-24 17:45:30.981974+00', 'whatsapp', '106540352242922', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'model_call', 'gpt-6-luna', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 1336),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'model_latency', '1330', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 1336),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'tokens_input', 'gpt-6-luna', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 35),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'tokens_cached', 'gpt-6-luna', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'tokens_output', 'gpt-6-luna', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 13),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'tokens_reasoning', 'gpt-6-luna', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'cost_exact', 'gpt-6-luna', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 10000),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'cost_avoided', 'gpt-6-luna', '2026-11-24 17:45:32.672514+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'response_bot', '2420', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 2428),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'first_response_bot', '2420', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 2428),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'message_out', 'bot', '2026-11-24 17:45:32.705367+00', 'messenger', '1134713619900975', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'turn', 'answered', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 1),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'journey', 'direct>asked>answered', '2026-11-24 17:45:30.277+00', 'messenger', '1134713619900975', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 1, 'conversation', 'openai', '2026-11-24 17:45:32.997056+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'message_in', 'text', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'sender_new', 'direct', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'session', 'direct', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'session_messages', '1', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 1),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'session_duration', '0', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'session_outcome', 'contained', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 0),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'delivery', 'delivered', '2026-11-24 17:45:32.705367+00', 'messenger', '1134713619900975', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'model_call', 'gpt-6-luna', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 1243),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'model_latency', '1240', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 1243),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'tokens_input', 'gpt-6-luna', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 36),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'tokens_cached', 'gpt-6-luna', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'tokens_output', 'gpt-6-luna', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 13),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'tokens_reasoning', 'gpt-6-luna', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'turn', 'answered', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 1),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'journey', 'direct>asked>answered', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 3, 'reply_failed', 'window_closed', '2026-11-24 17:45:38.112362+00', 'messenger', '404217156637689', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'cost_exact', 'gpt-6-luna', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 10100),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'cost_avoided', 'gpt-6-luna', '2026-11-24 17:45:35.284495+00', 'instagram', '17841400008460056', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'response_bot', '2330', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 2336),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'first_response_bot', '2330', '2026-11-24 17:45:32.972+00', 'instagram', '17841400008460056', 2336),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'message_out', 'bot', '2026-11-24 17:45:35.308694+00', 'instagram', '17841400008460056', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 1, 'conversation', 'openai', '2026-11-24 17:45:35.660921+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'message_in', 'text', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'sender_new', 'direct', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'session', 'direct', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'session_messages', '1', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 1),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'session_duration', '0', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'session_outcome', 'contained', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 0),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'delivery', 'read', '2026-11-24 17:45:35.308694+00', 'instagram', '17841400008460056', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 1, 'conversation', 'openai', '2026-11-24 17:45:37.111033+00', 'messenger', '404217156637689', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'message_in', 'text', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'sender_new', 'direct', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'session', 'direct', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'session_messages', '1', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 1),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'session_duration', '0', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'session_outcome', 'contained', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'model_call', 'gpt-6-luna', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 656),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'model_latency', '656', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 656),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'tokens_input', 'gpt-6-luna', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 35),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'tokens_cached', 'gpt-6-luna', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'tokens_output', 'gpt-6-luna', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 14),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'tokens_reasoning', 'gpt-6-luna', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'cost_exact', 'gpt-6-luna', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 10500),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'cost_avoided', 'gpt-6-luna', '2026-11-24 17:45:37.344775+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'response_bot', '2400', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 2406),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'first_response_bot', '2400', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 2406),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, 'message_out', 'bot', '2026-11-24 17:45:37.406921+00', 'whatsapp', '209114835562013', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'turn', 'answered', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 1),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'journey', 'direct>asked>answered', '2026-11-24 17:45:35+00', 'whatsapp', '209114835562013', 0),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'turn', 'failed', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 1),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'journey', 'direct>asked>failed', '2026-11-18 20:03:20.519+00', 'messenger', '404217156637689', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 1, 'conversation', 'openai', '2026-11-24 17:45:39.102413+00', 'whatsapp', '106540352242922', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'message_in', 'text', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'sender_new', 'direct', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'session', 'direct', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'session_messages', '1', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 1),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'session_duration', '0', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 0);
INSERT INTO public.analytics_facts_4 VALUES
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'session_outcome', 'contained', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 0),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, 'delivery', 'read', '2026-11-24 17:45:37.406921+00', 'whatsapp', '209114835562013', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 1, 'conversation', 'openai', '2026-11-24 17:45:40.300839+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'message_in', 'text', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'sender_new', 'direct', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'session', 'direct', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'session_outcome', 'contained', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 3, 'message_in', 'text', '2026-11-24 17:45:40.169+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 1, 'conversation', 'openai', '2026-11-24 17:45:40.388584+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'message_in', 'text', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'sender_new', 'direct', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'session', 'direct', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'turn', 'answered', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 1),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'journey', 'direct>asked>answered', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 3, 'reply_failed', 'window_closed', '2026-11-24 17:45:42.020207+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'model_call', 'gpt-6-luna', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 854),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'model_latency', '854', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 854),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'tokens_input', 'gpt-6-luna', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 42),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'tokens_cached', 'gpt-6-luna', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'turn', 'answered', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 2),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'session_messages', '6', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 6),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'session_outcome', 'contained', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 3, 'message_in', 'text', '2026-11-24 17:45:40.173+00', 'messenger', '1134713619900975', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 1, 'conversation', 'openai', '2026-11-24 17:45:41.012361+00', 'messenger', '1134713619900975', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'message_in', 'text', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'sender_new', 'direct', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'session', 'direct', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'session_messages', '1', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 1),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'session_duration', '0', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'session_outcome', 'contained', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'model_call', 'gpt-6-luna', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 914),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'model_latency', '914', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 914),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'tokens_input', 'gpt-6-luna', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 40),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'tokens_cached', 'gpt-6-luna', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'tokens_output', 'gpt-6-luna', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 13),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'tokens_reasoning', 'gpt-6-luna', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'cost_exact', 'gpt-6-luna', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 10500),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'cost_avoided', 'gpt-6-luna', '2026-11-24 17:45:41.061507+00', 'whatsapp', '106540352242922', 0),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'response_bot', '2120', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 2127),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'first_response_bot', '2120', '2026-11-24 17:45:39+00', 'whatsapp', '106540352242922', 2127),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, 'message_out', 'bot', '2026-11-24 17:45:41.12781+00', 'whatsapp', '106540352242922', 0),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'turn', 'failed', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 1),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'journey', 'direct>asked>failed', '2026-11-16 11:57:30.856+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'turn', 'answered', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 2),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, 'delivery', 'read', '2026-11-24 17:45:41.12781+00', 'whatsapp', '106540352242922', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 11, 'message_in', 'text', '2026-11-24 17:45:45.526+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 11, 'turn', 'waiting', '2026-11-24 17:45:45.526+00', 'messenger', '1134713619900975', 2),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 12, 'message_in', 'text', '2026-11-24 17:45:45.606+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 11, 'message_in', 'text', '2026-11-24 17:45:45.568+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 11, 'turn', 'waiting', '2026-11-24 17:45:45.568+00', 'messenger', '1134713619900975', 2),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 12, 'message_in', 'text', '2026-11-24 17:45:45.623+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'journey', 'direct>asked>answered>asked', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'session_messages', '4', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 4),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'session_duration', '5460', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 5461),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'journey', 'direct>asked>answered>asked', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 14, 'message_in', 'text', '2026-11-24 17:45:48.884+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'session_duration', '8830', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 8839),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 14, 'turn', 'waiting', '2026-11-24 17:45:48.884+00', 'messenger', '1134713619900975', 2),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'tokens_output', 'gpt-6-luna', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 13),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'tokens_reasoning', 'gpt-6-luna', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'cost_exact', 'gpt-6-luna', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 10700),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'cost_avoided', 'gpt-6-luna', '2026-11-24 17:45:42.169075+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'response_bot', '2080', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 2088),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'first_response_bot', '2080', '2026-11-24 17:45:40.109+00', 'messenger', '1134713619900975', 2088),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 7, 'message_out', 'bot', '2026-11-24 17:45:42.197647+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'model_call', 'gpt-6-luna', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 1110),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'model_latency', '1110', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 1110),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'tokens_input', 'gpt-6-luna', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 40),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'tokens_cached', 'gpt-6-luna', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'tokens_output', 'gpt-6-luna', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 27),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'tokens_reasoning', 'gpt-6-luna', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'cost_exact', 'gpt-6-luna', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 17500),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'cost_avoided', 'gpt-6-luna', '2026-11-24 17:45:42.518916+00', 'messenger', '1134713619900975', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'response_bot', '2410', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 2411),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'first_response_bot', '2410', '2026-11-24 17:45:40.162+00', 'messenger', '1134713619900975', 2411),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 7, 'message_out', 'bot', '2026-11-24 17:45:42.57326+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 7, 'delivery', 'delivered', '2026-11-24 17:45:42.197647+00', 'messenger', '1134713619900975', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 1, 'conversation', 'openai', '2026-11-24 17:45:43.452875+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'message_in', 'text', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'sender_new', 'direct', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'session', 'direct', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'session_messages', '4', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 4),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'session_duration', '213', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 213),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'session_outcome', 'contained', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'journey', 'direct>asked', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'turn', 'waiting', '2026-11-24 17:45:43.205+00', 'instagram', '17841400008460056', 4),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 3, 'message_in', 'text', '2026-11-24 17:45:43.28+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 4, 'message_in', 'text', '2026-11-24 17:45:43.345+00', 'instagram', '17841400008460056', 0),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 5, 'message_in', 'text', '2026-11-24 17:45:43.418+00', 'instagram', '17841400008460056', 0),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 7, 'delivery', 'delivered', '2026-11-24 17:45:42.57326+00', 'messenger', '1134713619900975', 0),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 15, 'message_in', 'text', '2026-11-24 17:45:48.948+00', 'messenger', '1134713619900975', 0);

INSERT INTO public.analytics_hours_4 VALUES
	('session_duration', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '0', 1, 0),
	('session_messages', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '1', 1, 1),
	('first_response_bot', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '1980', 1, 1981),
	('conversation', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'openai', 2, 0),
	('model_latency', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '469', 1, 469),
	('response_bot', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '1980', 1, 1981),
	('journey', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'direct>asked>answered', 1, 0),
	('message_out', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'bot', 1, 0),
	('model_call', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 1243),
	('duplicate', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'DeliveryReported', 1, 0),
	('first_response_bot', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '2420', 1, 2428),
	('model_latency', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', '1240', 1, 1243),
	('model_latency', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '1330', 1, 1336),
	('response_bot', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '2420', 1, 2428),
	('response_bot', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', '2330', 1, 2336),
	('session_duration', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', '0', 1, 0),
	('session_messages', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', '1', 1, 1),
	('tokens_cached', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 0),
	('cost_avoided', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 0),
	('cost_exact', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 10100),
	('first_response_bot', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', '2330', 1, 2336),
	('tokens_input', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 36),
	('tokens_output', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 13),
	('tokens_reasoning', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'gpt-6-luna', 1, 0),
	('turn', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'answered', 1, 1),
	('journey', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', 'direct>asked>failed', 1, 0),
	('conversation', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'openai', 1, 0),
	('message_in', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'text', 1, 0),
	('sender_new', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'direct', 1, 0),
	('session', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'direct', 1, 0),
	('session_duration', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', '0', 1, 0),
	('session_messages', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', '1', 1, 1),
	('session_outcome', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'contained', 1, 0),
	('reply_failed', '2026-11-24 17:00:00+00', 'messenger', '404217156637689', 'window_closed', 1, 0),
	('turn', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', 'failed', 1, 1),
	('conversation', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'openai', 4, 0),
	('cost_avoided', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 0),
	('cost_exact', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 20600),
	('journey', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'direct>asked>answered', 2, 0),
	('message_out', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'bot', 2, 0),
	('message_in', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'text', 11, 0),
	('sender_new', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'direct', 3, 0),
	('session', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'direct', 3, 0),
	('session_outcome', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'contained', 3, 0),
	('model_call', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 1383),
	('tokens_cached', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 0),
	('tokens_input', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 76),
	('conversation', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'openai', 2, 0),
	('message_in', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'text', 5, 0),
	('sender_new', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'direct', 2, 0),
	('session', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'direct', 2, 0),
	('session_outcome', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'contained', 2, 0),
	('delivery', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'delivered', 3, 0),
	('journey', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'direct>asked>answered', 1, 0),
	('cost_avoided', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 0),
	('cost_exact', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 38200),
	('delivery', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'read', 2, 0),
	('message_out', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'bot', 3, 0),
	('model_call', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 3300),
	('tokens_cached', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 0),
	('tokens_input', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 117),
	('tokens_output', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 53),
	('tokens_reasoning', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'gpt-6-luna', 3, 0),
	('turn', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'answered', 3, 5),
	('delivery', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'read', 1, 0),
	('conversation', '2026-11-24 17:00:00+00', 'messenger', '404217156637689', 'openai', 1, 0),
	('message_in', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', 'text', 1, 0),
	('sender_new', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', 'direct', 1, 0),
	('session', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', 'direct', 1, 0),
	('session_duration', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', '0', 1, 0),
	('session_messages', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', '1', 1, 1),
	('session_outcome', '2026-11-18 20:00:00+00', 'messenger', '404217156637689', 'contained', 1, 0),
	('cost_avoided', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 0),
	('cost_exact', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 10500),
	('first_response_bot', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', '2400', 1, 2406),
	('journey', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'direct>asked>answered', 1, 0),
	('message_out', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'bot', 1, 0),
	('model_call', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 656),
	('model_latency', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', '656', 1, 656),
	('response_bot', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', '2400', 1, 2406),
	('tokens_cached', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 0),
	('tokens_input', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 35),
	('tokens_output', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 14),
	('tokens_reasoning', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'gpt-6-luna', 1, 0),
	('turn', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'answered', 1, 1),
	('journey', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'direct>asked>answered>asked', 2, 0),
	('session_duration', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '5460', 1, 5461),
	('delivery', '2026-11-24 17:00:00+00', 'whatsapp', '209114835562013', 'read', 1, 0),
	('message_in', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'text', 2, 0),
	('sender_new', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'direct', 2, 0),
	('session', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'direct', 2, 0),
	('session_duration', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '0', 2, 0),
	('session_messages', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '1', 2, 2),
	('session_outcome', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'contained', 2, 0),
	('session_duration', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '8830', 1, 8839),
	('first_response_bot', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '2120', 1, 2127),
	('first_response_bot', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '2410', 1, 2411),
	('message_in', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', 'text', 1, 0),
	('model_latency', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '914', 1, 914),
	('response_bot', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', '2120', 1, 2127);
INSERT INTO public.analytics_hours_4 VALUES
	('sender_new', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', 'direct', 1, 0),
	('session', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', 'direct', 1, 0),
	('session_duration', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', '0', 1, 0),
	('session_messages', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', '1', 1, 1),
	('session_outcome', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', 'contained', 1, 0),
	('tokens_output', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 26),
	('tokens_reasoning', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'gpt-6-luna', 2, 0),
	('turn', '2026-11-24 17:00:00+00', 'whatsapp', '106540352242922', 'answered', 2, 2),
	('session_messages', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '6', 1, 6),
	('first_response_bot', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '2080', 1, 2088),
	('journey', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', 'direct>asked>failed', 1, 0),
	('model_latency', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '854', 1, 854),
	('reply_failed', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'window_closed', 1, 0),
	('response_bot', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '2080', 1, 2088),
	('turn', '2026-11-16 11:00:00+00', 'messenger', '1134713619900975', 'failed', 1, 1),
	('model_latency', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '1110', 1, 1110),
	('response_bot', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '2410', 1, 2411),
	('turn', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', 'waiting', 3, 6),
	('journey', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'direct>asked', 1, 0),
	('session_duration', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', '213', 1, 213),
	('session_messages', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', '4', 1, 4),
	('turn', '2026-11-24 17:00:00+00', 'instagram', '17841400008460056', 'waiting', 1, 4),
	('session_messages', '2026-11-24 17:00:00+00', 'messenger', '1134713619900975', '4', 1, 4);

INSERT INTO public.analytics_presence_4 VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', '2026-11-24 17:00:00+00', 3, 'whatsapp', '106540352242922', '2026-11-24 17:45:29+00'),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', '2026-11-24 17:00:00+00', 2, 'messenger', '1134713619900975', '2026-11-24 17:45:30.277+00'),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', '2026-11-24 17:00:00+00', 2, 'instagram', '17841400008460056', '2026-11-24 17:45:32.972+00'),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', '2026-11-24 17:00:00+00', 2, 'whatsapp', '209114835562013', '2026-11-24 17:45:35+00'),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', '2026-11-18 20:00:00+00', 2, 'messenger', '404217156637689', '2026-11-18 20:03:20.519+00'),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', '2026-11-24 17:00:00+00', 3, 'whatsapp', '106540352242922', '2026-11-24 17:45:39+00'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', '2026-11-24 17:00:00+00', 2, 'messenger', '1134713619900975', '2026-11-24 17:45:40.109+00'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', '2026-11-24 17:00:00+00', 2, 'messenger', '1134713619900975', '2026-11-24 17:45:40.162+00'),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', '2026-11-16 11:00:00+00', 2, 'messenger', '1134713619900975', '2026-11-16 11:57:30.856+00'),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', '2026-11-24 17:00:00+00', 2, 'instagram', '17841400008460056', '2026-11-24 17:45:43.205+00');

INSERT INTO public.analytics_states_4 VALUES
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 'messenger', '1134713619900975', '2026-11-24 17:45:48.948+00', 1, 2, '2026-11-24 17:45:40.109+00', '2026-11-24 17:45:40.109+00', '2026-11-24 17:45:48.948+00', 6, false, 'direct>asked>answered>asked', '[14, 1795542348884000, 2, 15, 2, 1795542340109000]', '[11, 1795542345526000, 2, 12, 2, 1795542340109000]', 'r12', '[]', '["2:bot"]', '[["r3", 7, 1795542342197647, 1, ""]]', '[[498761, 2, 1795542340109000]]'),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 'messenger', '1134713619900975', '2026-11-16 11:57:30.856+00', 1, 2, '2026-11-16 11:57:30.856+00', '2026-11-16 11:57:30.856+00', '2026-11-16 11:57:30.856+00', 1, false, 'direct>asked>failed', '[]', '[]', '', '[]', '[]', '[]', '[[498563, 2, 1794830250856000]]'),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 'messenger', '404217156637689', '2026-11-18 20:03:20.519+00', 1, 2, '2026-11-18 20:03:20.519+00', '2026-11-18 20:03:20.519+00', '2026-11-18 20:03:20.519+00', 1, false, 'direct>asked>failed', '[]', '[]', '', '[]', '[]', '[]', '[[498620, 2, 1795032200519000]]'),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 'whatsapp', '106540352242922', '2026-11-24 17:45:29+00', 1, 3, '2026-11-24 17:45:29+00', '2026-11-24 17:45:29+00', '2026-11-24 17:45:29+00', 1, false, 'direct>asked>answered', '[]', '[]', '', '[]', '["3:bot"]', '[["r3", 7, 1795542330981974, 2, ""]]', '[[498761, 3, 1795542329000000]]'),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 'whatsapp', '209114835562013', '2026-11-24 17:45:35+00', 1, 2, '2026-11-24 17:45:35+00', '2026-11-24 17:45:35+00', '2026-11-24 17:45:35+00', 1, false, 'direct>asked>answered', '[]', '[]', '', '[]', '["2:bot"]', '[["r2", 6, 1795542337406921, 2, ""]]', '[[498761, 2, 1795542335000000]]'),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 'messenger', '1134713619900975', '2026-11-24 17:45:30.277+00', 1, 2, '2026-11-24 17:45:30.277+00', '2026-11-24 17:45:30.277+00', '2026-11-24 17:45:30.277+00', 1, false, 'direct>asked>answered', '[]', '[]', '', '[]', '["2:bot"]', '[["r2", 6, 1795542332705367, 1, ""]]', '[[498761, 2, 1795542330277000]]'),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 'instagram', '17841400008460056', '2026-11-24 17:45:32.972+00', 1, 2, '2026-11-24 17:45:32.972+00', '2026-11-24 17:45:32.972+00', '2026-11-24 17:45:32.972+00', 1, false, 'direct>asked>answered', '[]', '[]', '', '[]', '["2:bot"]', '[["r2", 6, 1795542335308694, 2, ""]]', '[[498761, 2, 1795542332972000]]'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 'messenger', '1134713619900975', '2026-11-24 17:45:45.623+00', 1, 2, '2026-11-24 17:45:40.162+00', '2026-11-24 17:45:40.162+00', '2026-11-24 17:45:45.623+00', 4, false, 'direct>asked>answered>asked', '[]', '[11, 1795542345568000, 2, 12, 2, 1795542340162000]', 'r12', '[]', '["2:bot"]', '[["r3", 7, 1795542342573260, 1, ""]]', '[[498761, 2, 1795542340162000]]'),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 'whatsapp', '106540352242922', '2026-11-24 17:45:39+00', 1, 3, '2026-11-24 17:45:39+00', '2026-11-24 17:45:39+00', '2026-11-24 17:45:39+00', 1, false, 'direct>asked>answered', '[]', '[]', '', '[]', '["3:bot"]', '[["r3", 7, 1795542341127810, 2, ""]]', '[[498761, 3, 1795542339000000]]'),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 'instagram', '17841400008460056', '2026-11-24 17:45:43.418+00', 1, 2, '2026-11-24 17:45:43.205+00', '2026-11-24 17:45:43.205+00', '2026-11-24 17:45:43.418+00', 4, false, 'direct>asked', '[]', '[2, 1795542343205000, 4, 5, 2, 1795542343205000]', 'r5', '[]', '[]', '[]', '[[498761, 2, 1795542343205000]]');

INSERT INTO public.customers_2 VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 7, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 'whatsapp', '106540352242922', '2026-11-24 17:45:29+00', '2026-11-24 17:45:29+00', 1, 1, 1, 1, 1, false),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 'messenger', '1134713619900975', '2026-11-24 17:45:30.277+00', '2026-11-24 17:45:30.277+00', 1, 1, 1, 0, 1, false),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 'instagram', '17841400008460056', '2026-11-24 17:45:32.972+00', '2026-11-24 17:45:32.972+00', 1, 1, 1, 0, 1, false),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, '393696b0-028c-57ea-8b3a-9d188625314a', 'messenger', '404217156637689', '2026-11-18 20:03:20.519+00', '2026-11-18 20:03:20.519+00', 1, 1, 0, 0, 1, false),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 'whatsapp', '209114835562013', '2026-11-24 17:45:35+00', '2026-11-24 17:45:35+00', 1, 1, 1, 0, 1, false),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, '3daf77fb-5130-5d2b-a065-e8672bd55129', 'whatsapp', '106540352242922', '2026-11-24 17:45:39+00', '2026-11-24 17:45:39+00', 1, 1, 1, 1, 1, false),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 'messenger', '1134713619900975', '2026-11-16 11:57:30.856+00', '2026-11-16 11:57:30.856+00', 1, 1, 0, 0, 1, false),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 5, '315f0119-04f4-5341-bcb8-57d25911f8b7', 'instagram', '17841400008460056', '2026-11-24 17:45:43.205+00', '2026-11-24 17:45:43.418+00', 1, 4, 0, 0, 1, false),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 12, '8196043f-6cac-5a0c-9427-6281d32eebab', 'messenger', '1134713619900975', '2026-11-24 17:45:40.162+00', '2026-11-24 17:45:45.623+00', 1, 4, 1, 0, 1, false),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 15, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 'messenger', '1134713619900975', '2026-11-24 17:45:40.109+00', '2026-11-24 17:45:48.948+00', 1, 6, 1, 0, 1, false);

INSERT INTO public.events VALUES
	(20, 1, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 1, 'ConversationStarted', '2026-11-24 17:45:29.406122+00', NULL, '{"channel": "whatsapp", "thread_id": "conv_6b05cd39d8f16adf91b7584a2265b1f5c386bbc4cd613e30", "account_id": "106540352242922"}', '\xc385a0a2847ae4360b8d5ab0229dfd0588907b5b654f40f67dcf3154e1b0b5522d939de8fed7b986dd080385b6c3488b50f2dd4bac1dac13fe1a581bf843f608df1ce9ee7b77ce727ac5d1705acc4786db688bd625ee'),
	(20, 2, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 2, 'IdentityLinked', '2026-11-24 17:45:29.408885+00', '\x0f3e7b235c1cb3a3423fc59096b32556', '{"reason": "seen_together"}', '\x57f3aa4c84d84cc07113c8ffc0aa6b5e1041bcf28db392c32582000249525914d47b9b63077c9d15d965313ec9cde826723d3b70338e184663a64e46a7879f75460846'),
	(20, 3, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'MessageReceived', '2026-11-24 17:45:29.408885+00', '\x20fcd5e71c3e24f4dae87eaaa366a4fe', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:29+00:00", "session": 1, "received_at": "2026-11-24T17:45:29.009425+00:00", "session_message": 1}', '\x8012c99ce1ad9525aaa2c3b454351f5a4b447479bbce00cc2cbed8b94f88f96df59c03bb6f19d173ad4cdf627f40466ea92149fc233279f7d934614820ecd9bc32d727121163f43bf7b7e6ceb2fe4992289ff42c732271c6c59bee9e0ccf337ac790d370c59ce4079f10225006830e60ff9376be04bff5739fe12e3b686d5ba113395ff01eba40bdedba25383268208c0c5260f7f5a8d2013c'),
	(45, 1, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 1, 'ConversationStarted', '2026-11-24 17:45:30.320958+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd3a78e510617311d8a3c2ce6f44612e7696a6cecc1b", "account_id": "1134713619900975"}', '\x5b1d4b1ae70c93aeb22a64ad4b184ae4f7fd92eb44a0cfacb0ed330873eb4aed89f16fe7c5eb06c9248cbfc057990e6e57317a0216418f1a7ddf658a'),
	(45, 2, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'MessageReceived', '2026-11-24 17:45:30.321126+00', '\xdd0bd75473c72ab6f1f46dbe1055864e', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:30.277000+00:00", "session": 1, "received_at": "2026-11-24T17:45:30.280427+00:00", "session_message": 1}', '\x2efc80663308e6330b72426150ea6daf1c0fa705e2389ba960b683ab6122dc5b99091d846bf7a1f06901afe6abbfeebd1e779fe5a93e4d64dd1040bcaac8c9e03d9b5527d58753d0c257f5d0d9d4d48f3dd696f870a9acb412173f44a8abf6965786b3741389089325fc2d155d4106ba415afdfba3e10cb51b0fbaa72364885642d269e1d53985bf256fcbce1f5a1edc92c93929e70412184b3ed1fe8aa355b136f2cc427f2a'),
	(20, 4, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 4, 'DraftAttempted', '2026-11-24 17:45:30.411588+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05cd39d8f16adf91b7584a2265b1f5c386bbc4cd613e30", "answers_through": 3}', NULL),
	(20, 5, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'ReplyDrafted', '2026-11-24 17:45:30.901937+00', '\xc6d1fc21d20173c2a088cc6a38db43a2', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05cd39d8f16adf91b7584a2265b1f5c386bbc4cd613e30", "latency_ms": 469, "request_id": "req_b8b6d8fe442e3d437204e52db2221a58", "response_id": "resp_c386bbc4cd613e30006b05cd3a9b810e766ec9d28663ca828d", "input_tokens": 36, "last_item_id": "msg_c386bbc4cd613e30006b05cd3a008a05a6c4647159c324c985", "cached_tokens": 0, "output_tokens": 13, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x48f6e57cb898b3aa080fe3e2b3a3df50246639f3ace541b742d33022bcc2b0b002815b7e615fa27e9394aa03c9176e3fafb837839f77881dfebb760441af40a2d9a9bf967200558d49d45a777c40ecc6902a438ecfe539d192'),
	(20, 6, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 6, 'ReplyAttempted', '2026-11-24 17:45:30.943968+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:1237bd54-212a-5b9b-b7ff-01d1d749211e:r3:1"}', NULL),
	(20, 7, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 7, 'ReplySent', '2026-11-24 17:45:30.981974+00', '\x30365df5cb01a4374231772f780c2dcd', '{"reply_id": "r3"}', '\x25dde639ec31baf581c0b1027fd800aa743bf92f5474cfca6ec9b42518a25d4eac31a87ada344d8ce8da24d2ee4252f7f34dbd6b8a84bc1e0ae74a182378c3513db6740d19c2cad22a09605da03ca94812d6d224cddec2da2bc560194c3eed065786'),
	(45, 3, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 3, 'DraftAttempted', '2026-11-24 17:45:31.32242+00', NULL, '{"attempt": 1, "reply_id": "r2", "thread_id": "conv_6b05cd3a78e510617311d8a3c2ce6f44612e7696a6cecc1b", "answers_through": 2}', NULL),
	(20, 8, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 8, 'DeliveryReported', '2026-11-24 17:45:31.480968+00', '\x10e72f79800482cacb1a3a83db7ba123', '{"status": "sent", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:45:31+00:00"}', '\xa97080acbd5562516538e311a3e0e7d4b54bd2966d763dc8e994618e0d28f8e5bba742911b91d0a843604bb353627f8da686627f98e080dafa78359e22ef31f3ba94adbe17d16b161f70b8e1a0fc28715b9c60b74a98cf57d0817b0d614a35853d61'),
	(20, 9, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 9, 'DeliveryReported', '2026-11-24 17:45:32.189423+00', '\xc28850f05a4332482c2034f25432ae0c', '{"status": "delivered", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:45:31+00:00"}', '\x01602a9e4444074fbab8f11580e9b6e5c0e46d4d17f62e6ba84e660a60d967faaaf6c1c775d6a9084adff2d02fb087d272fa6bfa79dbf8f94aac23879651dd892d943f9c721b95ee0c5228e115c1cd8cf93fd1501989a927990c63a4262acecba0d7'),
	(20, 10, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 10, 'DeliveryReported', '2026-11-24 17:45:32.485411+00', '\x7502c804c3726cfbb6c4cae54a36fac2', '{"status": "read", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:45:32+00:00"}', '\xe4eef9451b34d873217923c879f723632a8d8861db8f2ad9a4462f524dddd288c5bb66ddf832b5dbd25ed39ec5a4e22d1ed6a1a353af4f3c33deeae3fb2a1de5b864358d55af3396e7e9147e8ca61be3e8b2510f0df57a728df53495d1c29b5917b2'),
	(20, 11, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 11, 'DuplicateReceived', '2026-11-24 17:45:32.510562+00', NULL, '{"update": "DeliveryReported", "received_at": "2026-11-24T17:45:32.482079+00:00"}', '\xdcc9d563ee505a3d2890284982a6b78780c8b29430f136e707116937cbe420a4352520ce13081bb4b3a56647fcb3605277e2d14efcb041c46d80a16c3770c099789f60688e2a5de788154ace848b1e28a9a27f67dea492a92bb27095dc957ea5576c36760431b811bbc8d4974b98'),
	(45, 4, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'ReplyDrafted', '2026-11-24 17:45:32.672514+00', '\xb2f78f84dffcf6689b25196aa11dd1ef', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r2", "thread_id": "conv_6b05cd3a78e510617311d8a3c2ce6f44612e7696a6cecc1b", "latency_ms": 1336, "request_id": "req_025b413f8a9a021ea648a7dd06839eb9", "response_id": "resp_612e7696a6cecc1b006b05cd3be6c3f3391a2b8f1ff1fd42a2", "input_tokens": 35, "last_item_id": "msg_612e7696a6cecc1b006b05cd3c05b6e6e307d4bedc51431193", "cached_tokens": 0, "output_tokens": 13, "answers_through": 2, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\xa321fdbc92cd24a0fab4a0028f016449b1a5dfd3de823a83b9c1f72bc26338383d5c228a6f1bb395e52c4c68711e794cfaaa77febeda1fa010334f9a199156fee254d0800ca0595585702517b4acba3e11934fdd02fa6f2778'),
	(45, 5, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 5, 'ReplyAttempted', '2026-11-24 17:45:32.687408+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r2", "reference": "onethread:f5cab26d-3217-54c1-8357-a7cec72eeda6:r2:1"}', NULL),
	(45, 6, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'ReplySent', '2026-11-24 17:45:32.705367+00', '\x8b640f484ed70d011f5e9dd6cd7e60a8', '{"reply_id": "r2"}', '\x3693981fd852f8a62a5b9adc4eca35a17cd967cac3a465ca1f125bd2e9c1b0c8835410ec5e5fad75e6ff54bf3335b17843e75bc0d378ae85bdab66375b8868253d073cfebbf27eadddaf540f92e17c5346ab66c64e548f44ceb82f792f0d917aa06e338a78649927e66f4871d32cf0b73aac'),
	(58, 1, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 1, 'ConversationStarted', '2026-11-24 17:45:32.997056+00', NULL, '{"channel": "instagram", "thread_id": "conv_6b05cd3c619699cfe1988ad9f06c144a37730edfafbd67f9", "account_id": "17841400008460056"}', '\x5dbc8be3d3c7dfda6aae64c8261c455c266f3c3cf69013591e2caebfd2a81d128d40045caa545b33120ee03b67be30b2b1badb08e68ddff00a16318e'),
	(58, 2, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'MessageReceived', '2026-11-24 17:45:32.997222+00', '\xd9c24cd0010fea1f9889f60038e71917', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:32.972000+00:00", "session": 1, "received_at": "2026-11-24T17:45:32.973276+00:00", "session_message": 1}', '\x69da70c0bd00e15ba82ae5e6406c6d7325e3b9b7b8fcb9609ed47aacc0128c337c3617d665a81b28b0845fc52007659f0d2a2801342d096352be6f40250f3b822da35f32d55544694f04daa25cb7aa9529a126967240e8cb5356c85ca2e2f0c6ba7e22ecb34f5c658e433a074de6978231a5fae7e6ae406637b2bc0257c9abe259a64cd9eda5808f6bc2f536e3240eb19496599a24c2a29ca31f1d229ed07bd240bcd0ab7a7f9c0ed2'),
	(45, 7, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 7, 'DeliveryReported', '2026-11-24 17:45:33.212611+00', '\xfd41f03ec86decbc7c36376899b1461f', '{"status": "sent", "reply_id": "r2", "occurred_at": "2026-11-24T17:45:32.705000+00:00"}', '\x2a08d529577688f49699a00f11847b1ebcf8413c7579d7c4ba35b6b340e09f47266866e6961f1d7b057bcf7113d8f16653089c8784f07f11cb237d92a16de9fb63f505819afeb522a55dee53c422ea35af0444f3beee22191cdbf8b86d122a5190b12053e1013393c086be443d5da623d1d5'),
	(45, 8, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 8, 'DeliveryReported', '2026-11-24 17:45:33.724753+00', '\xf27b7cc4bbe74f74ba0b915bfad3741f', '{"status": "delivered", "reply_id": "r2", "watermark": "2026-11-24T17:45:32.705000+00:00", "occurred_at": "2026-11-24T17:45:33.706000+00:00"}', '\xd1b65b2d250ed0abe0e91197950161f5f49a6c40861a71ca21cea40efbd98954b0ea69db18c32ce51b3cd4ea525d753a0139b1eee22156c586d7008051bdddf6e0ddfdfcef7690d2cd31d6aa655944db5c7a75e4be64624871d5e26cff408f39b0d173c94b1cdf487350bca8700e57f13d22'),
	(58, 3, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 3, 'DraftAttempted', '2026-11-24 17:45:34.020397+00', NULL, '{"attempt": 1, "reply_id": "r2", "thread_id": "conv_6b05cd3c619699cfe1988ad9f06c144a37730edfafbd67f9", "answers_through": 2}', NULL),
	(45, 9, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 9, 'DeliveryReported', '2026-11-24 17:45:34.228606+00', '\xe04818b6a7fc268c604e0b7c8f8be3f4', '{"status": "read", "watermark": "2026-11-24T17:45:32.705000+00:00", "occurred_at": "2026-11-24T17:45:34.209000+00:00"}', '\xbdeb40cea038b9777132f3f694f106f04b79043ed1144c8e36974967ba30'),
	(58, 4, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'ReplyDrafted', '2026-11-24 17:45:35.284495+00', '\x48b4cf3891ccb6fb4027aaa8da02a094', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r2", "thread_id": "conv_6b05cd3c619699cfe1988ad9f06c144a37730edfafbd67f9", "latency_ms": 1243, "request_id": "req_c2cd789a380208a9ad45f23d3b1a11df", "response_id": "resp_37730edfafbd67f9006b05cd3e7eed8d14f06d3fef701966a0", "input_tokens": 36, "last_item_id": "msg_37730edfafbd67f9006b05cd3f587fd2803bab6c398d88348a", "cached_tokens": 0, "output_tokens": 13, "answers_through": 2, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\xd362a7c5cd707c395b0ab6162ef604387a7dfcad67f03fe69c0f53e86e4c3656046808e3430e9038c9c29bc3a0aa24ce9306e81b45c8865c7e9d098d8f5ef7df7fda58eb2e006497cc6fbe3023411e49b9884da6312423172e'),
	(58, 5, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 5, 'ReplyAttempted', '2026-11-24 17:45:35.293599+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r2", "reference": "onethread:caf4d43a-6d82-5c9a-8bf1-0b7827204fa8:r2:1"}', NULL),
	(58, 6, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'ReplySent', '2026-11-24 17:45:35.308694+00', '\xbc4feec4cab893fa1592ed71afdb313a', '{"reply_id": "r2"}', '\x9996052693d52e39f8fe1808014a5894458a0e9c640b24a3695400285db7acf03fd7974dfd8069de90666ed998cb3f1ef40385e13847b0488182bc4952423cb436304489e3598738bbfb350bf239a4976441fa7c8abf6a9fbc01f3154130814b1d1135d115e0e89337c1a61aeb6167d50371'),
	(48, 1, '393696b0-028c-57ea-8b3a-9d188625314a', 1, 'ConversationStarted', '2026-11-24 17:45:37.111033+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd414be03db0dc2574bdb94067edbe3edc0a1ef2a4f0", "account_id": "404217156637689"}', '\xc24f338682e178c182297c51a7a603c6ca1ae71c12073aacbee7ac0145540d24e689b92ee1b7dc4698e4ac65853682a5d227fe6d714b52d853789956'),
	(48, 2, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'MessageReceived', '2026-11-24 17:45:37.111194+00', '\x49291f49b089c5bd09b024c9cb5d14c9', '{"_v": 2, "kind": "text", "sent_at": "2026-11-18T20:03:20.519000+00:00", "session": 1, "received_at": "2026-11-24T17:45:37.014322+00:00", "session_message": 1}', '\xc559540a66eba1be7e86c4fdaf65836ae10cd8382b6c06af352ae29f2c67131165ac003e3e762b2668d4f0dad887bca0f1e63583183556c2633bb83bd8fabe53650b5f18255ff06a4d8fd3c2152d9480dc785831741d6355cd2acfebc0697ac1f8dfd7464956fbb1fa60e844269609ca9ff739202842520e6a5b499becfdec19bb35f217207486a71c700d66f74fdc93bfa0ee145ea6dbc6740d0d702b6eda22b2'),
	(53, 8, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 8, 'DeliveryReported', '2026-11-24 17:45:38.437376+00', '\xfcf3e636b959000cd571e65d1c02e48c', '{"status": "delivered", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r2", "occurred_at": "2026-11-24T17:45:38+00:00"}', '\x34fd700727493158d8a276c5b5eb3fa69704779587478f405845ba1effce941adce5dbeb1583fd985bbbc934950a3fd8768592b5157a487573b48455b62c1bdae3881c6532fc77fc40b83bff8b9ed197b9ea897fc9a6d8465e859141d9ad6206c61f'),
	(37, 1, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 1, 'ConversationStarted', '2026-11-24 17:45:40.300839+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd443e2434e37af027bc08d6af57cc22af58be6521cc", "account_id": "1134713619900975"}', '\x280470e35d22f93edc450de89c37682b8ec5d884f9c4e1c5e6ae64b79bc27fe6123024c8b688440cceae8b7827bcbb21f021d5a684'),
	(37, 2, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'MessageReceived', '2026-11-24 17:45:40.301001+00', '\xcc14e0cde2cb84e771c020138349ccad', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:40.109000+00:00", "session": 1, "received_at": "2026-11-24T17:45:40.135712+00:00", "session_message": 1}', '\xb3a4fba32344c6fb08346e7a40fe8967c87ddbec7c9d091b52f5a399c66475390d902d0aebf87917b9d23e75a699c1cd194220f9985e33b936818ca77c22d8426682393418cbf4a51e271481708d1b619d8609145272f8b92105a15d03e25d8b3213'),
	(37, 3, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 3, 'MessageReceived', '2026-11-24 17:45:40.301001+00', '\xb59ff225f72c5a1b3774d03f3b8881e7', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:40.169000+00:00", "session": 1, "received_at": "2026-11-24T17:45:40.169748+00:00", "session_message": 2}', '\x83aac8d253fb10cdc5552c43078e5bb6e895d90e928a921eb8b74153104d9ea79cbabaa4bcfb60119d6068b0bb7e77fe577f85494981752f4f3300fa19c156a1639ec75ee91b64b5bae774e47fe56e7f8c6d8e3a037fd7688654be814c061f4c036a'),
	(53, 1, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 1, 'ConversationStarted', '2026-11-24 17:45:35.660921+00', NULL, '{"channel": "whatsapp", "thread_id": "conv_6b05cd3f4a2f20aaf3c64af775a8929405805975ed2f89d9", "account_id": "209114835562013"}', '\x7068cf368de2e72c543bb0e2ef68f6cd8990f197a4865ede36fb20ef4e4662df33bc1a58320a683410513af8f3653593f02ad4d03aabe31f5c2c4bf5f40dbe6569810dd91f80af6a0650c5007a892e275ee925f9ceec8b745660705b68fe943c6fe50609dde2b306d7d50750de3dbd7b9bb107417633ba2f90'),
	(53, 2, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'MessageReceived', '2026-11-24 17:45:35.661099+00', '\xcd52f6420fc408fc0aea09ebb7736016', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:35+00:00", "session": 1, "received_at": "2026-11-24T17:45:35.535329+00:00", "session_message": 1}', '\xf8c540751317a2de53518c4716dc4b08e28f914e8a1ddd19bde545825459b9033eb523fb9ee944c0ae9c7b675ed340dd5d7ee9fd24006822ad5c0983986da05e398e7d7f60fc92cba850241303f0ca9fa59558346ef96864ad0bf2d4056b6ed987086e0a9c3053616b6d090115fcd94d61262360376b75b555d3ea75545474fc5c8d02179588f65271245cee99114ba7cca4850f'),
	(58, 7, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 7, 'DeliveryReported', '2026-11-24 17:45:35.826097+00', '\xe11e8628629a8624732d70905ce935c1', '{"status": "sent", "reply_id": "r2", "occurred_at": "2026-11-24T17:45:35.305000+00:00"}', '\x9d0dafa72d14ff426f7ef76c6eb997e1b22cf13613e00534a3df760df0d6fa8a54c68b61a145ec39a46b87e34f41d8a9cee262c6a5633b1dd1e58f88171434c03a5ea329b35370001b3becbb7b65fee5e6f8cf5ead0a483427af647a7bdab782583621e442a44e950ede69cac30e06ee6297'),
	(53, 3, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 3, 'DraftAttempted', '2026-11-24 17:45:36.666988+00', NULL, '{"attempt": 1, "reply_id": "r2", "thread_id": "conv_6b05cd3f4a2f20aaf3c64af775a8929405805975ed2f89d9", "answers_through": 2}', NULL),
	(53, 7, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 7, 'DeliveryReported', '2026-11-24 17:45:37.933964+00', '\x9cd1388a6d2562b67a0101d5e40be701', '{"status": "sent", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r2", "occurred_at": "2026-11-24T17:45:37+00:00"}', '\xdc8c25be45effd3f3141604368e9ba66d64c06c7d4f6979aad6c740aa6385bf91ee160132afcff3707648f4fa08d4eb51ac39e4cbc2a51c99445ff5e4a2ec08e5721a95a77e60bc2c6834fb061bae707ac25713c0b97f77bf6e6fa0edc8c4b5bf9bd'),
	(48, 3, '393696b0-028c-57ea-8b3a-9d188625314a', 3, 'ReplyFailed', '2026-11-24 17:45:38.112362+00', '\x8533061eb1be2e7a9012b36a771ea0b9', '{"reason": "window_closed", "reply_id": "r2", "answers_through": 2}', NULL),
	(59, 1, '3daf77fb-5130-5d2b-a065-e8672bd55129', 1, 'ConversationStarted', '2026-11-24 17:45:39.102413+00', NULL, '{"channel": "whatsapp", "thread_id": "conv_6b05cd433099fdf5ab99254ae901e35c48beab134da98f1d", "account_id": "106540352242922"}', '\xe9593dbadf79a6b741c63cb55163bd5474234d5fbdf8e99d521801647d259ae4af79561ab68a33f7d8b7cca00143421974ce9290f5b73c5a7db017cc721ad7ab0bc3045aa165e75249e2223c1bd2a50281d12ba287f300d8'),
	(59, 2, '3daf77fb-5130-5d2b-a065-e8672bd55129', 2, 'IdentityLinked', '2026-11-24 17:45:39.102579+00', '\xd4e8f13b88cf5a6639e91e967e4f745a', '{"reason": "seen_together"}', '\xa92bb8d704331f46ca18923fd3ce3d1971481c7f20e416135ff15a5b7e3f5bbc7fdb0e7433717fadc7cf838dbf9c51d68abcf1cd0314ba902d2d3907baca805af91c2c'),
	(59, 3, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'MessageReceived', '2026-11-24 17:45:39.102579+00', '\x84acffdafb066f5c8bc76f87e1263087', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:39+00:00", "session": 1, "received_at": "2026-11-24T17:45:39.005252+00:00", "session_message": 1}', '\x9ecea8c0737b4689b0bd615f56cfa1241c5dd36a1e9c873ba66ebc556848d0d3c7597ab2b06ec87858ac2aacbd8b375cb0c736524daa206fa33b48df0b4bce58a5ca4f7111a09f151f6e207053251aee5f749192db1b2d07be3858d9b7d118aa68e17341146dde48d6d39d17570db70aba3326af6a0990321869a554c5e0998774d833fe5d7bcbeded699dde6421f52ac12f1a85938f2806eb643129568f9135976ae5ff3687d1'),
	(59, 10, '3daf77fb-5130-5d2b-a065-e8672bd55129', 10, 'DeliveryReported', '2026-11-24 17:45:42.663175+00', '\xedc34cf6c9bf9c237f1a731f96384b0b', '{"status": "read", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:45:42+00:00"}', '\xcfc7aedde16650922fc9980df2c1c4dfe317b4dcd3b24eef8ee1ee0409097dd527673c091b10fad6787b487a2a003c4421636028ff422e52b128436f8f21d821adade3f238c50d52be545dfa10e038fd1845e230b0e25e712b1b4fd958e219017a5c'),
	(37, 8, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 8, 'DeliveryReported', '2026-11-24 17:45:42.716026+00', '\xe558a0ad43c5dc9dbcd7114a871a0318', '{"status": "sent", "reply_id": "r3", "occurred_at": "2026-11-24T17:45:42.197000+00:00"}', '\xedd3f0746fdcd3c80f4c56309fe7d3e48c66e73b27c23a8f23528c73965f27dec62d6001f65f2a34a0114d691dbb6082287f3068891b6990a650e1ce74e459abc682d988b9dbdf3086ba75381c516ba2648256b7f945919b21c8cae8799a5b8b99b25f61cce4959396fb0e9384f2888bfd47'),
	(63, 8, '8196043f-6cac-5a0c-9427-6281d32eebab', 8, 'DeliveryReported', '2026-11-24 17:45:43.085923+00', '\x93d7bc77b92612e40f55f4e8611bd6a8', '{"status": "sent", "reply_id": "r3", "occurred_at": "2026-11-24T17:45:42.573000+00:00"}', '\xc408909b5926d5f522ddd333cf4ebf4226a5e38f0be716b059fbba9868092fc45986b6752c6f49d351f59910c2c30e728fd6b96d75aa614a72dbd14d518a90a8327776221f57ddf31e4c76a70ca14c8077125740c17c9be731c158d276a1729700c15c55586a8a03eee31ec8c947001aa5c9'),
	(37, 9, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 9, 'DeliveryReported', '2026-11-24 17:45:43.213675+00', '\x894f20612bafa93466cbeadbdb49bccf', '{"status": "delivered", "reply_id": "r3", "watermark": "2026-11-24T17:45:42.197000+00:00", "occurred_at": "2026-11-24T17:45:43.200000+00:00"}', '\xff16b73408d537316712507151ff36e9d64500bde70170e64581360138753cd3346165951e270d7497b11f0927aafd327161601330251c7439bfc4a3ad16da2e66df8d52f6482827edf0e8f247ff6770bc71b65f09d947321a00adeb2874407f8be440d0ab9623dc6fbc1f363b66953f192d'),
	(37, 11, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 11, 'MessageReceived', '2026-11-24 17:45:45.575504+00', '\x011a0fbf27dff641386168ceea46f5a1', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:45.526000+00:00", "session": 1, "received_at": "2026-11-24T17:45:45.562160+00:00", "session_message": 3}', '\xa08ebbe5a345d207035b4861d55317dc1fad025cd47df961e5cc1e2f8e1aea2a8efde7ed864a6a12329c05f884d0f6411d36f396b1d98ee330cd912486dab53a4eac4479e99e182199e93a3d8bc48bdea0bd5305d48d603acc16da8d2f6ccde643'),
	(63, 12, '8196043f-6cac-5a0c-9427-6281d32eebab', 12, 'MessageReceived', '2026-11-24 17:45:45.703132+00', '\xebb53e9075b8462ae9909996ba065c09', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:45.623000+00:00", "session": 1, "received_at": "2026-11-24T17:45:45.636966+00:00", "session_message": 4}', '\xdec8d0db00ef7cb60dbd81b7397577e995a1a5ab17da949998399dac14aaa5171812d1033945e3767d6a29f57bbb79af818fa690186a843aa3da8204d12823670658b653fe02a901f3261dc88d0d1452bc4f3181f4ff17e7cf71abb058973340'),
	(37, 13, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 13, 'DraftAttempted', '2026-11-24 17:45:46.637754+00', NULL, '{"attempt": 1, "reply_id": "r12", "thread_id": "conv_6b05cd443e2434e37af027bc08d6af57cc22af58be6521cc", "answers_through": 12}', NULL),
	(37, 15, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 15, 'MessageReceived', '2026-11-24 17:45:49.036843+00', '\xaafb0b4aba380e85c5de414f0a8e5308', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:48.948000+00:00", "session": 1, "received_at": "2026-11-24T17:45:48.949150+00:00", "session_message": 6}', '\x9d997919bce96085db7e2db7fb9c02d51e8ef3f44820e462d36c6d216d08d60358b4c8d2a1421ad2fd2fd3381695d34a4fce8f71d0fdf53155afc62106c986128dc5f6412e9be395680c3a09ad7dcabe0ba8599621bdacf0b7dcb43f0883f324'),
	(58, 8, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 8, 'DeliveryReported', '2026-11-24 17:45:36.34447+00', '\x062807247d55d8a6542d56b0404d9755', '{"status": "read", "reply_id": "r2", "occurred_at": "2026-11-24T17:45:36.318000+00:00"}', '\x22f74a0eb910be65f8af138781728b2f20ec746dc104ebb0673b58b89bfce794e79fec98dc51f736dfbeb30984a6844449a67eb01c2aab24b461695e42fc9a002b119a9d053d3e338ffd2363b53b78f86233a06e210b7a8551178bd81180661034eeae1a78c8f09cff91b50f7c1afffc19e0'),
	(53, 4, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'ReplyDrafted', '2026-11-24 17:45:37.344775+00', '\xb70e43a70c8444a43ee527a748639635', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r2", "thread_id": "conv_6b05cd3f4a2f20aaf3c64af775a8929405805975ed2f89d9", "latency_ms": 656, "request_id": "req_d47d380d81f9c1f66c0f3459f79b17ae", "response_id": "resp_05805975ed2f89d9006b05cd40fe175330a11d459a2f978d87", "input_tokens": 35, "last_item_id": "msg_05805975ed2f89d9006b05cd41efba91fc803468b6b610a9f7", "cached_tokens": 0, "output_tokens": 14, "answers_through": 2, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x0f85d2cadb41c2dc362598390b852dd38e7b5fe136fe3333e9d93dfdeacd5376b7ff35f47614fd67d8225ebd6bb81b104c22c03dbb841b7f1951fe1c42dc71ba608598bdb4307582ebc4b30912345d4a318a823089eb278a82936bee84'),
	(53, 5, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 5, 'ReplyAttempted', '2026-11-24 17:45:37.363359+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r2", "reference": "onethread:98193db5-7fe8-5d0c-911c-92e5cfe914de:r2:1"}', NULL),
	(53, 6, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, 'ReplySent', '2026-11-24 17:45:37.406921+00', '\xcea2e1c3c7dc07556c004ffb39c14a1e', '{"reply_id": "r2"}', '\x2140dae8f7baa6f0162768563cb495d19bf438213b76e206b3d0f6a652d0242070ff39a7627a7702016a61781ecb462ae90a9e730cf59e2983de879c62b9800684ae400a00bb48c9bcf6d7a0967b8e6a0834f8974c90ddc6f0a1fafc0d7dc3760acc'),
	(53, 9, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 9, 'DeliveryReported', '2026-11-24 17:45:38.933042+00', '\xf0a0bf05244f0d73fda5a5e940fb4eba', '{"status": "read", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r2", "occurred_at": "2026-11-24T17:45:38+00:00"}', '\x1c54247e589d62d4f993f67d657b3854f854174e73cd1a4e38b43ca55f936bd154ab101c09fc97978730b805731fbb719ff1f51508d2698ce1a57d6117f222ca167700456f166e442f3588961fa6918d51f98a7edc3c626a98884fc9bd0354e58063'),
	(59, 4, '3daf77fb-5130-5d2b-a065-e8672bd55129', 4, 'DraftAttempted', '2026-11-24 17:45:40.109007+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05cd433099fdf5ab99254ae901e35c48beab134da98f1d", "answers_through": 3}', NULL),
	(63, 1, '8196043f-6cac-5a0c-9427-6281d32eebab', 1, 'ConversationStarted', '2026-11-24 17:45:40.388584+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd44e1fab9d78c7e134f5dfbd3d1c69d4bd8b3fa7aa7", "account_id": "1134713619900975"}', '\xd69add34d94a18d8847e9a7e28c330adb5dd3128cb6c6edb3d888c4066c9c650c5deb465ac35c46b495711a96bdc683cbe733cc331'),
	(63, 2, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'MessageReceived', '2026-11-24 17:45:40.388753+00', '\xf2ebb5a2cd0990b4c2b61e14ea174891', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:40.162000+00:00", "session": 1, "received_at": "2026-11-24T17:45:40.164205+00:00", "session_message": 1}', '\xe9d487099529a0cfa465fabde9fc8513a3578ffaa819094dc14401ed84f5ff7fde3a7c1efa7a540c20ad2749ab359790a72a06bf417cf7ee770a06d995d349a2435b9847dd5ecd7027ecdfe85976d8449d79e72ef93f3b46169fa2a8da6a808615'),
	(63, 3, '8196043f-6cac-5a0c-9427-6281d32eebab', 3, 'MessageReceived', '2026-11-24 17:45:40.388753+00', '\x6a4e37e6cfa14c3c97b3076fbd67504f', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:40.173000+00:00", "session": 1, "received_at": "2026-11-24T17:45:40.173947+00:00", "session_message": 2}', '\xed506cc2b3277ee4bf798db1d91374acbc64c5b0e988812a9fe2275647f55b6fdf88a4907221480d8b9a35f8728c2cf06946b2c8577fdc7c12df176d864befba153878df52b662f4b3fad1553441bec6019f8a1a45ea70a7a1cf51bbfac8b4abe4'),
	(1, 1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 1, 'ConversationStarted', '2026-11-24 17:45:41.012361+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd4482283d15a9ec0806705fca16c74803e31ba16215", "account_id": "1134713619900975"}', '\x9257cfc289bf54feeaa209c49b747d8943c60906cd6b70668e838c67d4239ae5f58bf0a3e7757fbdc66677baeff17a3f3ded7782de45ff48889b0b1a'),
	(1, 2, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'MessageReceived', '2026-11-24 17:45:41.012515+00', '\x9591efefd5b660d725e84fa85fb64c50', '{"_v": 2, "kind": "text", "sent_at": "2026-11-16T11:57:30.856000+00:00", "session": 1, "received_at": "2026-11-24T17:45:40.902441+00:00", "session_message": 1}', '\x5dd3161467ab9994231d32a554d05fe08b412ba1d9d81bfc58ae835e1b311ed520a68940061684deaddc09ee94154bbe2e515d6aa22872a73f990923e8092ef057ce9b67985ff576f2f56ed3c90c364372740f5cfad1770b22c688396c05ee5c2c75284f5d01c664d40d9e4c7c8d823fc0c8f56adecbceb60c69361561e72e635a5906832d0e581a9d5c56ba5ce09aea1baae97305465025a37f678eae'),
	(59, 5, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'ReplyDrafted', '2026-11-24 17:45:41.061507+00', '\x361d20be14f19a9bbb4d7fd0244b4497', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05cd433099fdf5ab99254ae901e35c48beab134da98f1d", "latency_ms": 914, "request_id": "req_4efbc8d60b21fbac78255d6807923986", "response_id": "resp_48beab134da98f1d006b05cd44da71144896c8da1964b2d2bc", "input_tokens": 40, "last_item_id": "msg_48beab134da98f1d006b05cd45bb968a437d5c8dfc5eda92d8", "cached_tokens": 0, "output_tokens": 13, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x6b8ef705e3de8526026a26c299439225a2d2b0b66dea629b02be33c00c05a442809e3ad68faf6fca007ebde195b4f371bc5a14b73c79518e27df94f27f0dd32f1a0aa51a2c1482f4ec1f392835f63a32a6ff07969c09e1fff0'),
	(59, 6, '3daf77fb-5130-5d2b-a065-e8672bd55129', 6, 'ReplyAttempted', '2026-11-24 17:45:41.088584+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:3daf77fb-5130-5d2b-a065-e8672bd55129:r3:1"}', NULL),
	(59, 7, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, 'ReplySent', '2026-11-24 17:45:41.12781+00', '\xd47b9000a69f23ba576580d4e358f1f8', '{"reply_id": "r3"}', '\x03c1f02e2d9702023682f2966d31833076d18542febc984f95f20eb9ac302731dd9f29de16154a923d7b76ca427632ab1a48f3ddfe558e013259cc59e9017963751d8e0d3ff304a461b5651161b54a4748d56bc4ae47984a23e2f42284c565fd6cd9'),
	(37, 4, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 4, 'DraftAttempted', '2026-11-24 17:45:41.304649+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05cd443e2434e37af027bc08d6af57cc22af58be6521cc", "answers_through": 3}', NULL),
	(63, 4, '8196043f-6cac-5a0c-9427-6281d32eebab', 4, 'DraftAttempted', '2026-11-24 17:45:41.389641+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05cd44e1fab9d78c7e134f5dfbd3d1c69d4bd8b3fa7aa7", "answers_through": 3}', NULL),
	(59, 8, '3daf77fb-5130-5d2b-a065-e8672bd55129', 8, 'DeliveryReported', '2026-11-24 17:45:41.645025+00', '\x1d011a50cd6dd22480ca9d6a8f1eec94', '{"status": "sent", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:45:41+00:00"}', '\x24f58dd731eae39021f382b353d781401e618d3fea8811d07eb5620fc0a2a76c6c830eb740d97686dc4497cd577174c675b2166875d588922c9444414002777eb6c59db05de9382dd74366e03606c222fc853a9d01f7ad74f76c47447923a00e9151'),
	(1, 3, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 3, 'ReplyFailed', '2026-11-24 17:45:42.020207+00', '\xe080e48f9e05ee9a311b386385f8dfbb', '{"reason": "window_closed", "reply_id": "r2", "answers_through": 2}', NULL),
	(59, 9, '3daf77fb-5130-5d2b-a065-e8672bd55129', 9, 'DeliveryReported', '2026-11-24 17:45:42.148034+00', '\x57403067242c44a334883e069a5b6dc9', '{"status": "delivered", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:45:42+00:00"}', '\x0fe41c6b75a79968c0cab9969acdf5cfd8eb5c5bbbf979cb52e27d311e6874c5f8bb4f07e363aa108346cd762bf7d411b4bcb7cb5d7fe199dd3d5e7971a1ae0490cb6deade38af86ecb1b22cc88c9e197510e550ced6ac1539b36ad69acb7241417f'),
	(37, 5, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'ReplyDrafted', '2026-11-24 17:45:42.169075+00', '\xa5b65a2744a349ed7cef9d6709533efa', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05cd443e2434e37af027bc08d6af57cc22af58be6521cc", "latency_ms": 854, "request_id": "req_f3d4e7115804f92283868a29678a5aa3", "response_id": "resp_cc22af58be6521cc006b05cd452b9c014ea5ac06d864c2f2e3", "input_tokens": 42, "last_item_id": "msg_cc22af58be6521cc006b05cd463b6fe5078c5fe8f8dc3bf364", "cached_tokens": 0, "output_tokens": 13, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x6a115bd7bd83d14d0707f3c21b205a0190a32f2439e0e903b595e59528d03823aee5f19375387ec95189c8e27e28f884d62f631fe2f2a0a5cacd8e730bb978ac27460788bc7d8717a042b7895b4a2171c4f26e0238b56063'),
	(37, 6, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 6, 'ReplyAttempted', '2026-11-24 17:45:42.185097+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:552b7ee5-07d7-5a3a-80f2-1d018262ad38:r3:1"}', NULL),
	(37, 7, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 7, 'ReplySent', '2026-11-24 17:45:42.197647+00', '\x66f82a9ce393da15c2df66282f07bf27', '{"reply_id": "r3"}', '\x2e26bd0a202c8306997096eeb8fc1b9e2f96f40ea234e63bc48ecc9c35e6a54b4958780a2628554d323e448fcf0e03b6ee89f9c6695363332207259b0d48bc2159e4b9ebeb85f8123e7894025e2a3c4f688497bcae16c73ed6ee7011049fa057df464ada82259adc10f190a3be4de2ae7407'),
	(63, 5, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'ReplyDrafted', '2026-11-24 17:45:42.518916+00', '\x34fa41b8c2a6cd342e514f6457bcace9', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05cd44e1fab9d78c7e134f5dfbd3d1c69d4bd8b3fa7aa7", "latency_ms": 1110, "request_id": "req_a8c24d4244ef7febe8e5b4617589a82b", "response_id": "resp_c69d4bd8b3fa7aa7006b05cd45eb8ac8ce8a245e6b33138131", "input_tokens": 40, "last_item_id": "msg_c69d4bd8b3fa7aa7006b05cd465a702cfa93ea5c4ed8f33418", "cached_tokens": 0, "output_tokens": 27, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\xc28634468e4788e98be7107f3551532891a0d079454915936e59741bf8ad90c2e5cdeb2b1d556b40c833a0cdfbe2167d3ad00457403da26b2a722239de5e8121f2f0f92d46b3656036d42691b85209edbf9c8e0d208232c817881792c571716b2b533509b02971b2a971ce97534b698f944c80e422294c8cbecfc64e381c5545dbb42bbb4e4cbd40463dfbd34ff5a108699623b2'),
	(63, 6, '8196043f-6cac-5a0c-9427-6281d32eebab', 6, 'ReplyAttempted', '2026-11-24 17:45:42.544521+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:8196043f-6cac-5a0c-9427-6281d32eebab:r3:1"}', NULL),
	(63, 7, '8196043f-6cac-5a0c-9427-6281d32eebab', 7, 'ReplySent', '2026-11-24 17:45:42.57326+00', '\x57f1703f368f4f388ccf90bb0574e7cd', '{"reply_id": "r3"}', '\xc4d8801ffb4bdf1fa82e89fb54fa77f579e18c50d8941398786bc9257878bf4f9d5f86df6d06c12d90ef9ef6ca4433efb791ffb49f552ddaeb0f0acae31215050d93cb6518912786915dea55a946e613015949cd32bba86fb6aca0b7343b89557080ddaf32366fabd5122c49ba73470ba668'),
	(25, 1, '315f0119-04f4-5341-bcb8-57d25911f8b7', 1, 'ConversationStarted', '2026-11-24 17:45:43.452875+00', NULL, '{"channel": "instagram", "thread_id": "conv_6b05cd47f50592859be3cecb8c497c6801762741bab9f87f", "account_id": "17841400008460056"}', '\xde34f1f0fbb6622ba1557ed32b19dab6d79c7a4e6eade0a790a4c822f2784beb9499c6a5b65db4984453c1ba4271fbc2e5f8cd286d2d2dd49242aa69'),
	(25, 2, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'MessageReceived', '2026-11-24 17:45:43.453009+00', '\xf3c853782437a04ddddfd9d55fe876bc', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:43.205000+00:00", "session": 1, "received_at": "2026-11-24T17:45:43.406643+00:00", "session_message": 1}', '\x9bd4ec2561d5d80eceffd58782f0cd10907e24d5caea9d9dcd7d134f9eabe7c1f4dff1396151ffc49678db4e703b411c62f973e86ac9535dc7879507ee7ebd53d4a97977dd258503aa2d281f663bd831ae1da391414273ef2734dc9d45a2ecfa0b7581740d2b81ae395c5b1ff4ecfcb1091e99040cb2bed5d1c96c5a4a521ef5c0cbbb2bde9929'),
	(25, 3, '315f0119-04f4-5341-bcb8-57d25911f8b7', 3, 'MessageReceived', '2026-11-24 17:45:43.453009+00', '\x5878de56839a8eb85d557ac73d11fdde', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:43.280000+00:00", "session": 1, "received_at": "2026-11-24T17:45:43.406643+00:00", "session_message": 2}', '\x7813a54245b6c45a0747c0b7d536a6e286621987a2f33079856e9cb7acfc059cb39dc0a145cdf27a48a94a9681bbdf70fd58252109e0a712f7903a78cf7a31378dc6eafe81e75d15db5c8415084d1323ac3533fcf0c3b95e50158dfe6bea37b5f9cf78284d223fa5a7cf332a19ebe0ec04ab43e5616e200c7f1897ceb0d0c92b152808bc6610'),
	(25, 4, '315f0119-04f4-5341-bcb8-57d25911f8b7', 4, 'MessageReceived', '2026-11-24 17:45:43.453009+00', '\x2e61a97233344c89654ffc1546a76453', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:43.345000+00:00", "session": 1, "received_at": "2026-11-24T17:45:43.406643+00:00", "session_message": 3}', '\xf05201cae07497912ae9c497ef153f896f9ac0785bcfb3426b9c2e19278208b90172f5d6a5edff1c8d50547813b27964f3b438c9424290da7a19b51950133a9513b6341cdd151292b7e87011586590c1f7f0a08984c208a39261db65cf4e70994cdccf9a422a8e9af24153a420909dfc7a70bd0a4a95f0098b6edabb9dd2acf3c8ca7c930aab4db35806622f372e'),
	(25, 5, '315f0119-04f4-5341-bcb8-57d25911f8b7', 5, 'MessageReceived', '2026-11-24 17:45:43.453009+00', '\x28bbbe32733965762dce881d03c6c757', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:43.418000+00:00", "session": 1, "received_at": "2026-11-24T17:45:43.419857+00:00", "session_message": 4}', '\x3d5e7f8931c6098a711e1836dc0622ac0a0840637d76a37b6ce35ae4c2d14b23298e369424ccd90f1122ec99896e395be22b379cc749347bbfe63e12bb51114815e539ecbf95f6dda5b0ca506bd65cafd650a09cfcca3bd3852361ce92bc49cb441bdd28269f0f3a86f99c055cbe6d852831909772237c9a64d8f6c0baa922bbe28910fd45bc6606ac4f20c7'),
	(63, 9, '8196043f-6cac-5a0c-9427-6281d32eebab', 9, 'DeliveryReported', '2026-11-24 17:45:43.591884+00', '\x9519c230c20fc37d5dddbfe3a5e1e5a5', '{"status": "delivered", "reply_id": "r3", "watermark": "2026-11-24T17:45:42.573000+00:00", "occurred_at": "2026-11-24T17:45:43.575000+00:00"}', '\x2f613ca750b39f8cdfd90bb2291e6554985667a437a77172bcc3de1efb7e763bfd78c42d346477ef8929ec5c9f7bd264ce7f192d32a471b6e281c0444c5d55bd39656a075ef0163083de8fb3266b65886892de0665f8fa8d58ca99b1d59a65016d824e873017ead8fcb7f71ef323a5350d1e'),
	(37, 10, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 10, 'DeliveryReported', '2026-11-24 17:45:43.725902+00', '\x266dc00334b5c1f69d103eb48b485265', '{"status": "read", "watermark": "2026-11-24T17:45:42.197000+00:00", "occurred_at": "2026-11-24T17:45:43.704000+00:00"}', '\x71df122035f6fd3f0c5ca8a41ccf2206ef2cd3367236d5c2e5090c0a2be5'),
	(63, 10, '8196043f-6cac-5a0c-9427-6281d32eebab', 10, 'DeliveryReported', '2026-11-24 17:45:44.07683+00', '\xbf349998a8983e110c134872bd269c3e', '{"status": "read", "watermark": "2026-11-24T17:45:42.573000+00:00", "occurred_at": "2026-11-24T17:45:44.075000+00:00"}', '\x5e5d80c08dde3f1863a7b29127aa8d066726c6e4485789ce20b76e14386c'),
	(37, 12, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 12, 'MessageReceived', '2026-11-24 17:45:45.637306+00', '\xb2958afeb05f51ea8dc23bfe70f5385b', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:45.606000+00:00", "session": 1, "received_at": "2026-11-24T17:45:45.607580+00:00", "session_message": 4}', '\xd71d427399170a8b76a44a2215f045b9009dff1ac2a94a0cc9b8c4d5d7a1428d6a1de39f7c10e657673124a891f4b39aa32dc60b31bc9ce467d93f3551a51100b7159c3b34918e1563285eea931dad6cd41eae950db80dfcf1a290aee42fc17125'),
	(63, 11, '8196043f-6cac-5a0c-9427-6281d32eebab', 11, 'MessageReceived', '2026-11-24 17:45:45.637402+00', '\x3ca6b24c3daf6f635d2ea09634dbc3cc', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:45.568000+00:00", "session": 1, "received_at": "2026-11-24T17:45:45.575038+00:00", "session_message": 3}', '\xa7796633c23c6117c3fbc6c22920d80d7a0c38f34f1ec91be4aa1b9db7eb61c39868f75bdd5200c981d050e7fb8c3c25dd0feb3afc8ebcf4ec0ba947146ac1ed2d07ac111f06532044671c56c6fff4042af38f2ef76c59d4777f562025c3493a'),
	(63, 13, '8196043f-6cac-5a0c-9427-6281d32eebab', 13, 'DraftAttempted', '2026-11-24 17:45:46.704846+00', NULL, '{"attempt": 1, "reply_id": "r12", "thread_id": "conv_6b05cd44e1fab9d78c7e134f5dfbd3d1c69d4bd8b3fa7aa7", "answers_through": 12}', NULL),
	(25, 6, '315f0119-04f4-5341-bcb8-57d25911f8b7', 6, 'DraftAttempted', '2026-11-24 17:45:44.453966+00', NULL, '{"attempt": 1, "reply_id": "r5", "thread_id": "conv_6b05cd47f50592859be3cecb8c497c6801762741bab9f87f", "answers_through": 5}', NULL),
	(37, 14, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 14, 'MessageReceived', '2026-11-24 17:45:48.933573+00', '\x83ca31bd183d8a479572e7b7f429f72e', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:45:48.884000+00:00", "session": 1, "received_at": "2026-11-24T17:45:48.909815+00:00", "session_message": 5}', '\x567a9380073134c18a3862093c21b903490066c20238d69e2d24aa9229b126913f1bebc3e369edf7c743b6b26cd73ecc7fe1adaf8475c5374f8577dd532b2de256b52b12056d640871f7c1ac393513fb576138ca1597532d3cc703d02397ceac');

INSERT INTO public.identities VALUES
	(5, '4c003645-cd8b-56f0-8991-dbaf0091c953', '1237bd54-212a-5b9b-b7ff-01d1d749211e', '2026-11-24 17:45:29.048176+00'),
	(15, '8e8f410f-719a-5a13-a7df-c95bb4b3efd5', '3daf77fb-5130-5d2b-a065-e8672bd55129', '2026-11-24 17:45:39.049634+00');

INSERT INTO public.inbox VALUES
	(10, '01a20ea9-f485-7576-80f1-172cf021ac09', 'b7dc3d4a-8d69-5fee-b364-a3d79e3b9284', 'message', '2026-11-24 17:45:48.933176+00', '\x7b2273656e646572223a7b226368616e6e656c223a226d657373656e676572222c226163636f756e745f6964223a2231313334373133363139393030393735222c2273656e6465725f6964223a22373030313030323039227d2c2272656365697665645f6174223a22323032362d31312d32345431373a34353a34382e3933333137365a222c22616c6961736573223a5b5d2c2270726f66696c655f6e616d65223a6e756c6c2c22757365726e616d65223a6e756c6c2c226d6573736167655f6964223a226d5f62792d68616e642d6d6f72652d31222c226b696e64223a2274657874222c2273656e745f6174223a22323032362d31312d32345431373a34353a34382e3933323030305a222c2274657874223a22446f20796f75206861766520697420696e20677265656e3f222c226174746163686d656e7473223a5b5d2c227061796c6f6164223a6e756c6c2c227265706c795f746f223a6e756c6c2c227265706c795f746f5f73746f7279223a6e756c6c2c22666f72776172646564223a66616c73652c2267726f75705f6964223a6e756c6c2c22726566657272616c223a6e756c6c2c2264657461696c73223a6e756c6c7d'),
	(10, '01a20ea9-f4a1-77ea-a418-f04827ab9e93', 'b7dc3d4a-8d69-5fee-b364-a3d79e3b9284', 'message', '2026-11-24 17:45:48.96137+00', '\x7b2273656e646572223a7b226368616e6e656c223a226d657373656e676572222c226163636f756e745f6964223a2231313334373133363139393030393735222c2273656e6465725f6964223a22373030313030323039227d2c2272656365697665645f6174223a22323032362d31312d32345431373a34353a34382e3936313337305a222c22616c6961736573223a5b5d2c2270726f66696c655f6e616d65223a6e756c6c2c22757365726e616d65223a6e756c6c2c226d6573736167655f6964223a226d5f62792d68616e642d6d6f72652d33222c226b696e64223a2274657874222c2273656e745f6174223a22323032362d31312d32345431373a34353a34382e3936303030305a222c2274657874223a22446f20796f75206861766520697420696e20677265656e3f222c226174746163686d656e7473223a5b5d2c227061796c6f6164223a6e756c6c2c227265706c795f746f223a6e756c6c2c227265706c795f746f5f73746f7279223a6e756c6c2c22666f72776172646564223a66616c73652c2267726f75705f6964223a6e756c6c2c22726566657272616c223a6e756c6c2c2264657461696c73223a6e756c6c7d');

INSERT INTO public.keys VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', '\xd9ee63bf25ee1c3d5fc6b0e871b01fe1176df537550e93132884dea5b10287de8a119df5f77afb23879c492414dfdc1e7e84cf16d7686b232b697004', '2026-11-24 17:45:29.409463+00', NULL),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', '\xbe43febeadfc86147055a408d914068596fc6c9f1d3fe034fad5bd7634d6ad07fe869487d6b33f69b4fdd0b5ec885ec1cb171f61cd9cbc87f41823cf', '2026-11-24 17:45:30.321375+00', NULL),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', '\x5561e199082a11b4f2ecfe7cc376d3a89718387ea26d5c33c76a062aa846ffa6010548db5c80f4d545ad8ba648c0bc13e107671cfd6ed34f81422c77', '2026-11-24 17:45:32.997417+00', NULL),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', '\x9d1f2d9b626581a3d1edbcab7912699f7b5dca809a7d01eb800f018032810635fd50bbb1fbb7fd5726c055a9c0413e177c9fb667f3fccff7fb84db26', '2026-11-24 17:45:35.661279+00', NULL),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', '\x061f7815a93cd0d0851e79322e2d7d810897759bed23bdf679f02d5f1c51b8c9b31d3db46c739b9ca49518a3d2e3bad1519bea7a8d30af5c9290a188', '2026-11-24 17:45:37.111381+00', NULL),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', '\x50c5e780ded91977844fcb31ba01f4c2a5df578db7ecf439b9f23ccb078b5495ccc43d02222643b02a4736cda854cc8bd2b19b278aed630c7ba7b0e9', '2026-11-24 17:45:39.102809+00', NULL),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', '\xd0d1908e915846527a6e7b98f7bc591c65771f0cc9a27c4e674046a48ea5a6cb312c27962e1ed9f83122497d7d4f933d8a73719cf4f81944c5f659e5', '2026-11-24 17:45:40.301303+00', NULL),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', '\x4df734757e9f71ceecd6dc187a4239bf0744c2313e5d79bcf465a878d87588c424cbf5b5f38993d190c875348049f78056b47d9621295a4436ee51e0', '2026-11-24 17:45:40.389987+00', NULL),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', '\x91f5f2bb1c0e34e7429e55c4a6f5f20bf721f10d2be36d4e7cf1809d83e23b347e2366d88f775fc67241bd3210155afeed63411be779f6371f3aa749', '2026-11-24 17:45:41.012757+00', NULL),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', '\xdfeaf5f25c38f4068129ab8bc602b74da8fd9b6283b9655a473438ee3c3aa7ae4db43c570923805002576b2c5e83c2434808e6f2a412c71832de4e7d', '2026-11-24 17:45:43.453722+00', NULL);

INSERT INTO public.migrations VALUES
	(1, '0001_log.sql', '9e29c4a4b0442b198488b319fbcac3e276fb6e5ff6e9e8ce2dbf0475c8be88d8', '2026-11-24 17:45:08.475886+00'),
	(2, '0002_work.sql', '6a43fe391d02ed05944977a41ab3cefe8983b52197761b59bf41050a06f9995f', '2026-11-24 17:45:08.475886+00'),
	(3, '0003_views.sql', 'aae97982bd199499de4d7a012ea3cd9ee2bb18e13b02e57bed87d2a7e62a47d0', '2026-11-24 17:45:08.475886+00'),
	(4, '0004_webhook_refusals.sql', '310198e3f6704bd8e50348e70a79b7e351ca9959d119f3e22ed7aea696e06c6d', '2026-11-24 17:45:08.475886+00');

INSERT INTO public.owed VALUES
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', '2026-11-24 17:45:43.453009+00', 'draft'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', '2026-11-24 17:45:45.575504+00', 'draft'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', '2026-11-24 17:45:45.637402+00', 'draft');

INSERT INTO public.partitions VALUES
	(0, 0),
	(2, 0),
	(3, 0),
	(4, 0),
	(5, 0),
	(6, 0),
	(7, 0),
	(8, 0),
	(9, 0),
	(10, 0),
	(11, 0),
	(12, 0),
	(13, 0),
	(14, 0),
	(15, 0),
	(16, 0),
	(17, 0),
	(1, 3),
	(18, 0),
	(19, 0),
	(21, 0),
	(22, 0),
	(23, 0),
	(24, 0),
	(26, 0),
	(27, 0),
	(28, 0),
	(29, 0),
	(30, 0),
	(31, 0),
	(32, 0),
	(33, 0),
	(34, 0),
	(35, 0),
	(20, 11),
	(25, 6),
	(36, 0),
	(38, 0),
	(39, 0),
	(40, 0),
	(41, 0),
	(42, 0),
	(43, 0),
	(44, 0),
	(46, 0),
	(47, 0),
	(49, 0),
	(50, 0),
	(51, 0),
	(52, 0),
	(37, 15),
	(45, 9),
	(53, 9),
	(48, 3),
	(54, 0),
	(55, 0),
	(56, 0),
	(57, 0),
	(60, 0),
	(61, 0),
	(62, 0),
	(63, 13),
	(59, 10),
	(58, 8);

INSERT INTO public.projection_checkpoints VALUES
	(1, 0, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 2, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 3, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 4, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 5, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 6, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 7, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 8, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 9, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 10, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 11, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 12, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 13, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 14, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 15, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 16, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 17, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 18, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 19, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 20, 11, 6, 5, 0, '2026-11-24 17:45:32.524315+00'),
	(1, 1, 3, 3, 0, 0, '2026-11-24 17:45:42.049131+00'),
	(1, 21, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 22, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 23, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 24, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 26, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 27, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 28, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 29, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 30, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 31, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 32, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 33, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 34, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 35, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 36, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 38, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 39, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 40, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 41, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 37, 15, 11, 4, 0, '2026-11-24 17:45:49.089137+00'),
	(1, 25, 6, 6, 0, 0, '2026-11-24 17:45:44.493168+00'),
	(1, 42, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 43, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 44, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 46, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 47, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 49, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 50, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 51, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 52, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 54, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 55, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 56, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 57, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 60, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 61, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 62, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(1, 45, 9, 5, 4, 0, '2026-11-24 17:45:34.269694+00'),
	(1, 58, 8, 5, 3, 0, '2026-11-24 17:45:36.365142+00'),
	(1, 53, 9, 5, 4, 0, '2026-11-24 17:45:38.985925+00'),
	(1, 48, 3, 3, 0, 0, '2026-11-24 17:45:38.132132+00'),
	(1, 59, 10, 5, 5, 0, '2026-11-24 17:45:42.684151+00'),
	(2, 0, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 2, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 3, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 4, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 5, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 6, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 7, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 8, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 9, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 10, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 11, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 12, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 13, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 14, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 15, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 16, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 17, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 18, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 19, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 1, 3, 2, 1, 0, '2026-11-24 17:45:42.25373+00'),
	(1, 63, 13, 9, 4, 0, '2026-11-24 17:45:46.808766+00'),
	(2, 21, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 22, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 23, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 24, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 26, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 27, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 28, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 29, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 30, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 31, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 32, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 33, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 34, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 35, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 36, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 38, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00');
INSERT INTO public.projection_checkpoints VALUES
	(2, 39, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 40, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 25, 6, 5, 1, 0, '2026-11-24 17:45:44.543438+00'),
	(2, 20, 11, 4, 7, 0, '2026-11-24 17:45:32.590252+00'),
	(2, 37, 15, 8, 7, 0, '2026-11-24 17:45:49.14133+00'),
	(2, 41, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 42, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 43, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 44, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 46, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 47, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 49, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 50, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 51, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 52, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 54, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 55, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 56, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 57, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 60, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 61, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(2, 58, 8, 3, 5, 0, '2026-11-24 17:45:36.53312+00'),
	(2, 45, 9, 3, 6, 0, '2026-11-24 17:45:34.30571+00'),
	(2, 59, 10, 4, 6, 0, '2026-11-24 17:45:42.751881+00'),
	(2, 48, 3, 2, 1, 0, '2026-11-24 17:45:38.145417+00'),
	(2, 53, 9, 3, 6, 0, '2026-11-24 17:45:39.232557+00'),
	(2, 62, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 0, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 2, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 3, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 4, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 5, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 6, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 7, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 8, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 9, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 10, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 11, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 12, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 13, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 14, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 15, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 16, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 17, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 18, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 1, 3, 3, 0, 0, '2026-11-24 17:45:42.252022+00'),
	(2, 63, 13, 6, 7, 0, '2026-11-24 17:45:47.01429+00'),
	(3, 19, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 21, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 22, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 23, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 24, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 26, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 27, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 28, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 29, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 30, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 31, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 32, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 33, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 34, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 35, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 36, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 38, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 39, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 25, 6, 5, 1, 0, '2026-11-24 17:45:44.54362+00'),
	(3, 20, 11, 8, 3, 0, '2026-11-24 17:45:32.661977+00'),
	(3, 37, 15, 12, 3, 0, '2026-11-24 17:45:49.297254+00'),
	(3, 40, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 41, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 42, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 43, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 44, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 46, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 47, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 49, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 50, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 51, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 52, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 54, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 55, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 56, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 57, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 60, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 58, 8, 6, 2, 0, '2026-11-24 17:45:36.568872+00'),
	(3, 45, 9, 7, 2, 0, '2026-11-24 17:45:34.424077+00'),
	(3, 48, 3, 3, 0, 0, '2026-11-24 17:45:38.172047+00'),
	(3, 53, 9, 7, 2, 0, '2026-11-24 17:45:39.233062+00'),
	(3, 59, 10, 8, 2, 0, '2026-11-24 17:45:42.767801+00'),
	(3, 61, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(3, 62, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 0, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 2, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 3, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 4, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 5, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 6, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 7, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 8, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 9, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00');
INSERT INTO public.projection_checkpoints VALUES
	(4, 10, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 11, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 12, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 13, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 14, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 15, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 16, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 17, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 1, 3, 3, 0, 0, '2026-11-24 17:45:42.26906+00'),
	(3, 63, 13, 10, 3, 0, '2026-11-24 17:45:46.77433+00'),
	(4, 18, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 19, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 21, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 22, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 23, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 24, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 26, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 27, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 28, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 29, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 30, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 31, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 32, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 33, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 34, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 35, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 36, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 38, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 25, 6, 6, 0, 0, '2026-11-24 17:45:44.543558+00'),
	(4, 20, 11, 9, 2, 0, '2026-11-24 17:45:32.669094+00'),
	(4, 37, 15, 14, 1, 0, '2026-11-24 17:45:49.2974+00'),
	(4, 39, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 40, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 41, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 42, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 43, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 44, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 46, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 47, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 49, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 50, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 51, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 52, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 54, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 55, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 56, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 57, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 58, 8, 7, 1, 0, '2026-11-24 17:45:36.582818+00'),
	(4, 45, 9, 8, 1, 0, '2026-11-24 17:45:34.373358+00'),
	(4, 59, 10, 8, 2, 0, '2026-11-24 17:45:42.752179+00'),
	(4, 48, 3, 3, 0, 0, '2026-11-24 17:45:38.171449+00'),
	(4, 53, 9, 8, 1, 0, '2026-11-24 17:45:39.226019+00'),
	(4, 60, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 61, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 62, 0, 0, 0, 0, '2026-11-24 17:45:08.837296+00'),
	(4, 63, 13, 12, 1, 0, '2026-11-24 17:45:46.835914+00');

INSERT INTO public.projection_views OVERRIDING SYSTEM VALUE VALUES
	(1, 'sessions', 'v2', 2, '{"as_of": null, "prices": {"prices": [{"input": 200, "model": "gpt-5.6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 1200, "cache_write": 250, "cached_input": 20}, {"input": 2000, "model": "gpt-5.6-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 12000, "cache_write": 2500, "cached_input": 200}, {"input": 10000, "model": "gpt-6-astra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 50000, "cache_write": null, "cached_input": 1000}, {"input": 100, "model": "gpt-6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 500, "cache_write": 125, "cached_input": 10}, {"input": 2000, "model": "gpt-6-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": 2500, "cached_input": 200}, {"input": 2000, "model": "gpt-6.1-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": null, "cached_input": 100}, {"input": 1000, "model": "gpt-6.1-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 5000, "cache_write": 1250, "cached_input": 50}], "currency": "USD"}, "language": "simple", "session_hours": null}', 'live', '2026-11-24 17:45:08.837296+00', '2026-11-24 17:45:08.837296+00', NULL, NULL, false, false, NULL),
	(2, 'customers', 'v1', 1, '{"as_of": null, "prices": {"prices": [{"input": 200, "model": "gpt-5.6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 1200, "cache_write": 250, "cached_input": 20}, {"input": 2000, "model": "gpt-5.6-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 12000, "cache_write": 2500, "cached_input": 200}, {"input": 10000, "model": "gpt-6-astra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 50000, "cache_write": null, "cached_input": 1000}, {"input": 100, "model": "gpt-6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 500, "cache_write": 125, "cached_input": 10}, {"input": 2000, "model": "gpt-6-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": 2500, "cached_input": 200}, {"input": 2000, "model": "gpt-6.1-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": null, "cached_input": 100}, {"input": 1000, "model": "gpt-6.1-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 5000, "cache_write": 1250, "cached_input": 50}], "currency": "USD"}, "language": "simple", "session_hours": null}', 'live', '2026-11-24 17:45:08.837296+00', '2026-11-24 17:45:08.837296+00', NULL, NULL, false, false, NULL),
	(3, 'timelines', 'v1', 1, '{"as_of": null, "prices": {"prices": [{"input": 200, "model": "gpt-5.6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 1200, "cache_write": 250, "cached_input": 20}, {"input": 2000, "model": "gpt-5.6-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 12000, "cache_write": 2500, "cached_input": 200}, {"input": 10000, "model": "gpt-6-astra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 50000, "cache_write": null, "cached_input": 1000}, {"input": 100, "model": "gpt-6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 500, "cache_write": 125, "cached_input": 10}, {"input": 2000, "model": "gpt-6-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": 2500, "cached_input": 200}, {"input": 2000, "model": "gpt-6.1-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": null, "cached_input": 100}, {"input": 1000, "model": "gpt-6.1-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 5000, "cache_write": 1250, "cached_input": 50}], "currency": "USD"}, "language": "simple", "session_hours": null}', 'live', '2026-11-24 17:45:08.837296+00', '2026-11-24 17:45:08.837296+00', NULL, NULL, false, false, NULL),
	(4, 'analytics', 'v1', 1, '{"as_of": null, "prices": {"prices": [{"input": 200, "model": "gpt-5.6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 1200, "cache_write": 250, "cached_input": 20}, {"input": 2000, "model": "gpt-5.6-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 12000, "cache_write": 2500, "cached_input": 200}, {"input": 10000, "model": "gpt-6-astra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 50000, "cache_write": null, "cached_input": 1000}, {"input": 100, "model": "gpt-6-luna", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 500, "cache_write": 125, "cached_input": 10}, {"input": 2000, "model": "gpt-6-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": 2500, "cached_input": 200}, {"input": 2000, "model": "gpt-6.1-sol", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 10000, "cache_write": null, "cached_input": 100}, {"input": 1000, "model": "gpt-6.1-terra", "since": "0001-01-01T00:00:00+00:00", "until": null, "output": 5000, "cache_write": 1250, "cached_input": 50}], "currency": "USD"}, "language": "simple", "session_hours": null}', 'live', '2026-11-24 17:45:08.837296+00', '2026-11-24 17:45:08.837296+00', NULL, NULL, false, false, NULL);

INSERT INTO public.sessions_1 VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 11, 'whatsapp', '106540352242922', 'conv_6b05cd39d8f16adf91b7584a2265b1f5c386bbc4cd613e30', '[{"reason": "started", "bound_at": "2026-11-24T17:45:29.406122+00:00", "thread_id": "conv_6b05cd39d8f16adf91b7584a2265b1f5c386bbc4cd613e30"}]', '2026-11-24 17:45:29.406122+00', 1, '2026-11-24 17:45:29+00', 1, '2026-11-24 17:45:29+00', 1, 0, 1, 1, 0, NULL, NULL, NULL, 'bot', 3, 1, false),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'messenger', '1134713619900975', 'conv_6b05cd3a78e510617311d8a3c2ce6f44612e7696a6cecc1b', '[{"reason": "started", "bound_at": "2026-11-24T17:45:30.320958+00:00", "thread_id": "conv_6b05cd3a78e510617311d8a3c2ce6f44612e7696a6cecc1b"}]', '2026-11-24 17:45:30.320958+00', 1, '2026-11-24 17:45:30.277+00', 1, '2026-11-24 17:45:30.277+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 2, 1, false),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'instagram', '17841400008460056', 'conv_6b05cd3c619699cfe1988ad9f06c144a37730edfafbd67f9', '[{"reason": "started", "bound_at": "2026-11-24T17:45:32.997056+00:00", "thread_id": "conv_6b05cd3c619699cfe1988ad9f06c144a37730edfafbd67f9"}]', '2026-11-24 17:45:32.997056+00', 1, '2026-11-24 17:45:32.972+00', 1, '2026-11-24 17:45:32.972+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 2, 1, false),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, 'whatsapp', '209114835562013', 'conv_6b05cd3f4a2f20aaf3c64af775a8929405805975ed2f89d9', '[{"reason": "started", "bound_at": "2026-11-24T17:45:35.660921+00:00", "thread_id": "conv_6b05cd3f4a2f20aaf3c64af775a8929405805975ed2f89d9"}]', '2026-11-24 17:45:35.660921+00', 1, '2026-11-24 17:45:35+00', 1, '2026-11-24 17:45:35+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 2, 1, false),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, 'whatsapp', '106540352242922', 'conv_6b05cd433099fdf5ab99254ae901e35c48beab134da98f1d', '[{"reason": "started", "bound_at": "2026-11-24T17:45:39.102413+00:00", "thread_id": "conv_6b05cd433099fdf5ab99254ae901e35c48beab134da98f1d"}]', '2026-11-24 17:45:39.102413+00', 1, '2026-11-24 17:45:39+00', 1, '2026-11-24 17:45:39+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 3, 1, false),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 3, 'messenger', '404217156637689', 'conv_6b05cd414be03db0dc2574bdb94067edbe3edc0a1ef2a4f0', '[{"reason": "started", "bound_at": "2026-11-24T17:45:37.111033+00:00", "thread_id": "conv_6b05cd414be03db0dc2574bdb94067edbe3edc0a1ef2a4f0"}]', '2026-11-24 17:45:37.111033+00', 1, '2026-11-18 20:03:20.519+00', 1, '2026-11-18 20:03:20.519+00', 1, 0, 0, 0, 1, 'window_closed', NULL, NULL, 'bot', 2, 1, false),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 3, 'messenger', '1134713619900975', 'conv_6b05cd4482283d15a9ec0806705fca16c74803e31ba16215', '[{"reason": "started", "bound_at": "2026-11-24T17:45:41.012361+00:00", "thread_id": "conv_6b05cd4482283d15a9ec0806705fca16c74803e31ba16215"}]', '2026-11-24 17:45:41.012361+00', 1, '2026-11-16 11:57:30.856+00', 1, '2026-11-16 11:57:30.856+00', 1, 0, 0, 0, 1, 'window_closed', NULL, NULL, 'bot', 2, 1, false),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 6, 'instagram', '17841400008460056', 'conv_6b05cd47f50592859be3cecb8c497c6801762741bab9f87f', '[{"reason": "started", "bound_at": "2026-11-24T17:45:43.452875+00:00", "thread_id": "conv_6b05cd47f50592859be3cecb8c497c6801762741bab9f87f"}]', '2026-11-24 17:45:43.452875+00', 1, '2026-11-24 17:45:43.205+00', 4, '2026-11-24 17:45:43.418+00', 4, 0, 0, 0, 0, NULL, '2026-11-24 17:45:43.453009+00', NULL, 'bot', 5, 1, false),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 13, 'messenger', '1134713619900975', 'conv_6b05cd44e1fab9d78c7e134f5dfbd3d1c69d4bd8b3fa7aa7', '[{"reason": "started", "bound_at": "2026-11-24T17:45:40.388584+00:00", "thread_id": "conv_6b05cd44e1fab9d78c7e134f5dfbd3d1c69d4bd8b3fa7aa7"}]', '2026-11-24 17:45:40.388584+00', 1, '2026-11-24 17:45:40.162+00', 4, '2026-11-24 17:45:45.623+00', 4, 0, 0, 1, 0, NULL, '2026-11-24 17:45:45.637402+00', NULL, 'bot', 12, 1, false),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 15, 'messenger', '1134713619900975', 'conv_6b05cd443e2434e37af027bc08d6af57cc22af58be6521cc', '[{"reason": "started", "bound_at": "2026-11-24T17:45:40.300839+00:00", "thread_id": "conv_6b05cd443e2434e37af027bc08d6af57cc22af58be6521cc"}]', '2026-11-24 17:45:40.300839+00', 1, '2026-11-24 17:45:40.109+00', 6, '2026-11-24 17:45:48.948+00', 6, 0, 0, 1, 0, NULL, '2026-11-24 17:45:45.575504+00', '2026-11-24 17:45:48.933573+00', 'bot', 15, 1, false);

INSERT INTO public.threads VALUES
	(20, '01a20ea9-a6ec-71eb-8c0c-ffc448b2b5fb', '1237bd54-212a-5b9b-b7ff-01d1d749211e', 'start', 'bound', 'conv_6b05cd39d8f16adf91b7584a2265b1f5c386bbc4cd613e30', '2026-11-24 17:45:29.068131+00', '2026-11-24 17:45:39.068131+00', '2026-11-24 17:45:29.409463+00', 0),
	(45, '01a20ea9-abb4-7cf6-874d-3a12af67471d', 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 'start', 'bound', 'conv_6b05cd3a78e510617311d8a3c2ce6f44612e7696a6cecc1b', '2026-11-24 17:45:30.29282+00', '2026-11-24 17:45:40.29282+00', '2026-11-24 17:45:30.321375+00', 0),
	(58, '01a20ea9-b634-7858-ad5d-265e1422a7f6', 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 'start', 'bound', 'conv_6b05cd3c619699cfe1988ad9f06c144a37730edfafbd67f9', '2026-11-24 17:45:32.980532+00', '2026-11-24 17:45:42.980532+00', '2026-11-24 17:45:32.997417+00', 0),
	(53, '01a20ea9-c065-783d-9f24-50b21835cded', '98193db5-7fe8-5d0c-911c-92e5cfe914de', 'start', 'bound', 'conv_6b05cd3f4a2f20aaf3c64af775a8929405805975ed2f89d9', '2026-11-24 17:45:35.589527+00', '2026-11-24 17:45:45.589527+00', '2026-11-24 17:45:35.661279+00', 0),
	(48, '01a20ea9-c61b-7104-9bd8-40fd2d12bb44', '393696b0-028c-57ea-8b3a-9d188625314a', 'start', 'bound', 'conv_6b05cd414be03db0dc2574bdb94067edbe3edc0a1ef2a4f0', '2026-11-24 17:45:37.051074+00', '2026-11-24 17:45:47.051074+00', '2026-11-24 17:45:37.111381+00', 0),
	(59, '01a20ea9-cded-7a11-a848-b38f76521c7a', '3daf77fb-5130-5d2b-a065-e8672bd55129', 'start', 'bound', 'conv_6b05cd433099fdf5ab99254ae901e35c48beab134da98f1d', '2026-11-24 17:45:39.053639+00', '2026-11-24 17:45:49.053639+00', '2026-11-24 17:45:39.102809+00', 0),
	(37, '01a20ea9-d257-7350-be22-c79713c793b0', '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 'start', 'bound', 'conv_6b05cd443e2434e37af027bc08d6af57cc22af58be6521cc', '2026-11-24 17:45:40.183216+00', '2026-11-24 17:45:50.183216+00', '2026-11-24 17:45:40.301303+00', 0),
	(63, '01a20ea9-d2a0-760a-a41c-330d92a163a3', '8196043f-6cac-5a0c-9427-6281d32eebab', 'start', 'bound', 'conv_6b05cd44e1fab9d78c7e134f5dfbd3d1c69d4bd8b3fa7aa7', '2026-11-24 17:45:40.25639+00', '2026-11-24 17:45:50.25639+00', '2026-11-24 17:45:40.389987+00', 0),
	(1, '01a20ea9-d54c-754c-8fad-0def6408615a', 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 'start', 'bound', 'conv_6b05cd4482283d15a9ec0806705fca16c74803e31ba16215', '2026-11-24 17:45:40.940345+00', '2026-11-24 17:45:50.940345+00', '2026-11-24 17:45:41.012757+00', 0),
	(25, '01a20ea9-df01-7872-bab3-921e1e223f4d', '315f0119-04f4-5341-bcb8-57d25911f8b7', 'start', 'bound', 'conv_6b05cd47f50592859be3cecb8c497c6801762741bab9f87f', '2026-11-24 17:45:43.425537+00', '2026-11-24 17:45:53.425537+00', '2026-11-24 17:45:43.453722+00', 0),
	(10, '01a20ea9-f530-7796-a325-20d9a2da3a79', 'b7dc3d4a-8d69-5fee-b364-a3d79e3b9284', 'start', 'asked', NULL, '2026-11-24 17:45:49.104488+00', '2026-11-24 17:45:59.104488+00', '2026-11-24 17:45:49.104488+00', 0);

INSERT INTO public.timeline_states_3 VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 'whatsapp', '106540352242922', 1, false, '{}'),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 'messenger', '1134713619900975', 1, false, '{}'),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 'instagram', '17841400008460056', 1, false, '{}'),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 'messenger', '404217156637689', 1, false, '{}'),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 'whatsapp', '209114835562013', 1, false, '{}'),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 'messenger', '1134713619900975', 1, false, '{}'),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 'whatsapp', '106540352242922', 1, false, '{}'),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 'instagram', '17841400008460056', 1, false, '{}'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 'messenger', '1134713619900975', 1, false, '{}'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 'messenger', '1134713619900975', 1, false, '{}');

INSERT INTO public.timelines_3 VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 1, 'ConversationStarted', NULL, 'customer', 'whatsapp', '106540352242922', '2026-11-24 17:45:29.406122+00', '2026-11-24 17:45:29.406122+00', '''cohen'':2 ''sofia'':1'),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 2, 'IdentityLinked', NULL, 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:29.408885+00', '2026-11-24 17:45:29.408885+00', '''seen'':1 ''together'':2'),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'MessageReceived', 'text', 'customer', 'whatsapp', '106540352242922', '2026-11-24 17:45:29.408885+00', '2026-11-24 17:45:29+00', '''a'':5 ''for'':7 ''four'':8 ''good'':1 ''is'':3 ''morning'':2 ''table'':6 ''there'':4 ''tonight'':9'),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 1, 'ConversationStarted', NULL, 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:30.320958+00', '2026-11-24 17:45:30.320958+00', NULL),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:30.321126+00', '2026-11-24 17:45:30.277+00', '''a'':4 ''canarias'':7 ''envíos'':3 ''hacen'':2 ''hola'':1 ''islas'':6 ''las'':5'),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'ReplyDrafted', 'text', 'bot', 'whatsapp', '106540352242922', '2026-11-24 17:45:30.901937+00', '2026-11-24 17:45:30.901937+00', '''and'':2 ''can'':8 ''hello'':1 ''help'':10 ''how'':7 ''i'':9 ''shop'':6 ''the'':5 ''to'':4 ''welcome'':3 ''you'':11'),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 7, 'ReplySent', NULL, 'bot', 'whatsapp', '106540352242922', '2026-11-24 17:45:30.981974+00', '2026-11-24 17:45:30.981974+00', NULL),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 8, 'DeliveryReported', 'sent', 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:31.480968+00', '2026-11-24 17:45:31+00', NULL),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 9, 'DeliveryReported', 'delivered', 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:32.189423+00', '2026-11-24 17:45:31+00', NULL),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 10, 'DeliveryReported', 'read', 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:32.485411+00', '2026-11-24 17:45:32+00', NULL),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'ReplyDrafted', 'text', 'bot', 'messenger', '1134713619900975', '2026-11-24 17:45:32.672514+00', '2026-11-24 17:45:32.672514+00', '''and'':2 ''can'':8 ''hello'':1 ''help'':10 ''how'':7 ''i'':9 ''shop'':6 ''the'':5 ''to'':4 ''welcome'':3 ''you'':11'),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'ReplySent', NULL, 'bot', 'messenger', '1134713619900975', '2026-11-24 17:45:32.705367+00', '2026-11-24 17:45:32.705367+00', NULL),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 1, 'ConversationStarted', NULL, 'customer', 'instagram', '17841400008460056', '2026-11-24 17:45:32.997056+00', '2026-11-24 17:45:32.997056+00', NULL),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'MessageReceived', 'text', 'customer', 'instagram', '17841400008460056', '2026-11-24 17:45:32.997222+00', '2026-11-24 17:45:32.972+00', '''are'':3 ''hello'':1 ''hours'':6 ''opening'':5 ''this'':7 ''weekend'':8 ''what'':2 ''your'':4'),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 7, 'DeliveryReported', 'sent', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:33.212611+00', '2026-11-24 17:45:32.705+00', NULL),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 8, 'DeliveryReported', 'delivered', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:33.724753+00', '2026-11-24 17:45:33.706+00', NULL),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 9, 'DeliveryReported', 'read', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:34.228606+00', '2026-11-24 17:45:34.209+00', NULL),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'ReplyDrafted', 'text', 'bot', 'instagram', '17841400008460056', '2026-11-24 17:45:35.284495+00', '2026-11-24 17:45:35.284495+00', '''and'':2 ''can'':8 ''hello'':1 ''help'':10 ''how'':7 ''i'':9 ''shop'':6 ''the'':5 ''to'':4 ''welcome'':3 ''you'':11'),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'ReplySent', NULL, 'bot', 'instagram', '17841400008460056', '2026-11-24 17:45:35.308694+00', '2026-11-24 17:45:35.308694+00', NULL),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 1, 'ConversationStarted', NULL, 'customer', 'whatsapp', '209114835562013', '2026-11-24 17:45:35.660921+00', '2026-11-24 17:45:35.660921+00', '''dubois'':2 ''elif'':1 ''elif.dubois'':3'),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'MessageReceived', 'text', 'customer', 'whatsapp', '209114835562013', '2026-11-24 17:45:35.661099+00', '2026-11-24 17:45:35+00', '''bike'':6 ''city'':5 ''do'':1 ''green'':8 ''have'':3 ''in'':7 ''m'':10 ''size'':9 ''the'':4 ''you'':2'),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 7, 'DeliveryReported', 'sent', 'channel', 'instagram', '17841400008460056', '2026-11-24 17:45:35.826097+00', '2026-11-24 17:45:35.305+00', NULL),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 8, 'DeliveryReported', 'read', 'channel', 'instagram', '17841400008460056', '2026-11-24 17:45:36.34447+00', '2026-11-24 17:45:36.318+00', NULL),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 1, 'ConversationStarted', NULL, 'customer', 'messenger', '404217156637689', '2026-11-24 17:45:37.111033+00', '2026-11-24 17:45:37.111033+00', NULL),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'MessageReceived', 'text', 'customer', 'messenger', '404217156637689', '2026-11-24 17:45:37.111194+00', '2026-11-18 20:03:20.519+00', '''a'':8 ''back'':5 ''birthday'':9 ''book'':3 ''can'':1 ''for'':7 ''i'':2 ''room'':6 ''the'':4'),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'ReplyDrafted', 'text', 'bot', 'whatsapp', '209114835562013', '2026-11-24 17:45:37.344775+00', '2026-11-24 17:45:37.344775+00', '''comes'':9 ''friday'':11 ''in'':5 ''is'':4 ''large'':8 ''medium'':2 ''on'':10 ''one'':3 ''stock'':6 ''the'':1,7'),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, 'ReplySent', NULL, 'bot', 'whatsapp', '209114835562013', '2026-11-24 17:45:37.406921+00', '2026-11-24 17:45:37.406921+00', NULL),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 7, 'DeliveryReported', 'sent', 'channel', 'whatsapp', '209114835562013', '2026-11-24 17:45:37.933964+00', '2026-11-24 17:45:37+00', NULL),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 3, 'ReplyFailed', NULL, 'bot', 'messenger', '404217156637689', '2026-11-24 17:45:38.112362+00', '2026-11-24 17:45:38.112362+00', '''closed'':2 ''window'':1'),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 8, 'DeliveryReported', 'delivered', 'channel', 'whatsapp', '209114835562013', '2026-11-24 17:45:38.437376+00', '2026-11-24 17:45:38+00', NULL),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 9, 'DeliveryReported', 'read', 'channel', 'whatsapp', '209114835562013', '2026-11-24 17:45:38.933042+00', '2026-11-24 17:45:38+00', NULL),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 1, 'ConversationStarted', NULL, 'customer', 'whatsapp', '106540352242922', '2026-11-24 17:45:39.102413+00', '2026-11-24 17:45:39.102413+00', '''hiroshi'':1 ''patel'':2'),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 2, 'IdentityLinked', NULL, 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:39.102579+00', '2026-11-24 17:45:39.102579+00', '''seen'':1 ''together'':2'),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'MessageReceived', 'text', 'customer', 'whatsapp', '106540352242922', '2026-11-24 17:45:39.102579+00', '2026-11-24 17:45:39+00', '''87296'':7 ''can'':8 ''for'':5 ''hi'':1 ''i'':2 ''is'':14 ''it'':13 ''m'':3 ''me'':11 ''order'':6 ''tell'':10 ''waiting'':4 ''where'':12 ''you'':9'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 1, 'ConversationStarted', NULL, 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:40.300839+00', '2026-11-24 17:45:40.300839+00', NULL),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:40.301001+00', '2026-11-24 17:45:40.109+00', '''are'':1 ''on'':4 ''open'':3 ''saturday'':5 ''you'':2'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 3, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:40.301001+00', '2026-11-24 17:45:40.169+00', '''are'':1 ''on'':4 ''open'':3 ''saturday'':5 ''you'':2'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 1, 'ConversationStarted', NULL, 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:40.388584+00', '2026-11-24 17:45:40.388584+00', NULL),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:40.388753+00', '2026-11-24 17:45:40.162+00', '''do'':1 ''green'':6 ''have'':3 ''in'':5 ''it'':4 ''you'':2'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 3, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:40.388753+00', '2026-11-24 17:45:40.173+00', '''do'':1 ''green'':6 ''have'':3 ''in'':5 ''it'':4 ''you'':2'),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 1, 'ConversationStarted', NULL, 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:41.012361+00', '2026-11-24 17:45:41.012361+00', NULL),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:41.012515+00', '2026-11-16 11:57:30.856+00', '''28'':7 ''do'':1 ''have'':3 ''in'':6 ''inch'':8 ''tyres'':5 ''winter'':4 ''you'':2'),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'ReplyDrafted', 'text', 'bot', 'whatsapp', '106540352242922', '2026-11-24 17:45:41.061507+00', '2026-11-24 17:45:41.061507+00', '''and'':2 ''can'':8 ''hello'':1 ''help'':10 ''how'':7 ''i'':9 ''shop'':6 ''the'':5 ''to'':4 ''welcome'':3 ''you'':11'),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, 'ReplySent', NULL, 'bot', 'whatsapp', '106540352242922', '2026-11-24 17:45:41.12781+00', '2026-11-24 17:45:41.12781+00', NULL),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 8, 'DeliveryReported', 'sent', 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:41.645025+00', '2026-11-24 17:45:41+00', NULL),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 3, 'ReplyFailed', NULL, 'bot', 'messenger', '1134713619900975', '2026-11-24 17:45:42.020207+00', '2026-11-24 17:45:42.020207+00', '''closed'':2 ''window'':1'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'ReplyDrafted', 'text', 'bot', 'messenger', '1134713619900975', '2026-11-24 17:45:42.169075+00', '2026-11-24 17:45:42.169075+00', '''are'':2 ''from'':4 ''monday'':5 ''nine'':8 ''open'':3 ''saturday'':7 ''six'':10 ''to'':6,9 ''we'':1'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 7, 'ReplySent', NULL, 'bot', 'messenger', '1134713619900975', '2026-11-24 17:45:42.197647+00', '2026-11-24 17:45:42.197647+00', NULL),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 9, 'DeliveryReported', 'delivered', 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:42.148034+00', '2026-11-24 17:45:42+00', NULL),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 8, 'DeliveryReported', 'sent', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:42.716026+00', '2026-11-24 17:45:42.197+00', NULL),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'ReplyDrafted', 'text', 'bot', 'messenger', '1134713619900975', '2026-11-24 17:45:42.518916+00', '2026-11-24 17:45:42.518916+00', '''2'':6 ''can'':20 ''do'':7,13,22 ''for'':3,23 ''green'':12,18 ''have'':9,15 ''i'':21 ''in'':11,17 ''it'':10,16 ''message'':4 ''number'':5 ''thank'':1 ''what'':19 ''you'':2,8,14,24'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 7, 'ReplySent', NULL, 'bot', 'messenger', '1134713619900975', '2026-11-24 17:45:42.57326+00', '2026-11-24 17:45:42.57326+00', NULL),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 10, 'DeliveryReported', 'read', 'channel', 'whatsapp', '106540352242922', '2026-11-24 17:45:42.663175+00', '2026-11-24 17:45:42+00', NULL),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 1, 'ConversationStarted', NULL, 'customer', 'instagram', '17841400008460056', '2026-11-24 17:45:43.452875+00', '2026-11-24 17:45:43.452875+00', NULL),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'MessageReceived', 'text', 'customer', 'instagram', '17841400008460056', '2026-11-24 17:45:43.453009+00', '2026-11-24 17:45:43.205+00', '''again'':3 ''me'':2 ''sorry'':1'),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 3, 'MessageReceived', 'text', 'customer', 'instagram', '17841400008460056', '2026-11-24 17:45:43.453009+00', '2026-11-24 17:45:43.28+00', '''ask'':3 ''forgot'':1 ''to'':2'),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 4, 'MessageReceived', 'text', 'customer', 'instagram', '17841400008460056', '2026-11-24 17:45:43.453009+00', '2026-11-24 17:45:43.345+00', '''included'':4 ''is'':1 ''lock'':3 ''the'':2'),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 5, 'MessageReceived', 'text', 'customer', 'instagram', '17841400008460056', '2026-11-24 17:45:43.453009+00', '2026-11-24 17:45:43.418+00', '''i'':4 ''in'':1 ''mean'':5 ''price'':3 ''the'':2'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 11, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:45.575504+00', '2026-11-24 17:45:45.526+00', '''are'':1 ''on'':4 ''open'':3 ''saturday'':5 ''you'':2'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 12, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:45.637306+00', '2026-11-24 17:45:45.606+00', '''are'':1 ''on'':4 ''open'':3 ''saturday'':5 ''you'':2'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 11, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:45.637402+00', '2026-11-24 17:45:45.568+00', '''do'':1 ''green'':6 ''have'':3 ''in'':5 ''it'':4 ''you'':2'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 12, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:45.703132+00', '2026-11-24 17:45:45.623+00', '''do'':1 ''green'':6 ''have'':3 ''in'':5 ''it'':4 ''you'':2'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 9, 'DeliveryReported', 'delivered', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:43.213675+00', '2026-11-24 17:45:43.2+00', NULL),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 8, 'DeliveryReported', 'sent', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:43.085923+00', '2026-11-24 17:45:42.573+00', NULL),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 10, 'DeliveryReported', 'read', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:43.725902+00', '2026-11-24 17:45:43.704+00', NULL),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 9, 'DeliveryReported', 'delivered', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:43.591884+00', '2026-11-24 17:45:43.575+00', NULL),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 14, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:48.933573+00', '2026-11-24 17:45:48.884+00', '''are'':1 ''on'':4 ''open'':3 ''saturday'':5 ''you'':2'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 10, 'DeliveryReported', 'read', 'channel', 'messenger', '1134713619900975', '2026-11-24 17:45:44.07683+00', '2026-11-24 17:45:44.075+00', NULL),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 15, 'MessageReceived', 'text', 'customer', 'messenger', '1134713619900975', '2026-11-24 17:45:49.036843+00', '2026-11-24 17:45:48.948+00', '''are'':1 ''on'':4 ''open'':3 ''saturday'':5 ''you'':2');

SELECT pg_catalog.setval('public.projection_views_id_seq', 4, true);

ALTER TABLE ONLY public.analytics_days_4
    ADD CONSTRAINT analytics_days_4_pkey PRIMARY KEY (measure, start, channel, account_id, dim);

ALTER TABLE ONLY public.analytics_facts_4
    ADD CONSTRAINT analytics_facts_4_pkey PRIMARY KEY (partition, conversation_id, version, measure);

ALTER TABLE ONLY public.analytics_hours_4
    ADD CONSTRAINT analytics_hours_4_pkey PRIMARY KEY (measure, start, channel, account_id, dim);

ALTER TABLE ONLY public.analytics_presence_4
    ADD CONSTRAINT analytics_presence_4_pkey PRIMARY KEY (partition, conversation_id, hour);

ALTER TABLE ONLY public.analytics_states_4
    ADD CONSTRAINT analytics_states_4_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.customers_2
    ADD CONSTRAINT customers_2_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (partition, "position");

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (partition, alias_id);

ALTER TABLE ONLY public.ignored
    ADD CONSTRAINT ignored_pkey PRIMARY KEY (partition, id);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (partition, id);

ALTER TABLE ONLY public.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (partition);

ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.owed
    ADD CONSTRAINT owed_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.partitions
    ADD CONSTRAINT partitions_pkey PRIMARY KEY (partition);

ALTER TABLE ONLY public.projection_checkpoints
    ADD CONSTRAINT projection_checkpoints_pkey PRIMARY KEY (view_id, partition);

ALTER TABLE ONLY public.projection_parked
    ADD CONSTRAINT projection_parked_pkey PRIMARY KEY (view_id, partition, conversation_id);

ALTER TABLE ONLY public.projection_views
    ADD CONSTRAINT projection_views_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.projection_views
    ADD CONSTRAINT projection_views_projection_name_key UNIQUE (projection, name);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (partition, id);

ALTER TABLE ONLY public.sessions_1
    ADD CONSTRAINT sessions_1_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.threads
    ADD CONSTRAINT threads_pkey PRIMARY KEY (partition, attempt_id);

ALTER TABLE ONLY public.timeline_states_3
    ADD CONSTRAINT timeline_states_3_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.timelines_3
    ADD CONSTRAINT timelines_3_pkey PRIMARY KEY (partition, conversation_id, version);

ALTER TABLE ONLY public.webhook_refusals
    ADD CONSTRAINT webhook_refusals_pkey PRIMARY KEY (hour, path, reason);

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (worker_id);

CREATE INDEX analytics_facts_4_measure_at ON public.analytics_facts_4 USING btree (measure, at);

CREATE INDEX analytics_facts_4_waiting ON public.analytics_facts_4 USING btree (at, conversation_id, version) WHERE ((measure = 'turn'::text) AND (dim = 'waiting'::text));

CREATE INDEX analytics_presence_4_by_hour ON public.analytics_presence_4 USING btree (hour, channel, account_id, conversation_id);

CREATE INDEX customers_2_account ON public.customers_2 USING btree (channel, account_id, first_seen, conversation_id);

CREATE INDEX customers_2_customer ON public.customers_2 USING btree (customer_id, first_seen, conversation_id);

CREATE INDEX customers_2_seen ON public.customers_2 USING btree (first_seen, conversation_id);

CREATE UNIQUE INDEX events_message ON public.events USING btree (partition, conversation_id, message_key) WHERE (message_key IS NOT NULL);

CREATE UNIQUE INDEX events_version ON public.events USING btree (partition, conversation_id, version);

CREATE UNIQUE INDEX projection_views_live ON public.projection_views USING btree (projection) WHERE (state = 'live'::text);

CREATE INDEX sessions_1_accounts ON public.sessions_1 USING btree (channel, account_id);

CREATE INDEX sessions_1_activity ON public.sessions_1 USING btree (last_activity, conversation_id);

CREATE INDEX sessions_1_begun ON public.sessions_1 USING btree (conversation_started, conversation_id);

CREATE INDEX threads_conversation ON public.threads USING btree (partition, conversation_id);

CREATE INDEX threads_unsettled ON public.threads USING btree (partition, changed_at) WHERE (state = ANY (ARRAY['asked'::text, 'created'::text, 'deleting'::text]));

CREATE INDEX timelines_3_recorded ON public.timelines_3 USING btree (recorded_at, conversation_id, version) WHERE (words IS NOT NULL);

CREATE INDEX timelines_3_words ON public.timelines_3 USING gin (words) WITH (gin_pending_list_limit='1024');
