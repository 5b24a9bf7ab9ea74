-- What version 097999e of the code wrote while the sandbox's customers talked to it, as pg_dump saw it.

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
    projection text NOT NULL,
    version integer NOT NULL,
    partition smallint NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    applied bigint DEFAULT 0 NOT NULL,
    ignored bigint DEFAULT 0 NOT NULL,
    moved_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT projection_checkpoints_check CHECK (((applied + ignored) = "position"))
)
WITH (fillfactor='20');

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
    version integer NOT NULL,
    channel text NOT NULL,
    account_id text NOT NULL,
    thread_id text NOT NULL,
    threads jsonb NOT NULL,
    conversation_started timestamp with time zone NOT NULL,
    session_number integer NOT NULL,
    session_started timestamp with time zone,
    session_messages integer NOT NULL,
    last_activity timestamp with time zone,
    total_messages integer NOT NULL,
    late_messages integer NOT NULL,
    duplicates integer NOT NULL,
    replies integer NOT NULL,
    failures integer NOT NULL,
    last_failure text,
    awaiting_since timestamp with time zone,
    awaiting_next timestamp with time zone,
    answered_by text NOT NULL,
    last_message_version integer,
    profile_version integer NOT NULL,
    erased boolean NOT NULL
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

CREATE TABLE public.workers (
    worker_id uuid NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='50');

INSERT INTO public.events VALUES
	(20, 1, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 1, 'ConversationStarted', '2026-11-24 17:44:26.193226+00', NULL, '{"channel": "whatsapp", "thread_id": "conv_6b05ccfad8f16adf91b7584a2265b1f5c386bbc4cd613e30", "account_id": "106540352242922"}', '\xdc48cf04448762c0a8cdf2cc148adbfdc740a7f8bce62db9f4bba2028eac8394cf8e93d5867efeaa303bf9e56366dd99c54de9047aa731fba62ed3693fbed170e77ee0c36facde399432b90fbbe51d441a110bb7fe07'),
	(20, 2, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 2, 'IdentityLinked', '2026-11-24 17:44:26.193896+00', '\x0f3e7b235c1cb3a3423fc59096b32556', '{"reason": "seen_together"}', '\x40fc22b3a1283072d3496dc4d16b5018fceb8e29c1cf7803f7521e0a18ea8fc670bb761cfea34103a24f3ca769403c90954758ea69986804ec16da388af74d0dea62fd'),
	(20, 3, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 3, 'MessageReceived', '2026-11-24 17:44:26.193896+00', '\x3a23708e2942b4d3ce986f2430eb2cbd', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:25+00:00", "session": 1, "received_at": "2026-11-24T17:44:25.899926+00:00", "session_message": 1}', '\x0544a3d71fb2ae594bb80a103bbf38b9ef960d23e8389808c4c4ac21b718099f350729b9f7fe5b275e69d4887495c1cb03851401dc2724a05b0760566e9312d7e82c61c3eee75ae27bd06e1d99acc6a4e5ac943fcd4eb40e23dfdb7e47d0caf9e1b1e6627f65e24c5a961be6e1d48f7e99fdaa38ae33a5e800e8fe0ce3dc2cf63b2a7e3d6c3c6d677a76309d318a1a043622a4baf72d481b02'),
	(45, 1, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 1, 'ConversationStarted', '2026-11-24 17:44:27.18689+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05ccfb78e510617311d8a3c2ce6f44612e7696a6cecc1b", "account_id": "1134713619900975"}', '\x6a5f3b684b16e0772573c2dbca1c8ead6c1d69e8aa7d946a0217a6b7004546d77ef7f8fcf6743cdc3a803c4868fcdb99e46d4813030ae3637d5e8a01'),
	(45, 2, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 2, 'MessageReceived', '2026-11-24 17:44:27.187237+00', '\xe971824ececa9231722856b6da098d1c', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:27.155000+00:00", "session": 1, "received_at": "2026-11-24T17:44:27.158767+00:00", "session_message": 1}', '\x728a42709ec74d9cb9955d20ac42350c10e37ac42db1e7a0a3c823a80e2fd115a5bec38590cf130b9d8b59fd6f4cc584f28aed71a1c3c3d3a94478ef6e57ddf671ab0b14a37e9f7319c22460b9aec1bf47a3271a8dedf43f55e1fcdaa5e2bee3e6f79b6ac6cc586acb060a8f787693e56eb8d83a1514ea2ac75a4dca4e03cb655a30de0649a5c54d7c1d4fd10894250f5e0ee3ab377eecec33cfe9335a265f6a702abefbf938'),
	(20, 4, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 4, 'DraftAttempted', '2026-11-24 17:44:27.195562+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05ccfad8f16adf91b7584a2265b1f5c386bbc4cd613e30", "answers_through": 3}', NULL),
	(20, 5, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 5, 'ReplyDrafted', '2026-11-24 17:44:27.673519+00', '\xc6d1fc21d20173c2a088cc6a38db43a2', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05ccfad8f16adf91b7584a2265b1f5c386bbc4cd613e30", "latency_ms": 472, "request_id": "req_b8b6d8fe442e3d437204e52db2221a58", "response_id": "resp_c386bbc4cd613e30006b05ccfb9b810e766ec9d28663ca828d", "input_tokens": 36, "last_item_id": "msg_c386bbc4cd613e30006b05ccfb008a05a6c4647159c324c985", "cached_tokens": 0, "output_tokens": 13, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\xe4e91b04467c140336b547f376bdf1ddbae23ff22905f6015a7a400093f2c9c60d0c0e59512b9fa89fc8095eef2cfbaaa2657b7c5b7507d8c66bfff5b48d82bfb637c0af9d6231d1a1018f04ffca927b03f955b89c016eb7a6'),
	(20, 6, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 6, 'ReplyAttempted', '2026-11-24 17:44:27.676963+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:1237bd54-212a-5b9b-b7ff-01d1d749211e:r3:1"}', NULL),
	(20, 7, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 7, 'ReplySent', '2026-11-24 17:44:27.689566+00', '\x30365df5cb01a4374231772f780c2dcd', '{"reply_id": "r3"}', '\x1fc595b13207dc62c73edfa4062a2a9fb7f2cdd6c4361a97f46188fac5562b73dba741553d3c96a7085ea28e21b6344d68fc34d273806f0654a48dd28df194f707ffb462accba8330866b43f90d2496759a31cb3cd71ddc3ae8df95b328c43dff723'),
	(45, 3, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 3, 'DraftAttempted', '2026-11-24 17:44:28.192401+00', NULL, '{"attempt": 1, "reply_id": "r2", "thread_id": "conv_6b05ccfb78e510617311d8a3c2ce6f44612e7696a6cecc1b", "answers_through": 2}', NULL),
	(20, 8, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 8, 'DeliveryReported', '2026-11-24 17:44:28.217023+00', '\x57be5e11c87989fb8642c990f1eae153', '{"status": "sent", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:44:28+00:00"}', '\x6cb671a6a34f1d1f1f8547159a53e9c2cce946372bb0aca982838b66b38b6d241c8bbfe111e0cb09ecdbbf3c2a5c0b11481af88be93d9a60a0595b1285d51309aae2ddce5d20d19de032871d9d00e32654c013c7880f1f034dfb007b52d49a513d63'),
	(20, 9, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 9, 'DeliveryReported', '2026-11-24 17:44:28.904281+00', '\x31ab01a5eb36350fec6f421264127690', '{"status": "delivered", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:44:28+00:00"}', '\xe9c797afbafdcdaf7f81a821f1dd754e7c58ada8c116bd681dd5d89de3ef5ead70530428e0f5e9f26ebfc7a85089553fd4d89eb351b1784fbbd58794d4d04b7c608254f0ba9c96bbdb408b8213d232c76701355dcf6e8b1aeecd165f8789dcccfc24'),
	(20, 10, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 10, 'DeliveryReported', '2026-11-24 17:44:29.208783+00', '\x3c4ad65305defa8e1a6cd82dde2f4eb3', '{"status": "read", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:44:29+00:00"}', '\x4a02d3a119f67706e1e3e72d7ace791562db6f466502164ba830c4c2e45e174076f72b8a4a3d2e81b192b227e87a7da3858157fbc87bbacbbb32a7f781be771b200e8947aa095b278a0ab5cff894ffba43df3ebc2bc8ca205a49e954f1b12625c97a'),
	(20, 11, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 11, 'DuplicateReceived', '2026-11-24 17:44:29.208783+00', NULL, '{"update": "DeliveryReported", "received_at": "2026-11-24T17:44:29.198869+00:00"}', '\x12fd6694e3920d44b8a017091ac672960f4b37bf81d44cf3bc86ee2c4a3ded136f81c8a0371209e208c91d1f1b83cebcf3b59e84ca49a645f24fb6a06c474a8fef79daf4aeb047f343834b869206096c315b0f137d5c1212fbc6e8b03bdd87c633de9076a01a5d5cabd712a6c1ad'),
	(45, 4, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 4, 'ReplyDrafted', '2026-11-24 17:44:29.571497+00', '\xb2f78f84dffcf6689b25196aa11dd1ef', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r2", "thread_id": "conv_6b05ccfb78e510617311d8a3c2ce6f44612e7696a6cecc1b", "latency_ms": 1339, "request_id": "req_025b413f8a9a021ea648a7dd06839eb9", "response_id": "resp_612e7696a6cecc1b006b05ccfce6c3f3391a2b8f1ff1fd42a2", "input_tokens": 35, "last_item_id": "msg_612e7696a6cecc1b006b05ccfd05b6e6e307d4bedc51431193", "cached_tokens": 0, "output_tokens": 13, "answers_through": 2, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x0586ba0fd0139c73d61f47b8a99582eaa8d59b9d10b0a8d4c513290e594150770ae4bccb64fb5a7825c49adad23e48f6a6ce3fc18e831304b9176947754f0f881b7feaadb41c637705385d2b74278fe788b88e5780823d03d2'),
	(45, 5, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 5, 'ReplyAttempted', '2026-11-24 17:44:29.57973+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r2", "reference": "onethread:f5cab26d-3217-54c1-8357-a7cec72eeda6:r2:1"}', NULL),
	(45, 6, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'ReplySent', '2026-11-24 17:44:29.605086+00', '\x8b640f484ed70d011f5e9dd6cd7e60a8', '{"reply_id": "r2"}', '\x8ba99aa5262b1ff1b4d59d51e9bf642264eb0a17f0624ad95c30dec5c17fe26ea11dc5c2274a149f5d797c9f887e9f8bf665a4d27e6a6e986efcb8ebe5abaf5b1dce6eb1529d95398bf11ffb00aed780e5dc953cf3430b77999f09e93b4b65f7641f582dac270f8c6f35dd1336dc52c181bf'),
	(58, 1, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 1, 'ConversationStarted', '2026-11-24 17:44:29.912537+00', NULL, '{"channel": "instagram", "thread_id": "conv_6b05ccfd619699cfe1988ad9f06c144a37730edfafbd67f9", "account_id": "17841400008460056"}', '\x7f1c775173e238b8b5a47e9b129557ff8376f83876a3398b5562e1ca9c92fcadc12d0ee0fe7d3f672a5dbf13d11ab03b618073993cbc89df42275460'),
	(58, 2, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 2, 'MessageReceived', '2026-11-24 17:44:29.912707+00', '\xbccc517607e9fe6e8bce6c60c3d50ed5', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:29.851000+00:00", "session": 1, "received_at": "2026-11-24T17:44:29.852586+00:00", "session_message": 1}', '\xe7e64e9ce50abb16e1bc74a5ad242f40732b227918c189bbd158b8b90ee5e9fd19977e8136bb62d9efe036fe30c96447745b25b364ea4a5096bac48f10110fddb22768adbcc816ff26f89fa9ac6661ea0d401c1ee4a0a87878933463d59ec1dcac92067a7629463520b601647a4da0c1259c4a59f68f192faf0f22ff8b427cb1db00778a54094f87ed64e9a86189cdb5b18fda9e84cba5463eb4d8a8e21125b931305948bfb69c4f5a'),
	(45, 7, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 7, 'DeliveryReported', '2026-11-24 17:44:30.113483+00', '\xc60c077d76eeae512bfd55d56235202c', '{"status": "sent", "reply_id": "r2", "occurred_at": "2026-11-24T17:44:29.605000+00:00"}', '\x3c85d55088c0349d2c676dd2e89cb6482b577ec76970794253051b56bc520d13dbc30899162c1a195f7596f1ea950c4c4e81209fbb8724267e767b7bd7572cd5e37191b06d8c14fd48971210b677baeaef3d03fd926f0b1c24e4e9eca51a3bc719b9c4e892bba23a80a320cc54066b2a6e60'),
	(45, 8, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 8, 'DeliveryReported', '2026-11-24 17:44:30.614986+00', '\x0c565b76d63b9d13ab1c168bff873630', '{"status": "delivered", "reply_id": "r2", "watermark": "2026-11-24T17:44:29.605000+00:00", "occurred_at": "2026-11-24T17:44:30.608000+00:00"}', '\x24bb705e2bd8c4a3af757596c6d04bb8d479df0653e826eb9436ca2e2c7f4c84d5c827d9718236cfc8665ce2bd10f3f5ebe972ec35d44da1d67e9650db2c0e68080a974a395e628e520972009bd7aa855f616d6620cdc33be81cc1e828991e4941b54c41bc5ebd524a8de7873b862ee7a971'),
	(58, 3, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 3, 'DraftAttempted', '2026-11-24 17:44:30.914142+00', NULL, '{"attempt": 1, "reply_id": "r2", "thread_id": "conv_6b05ccfd619699cfe1988ad9f06c144a37730edfafbd67f9", "answers_through": 2}', NULL),
	(45, 9, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 9, 'DeliveryReported', '2026-11-24 17:44:31.132785+00', '\x73d2514171cc4634b3003aa6bdfc0f1b', '{"status": "read", "watermark": "2026-11-24T17:44:29.605000+00:00", "occurred_at": "2026-11-24T17:44:31.112000+00:00"}', '\x8e8b0173714337cc84629dc17aefa3c309415ecaadbabef3c7de2e6c6a84'),
	(58, 4, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 4, 'ReplyDrafted', '2026-11-24 17:44:32.168771+00', '\x48b4cf3891ccb6fb4027aaa8da02a094', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r2", "thread_id": "conv_6b05ccfd619699cfe1988ad9f06c144a37730edfafbd67f9", "latency_ms": 1232, "request_id": "req_c2cd789a380208a9ad45f23d3b1a11df", "response_id": "resp_37730edfafbd67f9006b05ccfe7eed8d14f06d3fef701966a0", "input_tokens": 36, "last_item_id": "msg_37730edfafbd67f9006b05cd00587fd2803bab6c398d88348a", "cached_tokens": 0, "output_tokens": 13, "answers_through": 2, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x803ea1b3b580a0ea2e6621a9d7ad427d3fe122b578f9acb7a293d8553672c7649749ef1c43602891cca9ecaeaf24ad7b20529e43a08c9db947f3b0f3e111e5034198795cdeae4e430868acdfc1f79a2ec29174324f78f1f9bf'),
	(58, 5, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 5, 'ReplyAttempted', '2026-11-24 17:44:32.204469+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r2", "reference": "onethread:caf4d43a-6d82-5c9a-8bf1-0b7827204fa8:r2:1"}', NULL),
	(58, 6, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'ReplySent', '2026-11-24 17:44:32.233585+00', '\xbc4feec4cab893fa1592ed71afdb313a', '{"reply_id": "r2"}', '\x148c9cfb93227849e33ea760bbd7075c262eb3ec64775cf015194c0e30601f0b8e77b5e71e41a27dfafadfa5cb85cc0824e4a1ee2c70e6485414a158aa08692006d0bca0b58f06767d5894331489b65c22dc75d9917daced537421a426815dee1164ee6a8428bb9df91fb001e5cf4f377fbf'),
	(58, 8, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 8, 'DeliveryReported', '2026-11-24 17:44:33.257234+00', '\xf6fef01f03c70cb6e4ce07e671a7bfb6', '{"status": "read", "reply_id": "r2", "occurred_at": "2026-11-24T17:44:33.238000+00:00"}', '\xf3e110092650bb50ec844b64ab3172699199b651bad5193a5a3e2a3de737e1954a95b7d9fcf57b1e2db8626b334ca617538976d917fd3f8c65e4f814b258636f859ee2c0bb3d7cd3f7d38abdcd1b67af9d55d06a24478cf23ec877eae9133494d4c3d983a2d48009fec9e9319b4a401c5bd3'),
	(53, 7, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 7, 'DeliveryReported', '2026-11-24 17:44:34.649659+00', '\x6cd426455d306cfeebaee2b05b0d6e23', '{"status": "sent", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r2", "occurred_at": "2026-11-24T17:44:34+00:00"}', '\xc1136f00307d57151c0337e56a8fc8e888ffaf13cd37c6225a32436a1a8d153b4c2d3f84a1e34d0e710431aa6a0b6af55a3709634d6de10fc08d3aacbae21aa73e19654098d6b1a7d27766f0277e565bfff101364a73953286cf03c9d6edefce59d9'),
	(53, 8, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 8, 'DeliveryReported', '2026-11-24 17:44:35.164344+00', '\x94cdaab7c7318c1b2a4ca4c95aa284b8', '{"status": "delivered", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r2", "occurred_at": "2026-11-24T17:44:35+00:00"}', '\x0261943d52008926a8008533aed9f8f47e0c4526dbf4d3030ddb10d0b448193e5ab63b50cdcbb860eab506b53d087ce9c01cc764e4f01c61e29f69a92ba88d31769754a7b43ee9f1a31c715917cc2f9e49a0d0e793be6eb05cb61a78a291edf0c8cf'),
	(53, 9, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 9, 'DeliveryReported', '2026-11-24 17:44:35.648446+00', '\xc3683d444e8ad86d6a913ea96d969a3d', '{"status": "read", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r2", "occurred_at": "2026-11-24T17:44:35+00:00"}', '\x08d04630d309c7ac4b83a73135b5faea9a0045c09074f402aa4f0f2f53b982aeca7c2be9c1166335cc5ae29fe62a64deec06d9d4a86a298933ccd21eb1646fc9378a629ea9494432ec0025e88794d130c8ecb8197a5954b2db70339a2cb236f631b4'),
	(59, 1, '3daf77fb-5130-5d2b-a065-e8672bd55129', 1, 'ConversationStarted', '2026-11-24 17:44:35.936361+00', NULL, '{"channel": "whatsapp", "thread_id": "conv_6b05cd033099fdf5ab99254ae901e35c48beab134da98f1d", "account_id": "106540352242922"}', '\xe3217d74581ef9c0cbc83fe6ba7633d3d3fad444bc6b85670076947f3d41a95a5ccb131cb509653c1de187d87503398933874ea2f86c8c5b2aa6e22966e80ae0890b4d5c9340dfb8c58ee28a83dd552cdebe7f8d8d8709a5'),
	(59, 2, '3daf77fb-5130-5d2b-a065-e8672bd55129', 2, 'IdentityLinked', '2026-11-24 17:44:35.936527+00', '\xd4e8f13b88cf5a6639e91e967e4f745a', '{"reason": "seen_together"}', '\x25ee789096c00b9f05e87bb49998a939512c6e02f0fc42e49ff3b92ab572b2fe64c64dad0973daf413af3a8974786af6f0df7371356be8963e80fd50bae9221493627d'),
	(59, 3, '3daf77fb-5130-5d2b-a065-e8672bd55129', 3, 'MessageReceived', '2026-11-24 17:44:35.936527+00', '\x5e72323ee92948fdcc352f926fecbc83', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:35+00:00", "session": 1, "received_at": "2026-11-24T17:44:35.878553+00:00", "session_message": 1}', '\x892f6763f86416dcf3b8ac571429b2932815f991c40b81556a435c861c19fdc5e6843d1fc97e8747022b74ab9c9aa11f1f6df41c40670d6f3433bc6b1ac852fc5d1e1747a02e515d9bf8a60eb2a4a0fb5dbd9f07b11608d8bf93845944dae933c63b75453d1ea19f3f26da62c9433435bf932d78cae3221106dc8ccb22519ed243eb7af01a3333a698f4fdd701303a694a88f0de320b84de13acac5b5a8a8255abcafe1085ebbb'),
	(1, 1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 1, 'ConversationStarted', '2026-11-24 17:44:37.819643+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd053e2434e37af027bc08d6af57cc22af58be6521cc", "account_id": "1134713619900975"}', '\xca6d76602fdaf9a54f4f16ecbcc6300fc8fbb97fef1598f1dcf14eb55071250f92194af1dabb2bf86650b0b63c5ef7b92d16cdf690f6a8fa1222820c'),
	(1, 2, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 2, 'MessageReceived', '2026-11-24 17:44:37.819803+00', '\x56441ccacd15c33cddbeb2e34177cbb0', '{"_v": 2, "kind": "text", "sent_at": "2026-11-16T11:56:27.735000+00:00", "session": 1, "received_at": "2026-11-24T17:44:37.781211+00:00", "session_message": 1}', '\xe7a2a3681b58b2617c0ba4c7fe863d121339f60264fb33ca79c43dfddf85bba27961c1a11a1a5993b056c77a0b0f5f0eefd22d26e2743f984bf15691ba994097dba310990af19824160f6f24991718f70d0e483f8e0670f5f6264d953688fcbee8d79b4523cd13c8c76fbc9e8c5a2029128677e6d9568e79f11646452744ec56e669d580b95ba7b354478c9006b19a0e975f7091a7bab61eed3dfaec7d'),
	(59, 5, '3daf77fb-5130-5d2b-a065-e8672bd55129', 5, 'ReplyDrafted', '2026-11-24 17:44:37.857573+00', '\x361d20be14f19a9bbb4d7fd0244b4497', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05cd033099fdf5ab99254ae901e35c48beab134da98f1d", "latency_ms": 909, "request_id": "req_bcfbb050acab1a6bc69d4bd8b3fa7aa7", "response_id": "resp_48beab134da98f1d006b05cd04da71144896c8da1964b2d2bc", "input_tokens": 40, "last_item_id": "msg_48beab134da98f1d006b05cd05e1fab9d78c7e134f5dfbd3d1", "cached_tokens": 0, "output_tokens": 13, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\xf8956a4e605912f380c6fae747669065278c06ce9013192959fb067d62d38912d908a9e9c4ff20e82cd5b835f6e88e9d08960004776ab1c9de1cf83c8f6f5372ba9450c49d35dbe6f25b966a3d4ed2a12ed13d7299c2de1b00'),
	(59, 6, '3daf77fb-5130-5d2b-a065-e8672bd55129', 6, 'ReplyAttempted', '2026-11-24 17:44:37.870749+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:3daf77fb-5130-5d2b-a065-e8672bd55129:r3:1"}', NULL),
	(59, 7, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, 'ReplySent', '2026-11-24 17:44:37.883922+00', '\xd47b9000a69f23ba576580d4e358f1f8', '{"reply_id": "r3"}', '\x0628c9779c94f6ef5dd889aabac8020fe031fc7cb2ab0e1c894e370560ea9e7c8df6abae5ff97a0014e0d82ee376555d9bfa97f14e3fa203364725fd24880a63f44acf882ae664bfc69777c2bca631e8d82a093d226f980e09047b303b2b29cb23f6'),
	(37, 1, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 1, 'ConversationStarted', '2026-11-24 17:44:39.426175+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd07705fca161622bd795fec898f82283d15a9ec0806", "account_id": "1134713619900975"}', '\x128df72c704f0e0588eaccc24af123923cb27671106d1932c8c6bf84c665a792f050d7dac4f8c74c664f68ad3580388bc8695bf2c8'),
	(37, 2, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 2, 'MessageReceived', '2026-11-24 17:44:39.426319+00', '\xcc14e0cde2cb84e771c020138349ccad', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:39.363000+00:00", "session": 1, "received_at": "2026-11-24T17:44:39.380503+00:00", "session_message": 1}', '\x709c25ae075a8bf672e267bf7f7dd6897f57be2ccb79355e8dfcb8f8278c62cdda6620038eaffc4fe8d6f0b1207fa06a40fc4b92098f4f7f578d9f0687b1199976e98462d91630be9fdff02a82ebda62d97d55fe15ce73e81515229ddaf8f6ee65db'),
	(37, 3, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 3, 'MessageReceived', '2026-11-24 17:44:39.426319+00', '\xb59ff225f72c5a1b3774d03f3b8881e7', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:39.400000+00:00", "session": 1, "received_at": "2026-11-24T17:44:39.401079+00:00", "session_message": 2}', '\xba116d3df67317015669cd8d8432a0dc9d775d6d463ca0bf6977c53a08c2f6f6b6f7429df814735835fa8d1551518d946fbfd642e12416fccbf39b8c789ea0cd91f454ed7d2c63ab20fdda5f46b405e84a21ca97c5bc313c952a5ecb437e06abff6c'),
	(59, 10, '3daf77fb-5130-5d2b-a065-e8672bd55129', 10, 'DeliveryReported', '2026-11-24 17:44:39.426055+00', '\x8d4525e6c6ee855e4f29a32d4d58c81b', '{"status": "read", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:44:39+00:00"}', '\x4124753c84ec0395897e301e199be32e678f645fad33777f6f765c8f579e910e4ebe9a0bf5ff965cc90dcb0526cd6ef6abf3a2a06c3389877496de1a740c50eb4f92273fe6e3454c6333edf03e8d0ae6cbd18e7ecd3de3254eedd46f2da27ae3e038'),
	(37, 9, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 9, 'DeliveryReported', '2026-11-24 17:44:42.334771+00', '\x6624102087401078aa9990d8647515ef', '{"status": "delivered", "reply_id": "r3", "watermark": "2026-11-24T17:44:41.309000+00:00", "occurred_at": "2026-11-24T17:44:42.319000+00:00"}', '\x309aaf835d7f76bed9cd88b69c877a813ab9c824e39b2dd808744042d14f1640867df6b64003151264a3eff440b644af3f122906c7b783f0ac10c0bed356ef7a62319e7d6a74452b0355b347980eba9836ecfc87714a9da44c80ec7a0649926cf4a6bbdbcc2ae4d0256a3dfa3cc0e314da85'),
	(53, 1, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 1, 'ConversationStarted', '2026-11-24 17:44:32.428507+00', NULL, '{"channel": "whatsapp", "thread_id": "conv_6b05cd004a2f20aaf3c64af775a8929405805975ed2f89d9", "account_id": "209114835562013"}', '\x4a5c85de9bfa55c34c6f209bd5c233f8130140f22aa37239c511d2f0db0144e854b8a1864ef2e09250f5381671f40e3c9264e3f7ceb58d410d93de105b2ebb1dd221df63a95e7abfb83d65ee635054e99d0ee6f9163814d0eb314b47442fd21ec79ae12b07efde97c10d91bb56b04948fceb21354a2e971734'),
	(53, 2, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 2, 'MessageReceived', '2026-11-24 17:44:32.428682+00', '\x95768a72bafcb98b9ea9fa29b336a39b', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:32+00:00", "session": 1, "received_at": "2026-11-24T17:44:32.379615+00:00", "session_message": 1}', '\x901244edc2d9e9730bd8f01f4bc6be97f2c03df7a7bc9615afa55a2298bdf49a80173447696409558a39b16bb8104d5931099b36fe9e02c7f1c517eae959812e868b4fd1be948c294d7cea21a8cec648b163351ad15ee5340afbdd80c71a3ca45d16a5ff8219a25241b2bc1122a78d025bd68fe5c0bf9586566f5b70395c1116ba88ece6fafdcb0a93ae3e1d7c749f5caeea6bb8'),
	(58, 7, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 7, 'DeliveryReported', '2026-11-24 17:44:32.754128+00', '\x9d04e52258838d67b7bb692b9e9ea434', '{"status": "sent", "reply_id": "r2", "occurred_at": "2026-11-24T17:44:32.233000+00:00"}', '\x3b58109ff76c3b829c247cd25cfd880bf448545de165d5f0ba05385729baa43eedf28cd63d0c59131360b51a50f5e074530b12489b80407bd43ed86db149e978f85dbf49ea50cc856a68049c958f9d5b109cf33292b063eb26b7f7752ae6f21cd9dc4ce04a7484b0e2570d3226dd97496155'),
	(53, 3, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 3, 'DraftAttempted', '2026-11-24 17:44:33.432535+00', NULL, '{"attempt": 1, "reply_id": "r2", "thread_id": "conv_6b05cd004a2f20aaf3c64af775a8929405805975ed2f89d9", "answers_through": 2}', NULL),
	(48, 1, '393696b0-028c-57ea-8b3a-9d188625314a', 1, 'ConversationStarted', '2026-11-24 17:44:33.974581+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd014be03db0dc2574bdb94067edbe3edc0a1ef2a4f0", "account_id": "404217156637689"}', '\xf8f8820b1ae6ac5f289d07419656243758f2adb3a7171c86502540a3485e98b680632387142e095cb6e1dcbec5ff4d312ad9e4c040037081c5401400'),
	(48, 2, '393696b0-028c-57ea-8b3a-9d188625314a', 2, 'MessageReceived', '2026-11-24 17:44:33.974757+00', '\xc783e10bd64a4bff8875dfd695a797cc', '{"_v": 2, "kind": "text", "sent_at": "2026-11-18T20:02:17.394000+00:00", "session": 1, "received_at": "2026-11-24T17:44:33.887735+00:00", "session_message": 1}', '\xae71697843168ab901d98f9e5a8362c7848d94bfdc2fb29771aedd2ae202e9d2446530dd3ea437fa0870663dbaeb51de13bed532ac6557741147ac6490af8b86351f5a6c8bba06507fdf6c5778dda257bd882e710ca373d900d82a8d971b2cd3e4cd9ed697846c3691f2e7f1894c297995611fcc81dc9d6a196df154414dfcc34c372485bb8f1b9d538942d79892f44b8287798f5748d66ba0a35ae9e55a4feb7d'),
	(53, 4, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 4, 'ReplyDrafted', '2026-11-24 17:44:34.081527+00', '\xb70e43a70c8444a43ee527a748639635', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r2", "thread_id": "conv_6b05cd004a2f20aaf3c64af775a8929405805975ed2f89d9", "latency_ms": 621, "request_id": "req_d47d380d81f9c1f66c0f3459f79b17ae", "response_id": "resp_05805975ed2f89d9006b05cd01fe175330a11d459a2f978d87", "input_tokens": 35, "last_item_id": "msg_05805975ed2f89d9006b05cd02efba91fc803468b6b610a9f7", "cached_tokens": 0, "output_tokens": 14, "answers_through": 2, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x2b34585f9dfea65ddc08a44039ad9d6609a670f9b9ca263ad88a7a27c986f2204c831a79a197fd6fdff040bd878c612ed22fa67cc62973110317ad160b04422bc6327f3e7d1084a60619a9ac54173e79b1dcf449db70176bca57c080bd'),
	(53, 5, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 5, 'ReplyAttempted', '2026-11-24 17:44:34.095702+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r2", "reference": "onethread:98193db5-7fe8-5d0c-911c-92e5cfe914de:r2:1"}', NULL),
	(53, 6, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, 'ReplySent', '2026-11-24 17:44:34.114228+00', '\xcea2e1c3c7dc07556c004ffb39c14a1e', '{"reply_id": "r2"}', '\x31919b012fd0841cb6f79e8ea7896bea73f75b15d979726c1e81b34e6f5b992735749d5db14a8379ef7c464826edecda6b5becdbd372e65ee5fcef0e4f1852673a9ca6f53f95b09805d628e730c87ec41d234f068a09e49b6a7fae5e11340274c727'),
	(48, 3, '393696b0-028c-57ea-8b3a-9d188625314a', 3, 'ReplyFailed', '2026-11-24 17:44:34.975521+00', '\x8533061eb1be2e7a9012b36a771ea0b9', '{"reason": "window_closed", "reply_id": "r2", "answers_through": 2}', NULL),
	(59, 4, '3daf77fb-5130-5d2b-a065-e8672bd55129', 4, 'DraftAttempted', '2026-11-24 17:44:36.940347+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05cd033099fdf5ab99254ae901e35c48beab134da98f1d", "answers_through": 3}', NULL),
	(59, 8, '3daf77fb-5130-5d2b-a065-e8672bd55129', 8, 'DeliveryReported', '2026-11-24 17:44:38.387966+00', '\x014e1607102ed94d0cae419a93bd4b87', '{"status": "sent", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:44:38+00:00"}', '\x67b4ae74b82fbe6c252a8daa8f7b82b98126e67700af2eb3403ffd78298d22208e44474e9e84b2e77ef00f6d3f73706daffff09214ddf92808406c0a8a85435afd7d779ac584ca51e8c7ac33656ef041c798f5f1e357db3684360788a831217fbd40'),
	(1, 3, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 3, 'ReplyFailed', '2026-11-24 17:44:38.821261+00', '\xe080e48f9e05ee9a311b386385f8dfbb', '{"reason": "window_closed", "reply_id": "r2", "answers_through": 2}', NULL),
	(59, 9, '3daf77fb-5130-5d2b-a065-e8672bd55129', 9, 'DeliveryReported', '2026-11-24 17:44:38.889467+00', '\x39dd29927d6824ab52754dd915346baa', '{"status": "delivered", "details": {"pricing": {"type": "regular", "billable": true, "category": "service", "pricing_model": "PMP"}}, "reply_id": "r3", "occurred_at": "2026-11-24T17:44:38+00:00"}', '\xd4cd3cd61d590a411404ae5821be667c7712c25d1109d5986e7e9d6efb2e7660695b76a207356eec93356e594d15cef5e6973df83396bc56a041c5c85a23a9b40b6bd928cf91c3a4bfcc6a21f4db9b216f65bf85aaffe798dbe9bc7a433a8bb2d441'),
	(63, 1, '8196043f-6cac-5a0c-9427-6281d32eebab', 1, 'ConversationStarted', '2026-11-24 17:44:39.467779+00', NULL, '{"channel": "messenger", "thread_id": "conv_6b05cd075eda92d864ac5db9d707107ebb968a437d5c8dfc", "account_id": "1134713619900975"}', '\x5d4517ef22daa39a448f3a75fe55dffce05f8e59a7ca362d5b858544eca7a8af4aa68c2c440cef8e3a1a28ea41c53992b9e98d4f62'),
	(63, 2, '8196043f-6cac-5a0c-9427-6281d32eebab', 2, 'MessageReceived', '2026-11-24 17:44:39.467907+00', '\xf2ebb5a2cd0990b4c2b61e14ea174891', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:39.388000+00:00", "session": 1, "received_at": "2026-11-24T17:44:39.389201+00:00", "session_message": 1}', '\x9e8ed2feb4ad94dbc961f1d34708bf077ae3266f024a22f0a4c181ea2295f534b22446d998d3897e6bfdef9f386ea36cd1709065d28dcbe7e1406cd99b61ac74f96abf7be64ac600652ee128d9d8a0b69bf9802c9c2e8cb5dde1ad3d14d3177515'),
	(63, 3, '8196043f-6cac-5a0c-9427-6281d32eebab', 3, 'MessageReceived', '2026-11-24 17:44:39.467907+00', '\x6a4e37e6cfa14c3c97b3076fbd67504f', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:39.405000+00:00", "session": 1, "received_at": "2026-11-24T17:44:39.407487+00:00", "session_message": 2}', '\x788bfa0665d9eee152c0f5b05d7d9db455e4f1fa826d29b10d776254ccf4248a0959ba16d3303a84f18c77aed810035fbfbd7b5f7cad03c6366afcb3a4e71bffaea746706ed5f8a1715aae8011b5aa891f65549515b982602236a769b76b44efc0'),
	(25, 1, '315f0119-04f4-5341-bcb8-57d25911f8b7', 1, 'ConversationStarted', '2026-11-24 17:44:40.114144+00', NULL, '{"channel": "instagram", "thread_id": "conv_6b05cd08fbb230bbd92a4aa2b410d93c97dae38d9d643c25", "account_id": "17841400008460056"}', '\x4c85ee46113052601ccea4f1d62c03683fb83000548065242a5c4d99eba7e6cb9af5f529f657622e6e1dc5850dfd099d12472556b02013fe085ea067'),
	(25, 2, '315f0119-04f4-5341-bcb8-57d25911f8b7', 2, 'MessageReceived', '2026-11-24 17:44:40.114266+00', '\x9d805eafc6c14cd5d6a5226822784325', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:40.080000+00:00", "session": 1, "received_at": "2026-11-24T17:44:40.081346+00:00", "session_message": 1}', '\xe068d5dd24dc4dafab32d2fd179ffc6d5b4f76d300bc1c7a5a3d2a205f806dfde1ccd5786142bdb95758679ac2d90eb6589aa54772ae3bdb6803e8295e443e636167a068347de7f6b75ea9968a0e3c33061a7cf217a55a9748118fce7743791c8b0e7adb303032eaa3c289f68abaf92feb5ed7ec3ef9ede6d1e3cbfff930f49fdd1dcde7d9a82d'),
	(25, 4, '315f0119-04f4-5341-bcb8-57d25911f8b7', 4, 'MessageReceived', '2026-11-24 17:44:40.221043+00', '\xd335a7a40aa0e0b5477d272001227535', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:40.218000+00:00", "session": 1, "received_at": "2026-11-24T17:44:40.218862+00:00", "session_message": 3}', '\xb235c5863b47ab5b4b576228bf8bcfa80508ca6f0dc3393bd69a6341348a83b3f0185f262503043a7c8d59a817780e34122eda6d4be3d4412eabc18447725468750d29719a4233fa7d09cfaa17377c3e840e0a6c5e11e25a321f086b2584a9336bd849e705e0ca853d05f70ad98c986fa6a78675a200e3e5dea41b556a99b35d6a6624a21fb39da4d6497b52eb1f'),
	(37, 7, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 7, 'ReplySent', '2026-11-24 17:44:41.312177+00', '\x66f82a9ce393da15c2df66282f07bf27', '{"reply_id": "r3"}', '\x9c16518aff22728abb5a46430dd5a98e6413bfd7078e8411216ac01eb6e22e9b33ca588c655f01fce3c5d7dae710eb93ec71dc102887a5e551d797d2184a0447468766518d4cfd42cd3053ffb48c724fb9e76fdd60cc5b2b3e9c7537655ba4ea498601440a40163a2a69613fe127ce8ada73'),
	(25, 6, '315f0119-04f4-5341-bcb8-57d25911f8b7', 6, 'DraftAttempted', '2026-11-24 17:44:41.503247+00', NULL, '{"attempt": 1, "reply_id": "r5", "thread_id": "conv_6b05cd08fbb230bbd92a4aa2b410d93c97dae38d9d643c25", "answers_through": 5}', NULL),
	(63, 8, '8196043f-6cac-5a0c-9427-6281d32eebab', 8, 'DeliveryReported', '2026-11-24 17:44:42.109248+00', '\xf989ccc0d7fc65ccf913e24d4412c357', '{"status": "sent", "reply_id": "r3", "occurred_at": "2026-11-24T17:44:41.589000+00:00"}', '\xd66e2a6c8455572ff66cafe7af8b9d88b28af1b458dcb08e44243d64064695abbd2db0f8d8776b20170b1b1b40342ea073b93c382753e6b7e4febf1d8c7552a1b3fc49095af9b83be484a68e3e3504a3e07de36c3150d67489be6c0cb812fd7e5b9504d52e6c1015d7be678850cb01a018a0'),
	(25, 3, '315f0119-04f4-5341-bcb8-57d25911f8b7', 3, 'MessageReceived', '2026-11-24 17:44:40.168388+00', '\x02ab0c0bbc13bcc533e0d340cf0c45de', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:40.156000+00:00", "session": 1, "received_at": "2026-11-24T17:44:40.159922+00:00", "session_message": 2}', '\x8ffbc85d9b639a26c74c509a4d5f252656c670fc8bc2245f85270955aa070388171ad3a9c73f5d2e3e29b68792f681a95e8d0bf246cb5d13f08da77145bda46b7f259bb655ca938794819ce4759ecc116eb46976354851994aaa2c431f940249b87ed179f306130a80fbf0dbedbf52668da0df7c25fb78515180cf1b4df95dbd57c5b05c444c'),
	(37, 4, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 4, 'DraftAttempted', '2026-11-24 17:44:40.431516+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05cd07705fca161622bd795fec898f82283d15a9ec0806", "answers_through": 3}', NULL),
	(63, 4, '8196043f-6cac-5a0c-9427-6281d32eebab', 4, 'DraftAttempted', '2026-11-24 17:44:40.469864+00', NULL, '{"attempt": 1, "reply_id": "r3", "thread_id": "conv_6b05cd075eda92d864ac5db9d707107ebb968a437d5c8dfc", "answers_through": 3}', NULL),
	(25, 5, '315f0119-04f4-5341-bcb8-57d25911f8b7', 5, 'MessageReceived', '2026-11-24 17:44:40.502539+00', '\x0089e0b52704ae28d3a798eca8ac1315', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:40.291000+00:00", "session": 1, "received_at": "2026-11-24T17:44:40.497780+00:00", "session_message": 4}', '\x634cedc4652d95ed49c5f47bf6c84c0a657e0de3f62d93475bfd503748fa65a88875cb53751c790fc093fdc7081f255c9647a59400693668c9f8ed5f64a33a93a65c4a42187264816eeb226f98719c236efbe4816da078bec8dcdffe1249eb454334ab50e7e0d67f2d5cc415d994a9a77756a39aab785f36cf25ed3cd319569a3d51f61c9f287b330f939b9a'),
	(37, 5, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 5, 'ReplyDrafted', '2026-11-24 17:44:41.296489+00', '\xa5b65a2744a349ed7cef9d6709533efa', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05cd07705fca161622bd795fec898f82283d15a9ec0806", "latency_ms": 851, "request_id": "req_9be3cecb8c497c68a8c24d4244ef7feb", "response_id": "resp_82283d15a9ec0806006b05cd08eb8ac8ce8a245e6b33138131", "input_tokens": 42, "last_item_id": "msg_82283d15a9ec0806006b05cd09e8e5b4617589a82b5a702cfa", "cached_tokens": 0, "output_tokens": 13, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\xf087c818fea8a795c204e995477ef868a26c4a493eec67816030f45505d528d56968b4248933b5afaadbe85fe53a48393eb69930ca7add04d7d5676211d0762b99940e5b9e7e03840c2ed64dbf6604ea9c620674548d10c8'),
	(37, 6, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 6, 'ReplyAttempted', '2026-11-24 17:44:41.304494+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:552b7ee5-07d7-5a3a-80f2-1d018262ad38:r3:1"}', NULL),
	(63, 5, '8196043f-6cac-5a0c-9427-6281d32eebab', 5, 'ReplyDrafted', '2026-11-24 17:44:41.572271+00', '\x34fa41b8c2a6cd342e514f6457bcace9', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r3", "thread_id": "conv_6b05cd075eda92d864ac5db9d707107ebb968a437d5c8dfc", "latency_ms": 1097, "request_id": "req_7b297d0b0e5e18baf320cd576d14475b", "response_id": "resp_bb968a437d5c8dfc006b05cd0893ea5c4ed8f33418f3d4e711", "input_tokens": 40, "last_item_id": "msg_bb968a437d5c8dfc006b05cd09349aae908fb5262cc7038069", "cached_tokens": 0, "output_tokens": 27, "answers_through": 3, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x2c3b238f9827447de81c75c4ad90aa58140aad58348317965621169e14109102037ffd7b02f7e283904f7e019d6f39767faa6310de6f711b727ecedb70fd51b1c90fd9177c978bc5fb83f8ec6a22bf13ffae2d34182dd2abd475a7992c3829244092d7e5014ec8757ad02f635870f67eb907e58049efc3d2363b53185d16c502390733fe0786cc39c939ce86676083b76876d0d9'),
	(63, 6, '8196043f-6cac-5a0c-9427-6281d32eebab', 6, 'ReplyAttempted', '2026-11-24 17:44:41.575121+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r3", "reference": "onethread:8196043f-6cac-5a0c-9427-6281d32eebab:r3:1"}', NULL),
	(63, 7, '8196043f-6cac-5a0c-9427-6281d32eebab', 7, 'ReplySent', '2026-11-24 17:44:41.589117+00', '\x57f1703f368f4f388ccf90bb0574e7cd', '{"reply_id": "r3"}', '\x9269d9fb3ef13197b59727d3cf4cc1f33a9142d7d0408241e5c967365cec5b722808c427b45bdb2a9217290d2b7f3a246a3e96c2d8000fceb72347969a821a79c5b8a3009cd131b5bbfb042490a8ddb85de306374efd1f0a5c50e0969294545e397a60942f96bd80a9f38a3b0c93b16c03ef'),
	(37, 8, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 8, 'DeliveryReported', '2026-11-24 17:44:41.830904+00', '\x1f786c0cb5a20fe0621e2867aff4cc39', '{"status": "sent", "reply_id": "r3", "occurred_at": "2026-11-24T17:44:41.309000+00:00"}', '\xc83b7f745a3dfebce3d8aeaa3b75c5823854ef3cf0e03dc5cc4d94ae2d4b6b5a95bef495555c62879f17cddd1b7330dc71656de0866b03c1e849aa4519e8227859e0fea024dbe9253c1c94f871837ed59392be49eccb343b68a93c899947e95702d8db24cdfb1d7522088cbe8635beb34106'),
	(63, 9, '8196043f-6cac-5a0c-9427-6281d32eebab', 9, 'DeliveryReported', '2026-11-24 17:44:42.608605+00', '\xcb0e6e53a70ce972c0a80be27fdafbd3', '{"status": "delivered", "reply_id": "r3", "watermark": "2026-11-24T17:44:41.589000+00:00", "occurred_at": "2026-11-24T17:44:42.590000+00:00"}', '\xad38ffe8f2c83b824924f8472db6fa230309ba21329aec71e98452a093ae668a955c68b12978ab65125404b3b23d2c4d438ea46a917f7c39d0465723ac93967b1b10942837216909a258ce697eb6564bf209b9f75ba33a044770c0779efc0750fa14afbcd6f21ae00d3c108862d0399fef7f'),
	(25, 8, '315f0119-04f4-5341-bcb8-57d25911f8b7', 8, 'ReplyAttempted', '2026-11-24 17:44:42.779963+00', NULL, '{"part": 1, "attempt": 1, "reply_id": "r5", "reference": "onethread:315f0119-04f4-5341-bcb8-57d25911f8b7:r5:1"}', NULL),
	(25, 9, '315f0119-04f4-5341-bcb8-57d25911f8b7', 9, 'ReplySent', '2026-11-24 17:44:42.785792+00', '\x940ffa8a7bd0be6dc0c2cae694660129', '{"reply_id": "r5"}', '\xe55972ef8a1e0c6bc7af43bd161fac1c9a2b9d625e58b3fc4b2c5c9e4cd94b3c2c9a7b3e7ba67f6bd74a6531047ad0304504fff9d3f9669dbf4de7e767e0e2bb41920d6a306842b13b35131c78d4f8a69311816a9974f10dd445b075c6c7ee2897e127bb53b0ef638379a9abd94e774936be'),
	(24, 5, '77296618-48e4-5f6f-8fdc-77d588d1478a', 5, 'MessageReceived', '2026-11-24 17:44:42.916503+00', '\x20524a99ee3fc9e0486086f8beaf3d94', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:42+00:00", "session": 1, "received_at": "2026-11-24T17:44:42.880028+00:00", "session_message": 3}', '\x9be46068f02d3d06d4eac0b347721c574ecc53f630d98b7391d6643ce4e369f42cbbfd785f32398217ad5b9aafb67abb33527d7c9ace24ec05b58c4f45b4bc907c3cd23cf3c46e263dc1e98df00962a11cf92403cdfc3df5c6c5325bb30abf29f22e096097116c4b49afa82610587519aba98150f6f13caf24fd1f3396fb'),
	(24, 6, '77296618-48e4-5f6f-8fdc-77d588d1478a', 6, 'MessageReceived', '2026-11-24 17:44:42.939812+00', '\x39f9c4b28e60fa2d98260749eb47019a', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:42+00:00", "session": 1, "received_at": "2026-11-24T17:44:42.927943+00:00", "session_message": 4}', '\x147e88fde1495ed69c80bcf3dfb61491b209fe36f3eb2d0740a498707eda07e00e8034452e397b4e7cb4bfc4ba9fe82681c03ae25bdebe2c2b352b6b4aa68b4328c4a60c7094127edd9945cc2024fb7ccb4429c1d75cb2f0b65003c86ff3befd8b726824f90f9a68cd21007f1b0c141f685f45756072b57444e1e1ae'),
	(63, 10, '8196043f-6cac-5a0c-9427-6281d32eebab', 10, 'DeliveryReported', '2026-11-24 17:44:43.101082+00', '\x93bf7f94724dee8d274f4b67e97532e4', '{"status": "read", "watermark": "2026-11-24T17:44:41.589000+00:00", "occurred_at": "2026-11-24T17:44:43.092000+00:00"}', '\x2a1ab74d1184fd0700a15d24271b5fe20998a3723b3ab2cbee4e4793eee5'),
	(25, 10, '315f0119-04f4-5341-bcb8-57d25911f8b7', 10, 'DeliveryReported', '2026-11-24 17:44:43.29451+00', '\x7183829c37c5364a3cc7d90b65d0b495', '{"status": "sent", "reply_id": "r5", "occurred_at": "2026-11-24T17:44:42.784000+00:00"}', '\x887d63dbd71dbc8c78932042fb8580094024935b7247bc43dc046cf802dc6b61fa5b391a1eaf9923b69b17c9364078d0f26660430ae30cec02431ec479f2b8ccd387bcb4aee51e9de53c8c61718b8d3ddd87edc2de6bbf5b55171c7ee56585d3b6f025b28952124728707711c46cc1d2dce2'),
	(37, 12, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 12, 'MessageReceived', '2026-11-24 17:44:44.104557+00', '\x011a0fbf27dff641386168ceea46f5a1', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:44.059000+00:00", "session": 1, "received_at": "2026-11-24T17:44:44.087713+00:00", "session_message": 3}', '\xfed149e3486ef172a4c82f013e1c803b94ea4ff9d7c256d15ba7b2a1a1f8f9e037cfaeb345ba5aba1c4e19a93a984767b9d629d1d67f25f91c74a4ebd2f1a17addba5b585b834a4d34340b01f6732dc03c0ab1c91d9f892f42d463d0a2b95e4d9b'),
	(37, 13, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 13, 'MessageReceived', '2026-11-24 17:44:44.168939+00', '\xb2958afeb05f51ea8dc23bfe70f5385b', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:44.128000+00:00", "session": 1, "received_at": "2026-11-24T17:44:44.136587+00:00", "session_message": 4}', '\x8de4fcf1a9783bef917d89076397b8d243b5e7ac9725b96f608c75275e48563d72ee3747b7aea7f1127455c8638261ec67dad63366553601296215cff1994aa24c7d5c08b4e498210aec7350e0606729d0e3bb616586e7a8c8bee30e1b30e3bd10'),
	(63, 11, '8196043f-6cac-5a0c-9427-6281d32eebab', 11, 'MessageReceived', '2026-11-24 17:44:44.169026+00', '\x3ca6b24c3daf6f635d2ea09634dbc3cc', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:44.104000+00:00", "session": 1, "received_at": "2026-11-24T17:44:44.108718+00:00", "session_message": 3}', '\x752dd9aa580f5fc90b17ea4006db43772823ab2977f22d515d35926b2e740942816dd7e06350fdb8d43c2190bbdf86e693b37f8d74fe1559894523309a08df4e47c73124fed9696ac1220b0526bac72f204f3db3b47017dbf928780a9e34fdff'),
	(63, 12, '8196043f-6cac-5a0c-9427-6281d32eebab', 12, 'MessageReceived', '2026-11-24 17:44:44.169026+00', '\xebb53e9075b8462ae9909996ba065c09', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:44.140000+00:00", "session": 1, "received_at": "2026-11-24T17:44:44.141535+00:00", "session_message": 4}', '\xc9507342897831bd04881092ed710cc8e00b889edaf93c814ef75333c06aba503d7a88e1274cbd4c6076150abe7e074c72e94829dd5b09d60721dfb1e21a1a19b67e67585e738f537beff2300ce1d34a6a09ca99ab0b1387ca69a1674151f2e3'),
	(24, 1, '77296618-48e4-5f6f-8fdc-77d588d1478a', 1, 'ConversationStarted', '2026-11-24 17:44:42.732374+00', NULL, '{"channel": "whatsapp", "thread_id": "conv_6b05cd0a91eb79fa5d5f576cdeb8fc4c3328ad088ded3c96", "account_id": "209114835562013"}', '\xec22b46d342a2dbd280f640bbc53294d1f663ebe135839011b96efe49b3db6723d9667840bc3118388b780bf0296eae7d356465b101500f45b2b501d5de1f31b1e80f9b811e43318fc6e10cad1de05eafd8e8578c9ff'),
	(24, 2, '77296618-48e4-5f6f-8fdc-77d588d1478a', 2, 'IdentityLinked', '2026-11-24 17:44:42.732518+00', '\x2faff86149f995e2483afcfe53b66bf9', '{"reason": "seen_together"}', '\x33367a9660b2fdf878042a7c8c73f595420ac0fb17d6eb527edae67a0720a15099c95eef8983f529e6dd5e96ea22777f17ec1e54adcfc37d248b7b7b95697555a94b60'),
	(24, 3, '77296618-48e4-5f6f-8fdc-77d588d1478a', 3, 'MessageReceived', '2026-11-24 17:44:42.732518+00', '\xaa1fdbf803881b088599423e683ee883', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:42+00:00", "session": 1, "received_at": "2026-11-24T17:44:42.658986+00:00", "session_message": 1}', '\x447c4ef4450f548fb40bd67e9151fa654baa4f7a7e4d93891ff58314be6346c2503840c9577b62ea922b01e1dbb4a07bbf53cae330cd0280833f3e03724cb766444f13e7ef6793cb80c09436f6f91cf157f91beccc436f9b48fe302692784739050311a652185cd9b350de875238bbf0f0bca92bbdc8c9'),
	(25, 7, '315f0119-04f4-5341-bcb8-57d25911f8b7', 7, 'ReplyDrafted', '2026-11-24 17:44:42.768921+00', '\xd6000f2b5943d03adc25fbdfe2786bb1', '{"model": "gpt-6-luna", "parts": 1, "author": "bot", "outcome": "completed", "reply_id": "r5", "thread_id": "conv_6b05cd08fbb230bbd92a4aa2b410d93c97dae38d9d643c25", "latency_ms": 1250, "request_id": "req_8a449ebe89d9bf020067dba858989008", "response_id": "resp_97dae38d9d643c25006b05cd0984c8199921167d8fcf23cae8", "input_tokens": 55, "last_item_id": "msg_97dae38d9d643c25006b05cd0a6a17b9af5b569643d037cdff", "cached_tokens": 0, "output_tokens": 8, "answers_through": 5, "reasoning_tokens": 0, "cache_write_tokens": 0}', '\x8d9dc76e828e18aba0c0eaa2f5703cbec1368b0de7283197003c8d974fb8ff831553e596f30da592c584b5eb4880cf0f474e0b58972cdf41432b1d88ec51264a7546a0f2dc52'),
	(37, 10, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 10, 'DeliveryReported', '2026-11-24 17:44:42.824592+00', '\x85c70c031d7876abc4cdb662df58fa6c', '{"status": "read", "watermark": "2026-11-24T17:44:41.309000+00:00", "occurred_at": "2026-11-24T17:44:42.820000+00:00"}', '\x80b8a1347aace05d6107feba301bd6b97472c3a0cc0fa001dda12d38ab0b'),
	(24, 4, '77296618-48e4-5f6f-8fdc-77d588d1478a', 4, 'MessageReceived', '2026-11-24 17:44:42.871553+00', '\xa5ebadb43f5f24f123e96c3fd3284ea1', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:42+00:00", "session": 1, "received_at": "2026-11-24T17:44:42.831719+00:00", "session_message": 2}', '\xacd5954fa262c69658597ff1046bfc9fdbf071ab0e13caee72c422a77fec80b8f504dff8c615461e6cec1236a53550f97c7d5d80257bac30cfe3898281a56285c5a579b3aa4d596d4147a5e802fde511cb0488af58f9e6ce891ad01967337bf54236ba17db797e8918e51a40779818f72d49ae013004'),
	(37, 11, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 11, 'DuplicateReceived', '2026-11-24 17:44:42.87145+00', NULL, '{"update": "DeliveryReported", "received_at": "2026-11-24T17:44:42.828781+00:00"}', '\x921f73960f9fa40ea876ecb6f7977168fa641c38b7d25d040fa5c024106ccf5bf009134038e6f4b0c9dbfc96f61563f6f858882fdec7c10b89e4ed62a2257fbf6ea8492b421690a185c6824671a272f663cce3b70a7ccf3bba5b6000'),
	(24, 7, '77296618-48e4-5f6f-8fdc-77d588d1478a', 7, 'DraftAttempted', '2026-11-24 17:44:43.942272+00', NULL, '{"attempt": 1, "reply_id": "r6", "thread_id": "conv_6b05cd0a91eb79fa5d5f576cdeb8fc4c3328ad088ded3c96", "answers_through": 6}', NULL),
	(37, 14, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 14, 'DraftAttempted', '2026-11-24 17:44:45.178623+00', NULL, '{"attempt": 1, "reply_id": "r13", "thread_id": "conv_6b05cd07705fca161622bd795fec898f82283d15a9ec0806", "answers_through": 13}', NULL),
	(63, 13, '8196043f-6cac-5a0c-9427-6281d32eebab', 13, 'DraftAttempted', '2026-11-24 17:44:45.178738+00', NULL, '{"attempt": 1, "reply_id": "r12", "thread_id": "conv_6b05cd075eda92d864ac5db9d707107ebb968a437d5c8dfc", "answers_through": 12}', NULL),
	(37, 15, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 15, 'MessageReceived', '2026-11-24 17:44:45.445086+00', '\x83ca31bd183d8a479572e7b7f429f72e', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:45.406000+00:00", "session": 1, "received_at": "2026-11-24T17:44:45.423280+00:00", "session_message": 5}', '\x099bc4ac71ccf138a740edd841eba56cc84ab284a984ed898697d693dfd9673c1c857d792c0598a49e25f7d6a45d3ccd5a9e7997ec9e65affdbe2af0c70e42f1a4ad39056c4c1aa95f8927e393acfad76d9f60ca99be9db0b1cf81cc8a01b1f2'),
	(37, 16, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 16, 'MessageReceived', '2026-11-24 17:44:45.494241+00', '\xaafb0b4aba380e85c5de414f0a8e5308', '{"_v": 2, "kind": "text", "sent_at": "2026-11-24T17:44:45.480000+00:00", "session": 1, "received_at": "2026-11-24T17:44:45.482732+00:00", "session_message": 6}', '\x5aa305b3cd8c7c06abd1840aee44e92ffe30a14013fbb1152db825074c40b37910125c54629c39c3b2da9d9512d312cb0dcb8945d5f26f757cd690c9466253aa87010daed8ccd9c7da8569f1ded148f9c74b5615ffc0a13bdb57e507e3490a66');

INSERT INTO public.identities VALUES
	(5, '4c003645-cd8b-56f0-8991-dbaf0091c953', '1237bd54-212a-5b9b-b7ff-01d1d749211e', '2026-11-24 17:44:25.935236+00'),
	(15, '8e8f410f-719a-5a13-a7df-c95bb4b3efd5', '3daf77fb-5130-5d2b-a065-e8672bd55129', '2026-11-24 17:44:35.893554+00'),
	(11, '8188098b-4cf3-527e-a8b4-2651a5490485', '77296618-48e4-5f6f-8fdc-77d588d1478a', '2026-11-24 17:44:42.684144+00');

INSERT INTO public.inbox VALUES
	(10, '01a20ea8-fc8c-7ca2-bd66-d0019378fee0', 'b7dc3d4a-8d69-5fee-b364-a3d79e3b9284', 'message', '2026-11-24 17:44:45.452632+00', '\x7b2273656e646572223a7b226368616e6e656c223a226d657373656e676572222c226163636f756e745f6964223a2231313334373133363139393030393735222c2273656e6465725f6964223a22373030313030323039227d2c2272656365697665645f6174223a22323032362d31312d32345431373a34343a34352e3435323633325a222c22616c6961736573223a5b5d2c2270726f66696c655f6e616d65223a6e756c6c2c22757365726e616d65223a6e756c6c2c226d6573736167655f6964223a226d5f62792d68616e642d6d6f72652d31222c226b696e64223a2274657874222c2273656e745f6174223a22323032362d31312d32345431373a34343a34352e3435303030305a222c2274657874223a22446f20796f75206861766520697420696e20677265656e3f222c226174746163686d656e7473223a5b5d2c227061796c6f6164223a6e756c6c2c227265706c795f746f223a6e756c6c2c227265706c795f746f5f73746f7279223a6e756c6c2c22666f72776172646564223a66616c73652c2267726f75705f6964223a6e756c6c2c22726566657272616c223a6e756c6c2c2264657461696c73223a6e756c6c7d'),
	(10, '01a20ea8-fcb5-7980-a229-69cf600f3a69', 'b7dc3d4a-8d69-5fee-b364-a3d79e3b9284', 'message', '2026-11-24 17:44:45.493471+00', '\x7b2273656e646572223a7b226368616e6e656c223a226d657373656e676572222c226163636f756e745f6964223a2231313334373133363139393030393735222c2273656e6465725f6964223a22373030313030323039227d2c2272656365697665645f6174223a22323032362d31312d32345431373a34343a34352e3439333437315a222c22616c6961736573223a5b5d2c2270726f66696c655f6e616d65223a6e756c6c2c22757365726e616d65223a6e756c6c2c226d6573736167655f6964223a226d5f62792d68616e642d6d6f72652d33222c226b696e64223a2274657874222c2273656e745f6174223a22323032362d31312d32345431373a34343a34352e3439323030305a222c2274657874223a22446f20796f75206861766520697420696e20677265656e3f222c226174746163686d656e7473223a5b5d2c227061796c6f6164223a6e756c6c2c227265706c795f746f223a6e756c6c2c227265706c795f746f5f73746f7279223a6e756c6c2c22666f72776172646564223a66616c73652c2267726f75705f6964223a6e756c6c2c22726566657272616c223a6e756c6c2c2264657461696c73223a6e756c6c7d');

INSERT INTO public.keys VALUES
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', '\xc2def7273ec5f1982e767d8490cd514be2bb055b2d6c46776c3dafd90ffa7b9af02927d2d58dcfd56dd6f21816eb7113196c8903eb91e673a54c6e94', '2026-11-24 17:44:26.194161+00', NULL),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', '\x247bb4a3fa25124710ee5a41af39277bcd7367fb396eddfcbf71d44a1629fca0d16c69b4a0d95e71e61e5cfb0f073927e4ddfe9e2b728ef9a7b6e186', '2026-11-24 17:44:27.187605+00', NULL),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', '\x30e24a9776550e4be2cbb4f45b741a21bada8d8c7d43d7291eaaa9922138d22848956305279c8856f0e4098a8ce0764c1c3f25b9b0b5c08b5f7c57df', '2026-11-24 17:44:29.920203+00', NULL),
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', '\x73cb603f4a567516dba4a780970d5cd98c23ed22adf09c463a00c57dd12cd41e8454665ebe652f27206f915b9a39ac6bc7b2b3f7a2ec8b7e414c200b', '2026-11-24 17:44:32.42887+00', NULL),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', '\x1a26d6ed6d9acb13bda33618e153550376481f3df65da8d92ae3192e12a62aa8eee96aa64c3b56fd4bb5b00959de4b201f4f4c0e9ae1429b451cbad1', '2026-11-24 17:44:33.975019+00', NULL),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', '\xa7c8a8e1912b00cdb5f5db5387424c14de70162431b98dbd301cfc74d6484bc2854fb89a082168ff9a8c8bdce79e746f72bf1a68a7e01e094c1d1c8c', '2026-11-24 17:44:35.936733+00', NULL),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', '\xcef7a34d04e1b03736bd4908524a68e7bc98b820cea67f11fd639b586ecd56e9cad4bedb7c5cbd08c2c5329d7929289122fcac6747a9851216ee1de6', '2026-11-24 17:44:37.820017+00', NULL),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', '\x2668096b13debc68c24f8f6223057538161d95707af433085f1421cac267373378fc361f47ffffcc572ec9c03700285f5a4585c9f101565da1ee9f09', '2026-11-24 17:44:39.426482+00', NULL),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', '\xdb1e5537c008e83762d2f148a21394c5a01c7b79d4661a15582d544df5e8564e50695276d3217ee73f60506224ef9c3485d9e49f3e1ed4aa1cd42c33', '2026-11-24 17:44:39.468186+00', NULL),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', '\xaa6d28415a07c49ff384cca2c968103d6524e4113fb183757a6272d1e119a3593cb6e68e01f582a9772e7ee5fbc9164f1dcf2f95b5f66f1d86772950', '2026-11-24 17:44:40.114443+00', NULL),
	(24, '77296618-48e4-5f6f-8fdc-77d588d1478a', '\xfdc98b83bfb1d2c12d9206508aa3561edd9d2daaf7ed1c7c635b14f55b6ebbc311682dd42eee217d9a2c99e6fe6f8f620f8d217767a6b0f49941018d', '2026-11-24 17:44:42.735906+00', NULL);

INSERT INTO public.migrations VALUES
	(1, '0001_log.sql', '9e29c4a4b0442b198488b319fbcac3e276fb6e5ff6e9e8ce2dbf0475c8be88d8', '2026-11-24 17:44:08.85882+00'),
	(2, '0002_work.sql', '6a43fe391d02ed05944977a41ab3cefe8983b52197761b59bf41050a06f9995f', '2026-11-24 17:44:08.85882+00');

INSERT INTO public.owed VALUES
	(24, '77296618-48e4-5f6f-8fdc-77d588d1478a', '2026-11-24 17:44:42.732518+00', 'draft'),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', '2026-11-24 17:44:44.104557+00', 'draft'),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', '2026-11-24 17:44:44.169026+00', 'draft');

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
	(25, 10),
	(24, 7),
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
	(45, 9),
	(53, 9),
	(48, 3),
	(37, 16),
	(54, 0),
	(55, 0),
	(56, 0),
	(57, 0),
	(60, 0),
	(61, 0),
	(62, 0),
	(59, 10),
	(58, 8),
	(63, 13);

INSERT INTO public.projection_checkpoints VALUES
	('sessions', 1, 0, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 2, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 3, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 4, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 5, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 6, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 7, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 8, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 9, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 10, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 11, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 12, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 13, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 14, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 15, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 16, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 17, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 18, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 1, 3, 3, 0, '2026-11-24 17:44:38.844491+00'),
	('sessions', 1, 19, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 21, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 22, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 23, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 26, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 27, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 28, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 29, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 30, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 31, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 32, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 33, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 34, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 35, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 36, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 25, 10, 8, 2, '2026-11-24 17:44:43.320636+00'),
	('sessions', 1, 20, 11, 6, 5, '2026-11-24 17:44:29.217751+00'),
	('sessions', 1, 24, 7, 6, 1, '2026-11-24 17:44:43.952362+00'),
	('sessions', 1, 37, 16, 12, 4, '2026-11-24 17:44:45.539265+00'),
	('sessions', 1, 38, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 39, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 40, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 41, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 42, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 43, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 44, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 46, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 47, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 49, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 50, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 51, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 52, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 54, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 55, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 56, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 45, 9, 5, 4, '2026-11-24 17:44:31.157575+00'),
	('sessions', 1, 48, 3, 3, 0, '2026-11-24 17:44:35.04596+00'),
	('sessions', 1, 53, 9, 5, 4, '2026-11-24 17:44:35.659951+00'),
	('sessions', 1, 57, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 60, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 61, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 62, 0, 0, 0, '2026-11-24 17:44:09.015695+00'),
	('sessions', 1, 59, 10, 5, 5, '2026-11-24 17:44:39.446207+00'),
	('sessions', 1, 58, 8, 5, 3, '2026-11-24 17:44:33.303488+00'),
	('sessions', 1, 63, 13, 9, 4, '2026-11-24 17:44:45.228158+00');

INSERT INTO public.sessions_1 VALUES
	(53, '98193db5-7fe8-5d0c-911c-92e5cfe914de', 6, 'whatsapp', '209114835562013', 'conv_6b05cd004a2f20aaf3c64af775a8929405805975ed2f89d9', '[{"reason": "started", "bound_at": "2026-11-24T17:44:32.428507+00:00", "thread_id": "conv_6b05cd004a2f20aaf3c64af775a8929405805975ed2f89d9"}]', '2026-11-24 17:44:32.428507+00', 1, '2026-11-24 17:44:32+00', 1, '2026-11-24 17:44:32+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 2, 1, false),
	(24, '77296618-48e4-5f6f-8fdc-77d588d1478a', 7, 'whatsapp', '209114835562013', 'conv_6b05cd0a91eb79fa5d5f576cdeb8fc4c3328ad088ded3c96', '[{"reason": "started", "bound_at": "2026-11-24T17:44:42.732374+00:00", "thread_id": "conv_6b05cd0a91eb79fa5d5f576cdeb8fc4c3328ad088ded3c96"}]', '2026-11-24 17:44:42.732374+00', 1, '2026-11-24 17:44:42+00', 4, '2026-11-24 17:44:42+00', 4, 0, 0, 0, 0, NULL, '2026-11-24 17:44:42.732518+00', NULL, 'bot', 6, 1, false),
	(20, '1237bd54-212a-5b9b-b7ff-01d1d749211e', 11, 'whatsapp', '106540352242922', 'conv_6b05ccfad8f16adf91b7584a2265b1f5c386bbc4cd613e30', '[{"reason": "started", "bound_at": "2026-11-24T17:44:26.193226+00:00", "thread_id": "conv_6b05ccfad8f16adf91b7584a2265b1f5c386bbc4cd613e30"}]', '2026-11-24 17:44:26.193226+00', 1, '2026-11-24 17:44:25+00', 1, '2026-11-24 17:44:25+00', 1, 0, 1, 1, 0, NULL, NULL, NULL, 'bot', 3, 1, false),
	(45, 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 6, 'messenger', '1134713619900975', 'conv_6b05ccfb78e510617311d8a3c2ce6f44612e7696a6cecc1b', '[{"reason": "started", "bound_at": "2026-11-24T17:44:27.186890+00:00", "thread_id": "conv_6b05ccfb78e510617311d8a3c2ce6f44612e7696a6cecc1b"}]', '2026-11-24 17:44:27.18689+00', 1, '2026-11-24 17:44:27.155+00', 1, '2026-11-24 17:44:27.155+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 2, 1, false),
	(59, '3daf77fb-5130-5d2b-a065-e8672bd55129', 7, 'whatsapp', '106540352242922', 'conv_6b05cd033099fdf5ab99254ae901e35c48beab134da98f1d', '[{"reason": "started", "bound_at": "2026-11-24T17:44:35.936361+00:00", "thread_id": "conv_6b05cd033099fdf5ab99254ae901e35c48beab134da98f1d"}]', '2026-11-24 17:44:35.936361+00', 1, '2026-11-24 17:44:35+00', 1, '2026-11-24 17:44:35+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 3, 1, false),
	(58, 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 6, 'instagram', '17841400008460056', 'conv_6b05ccfd619699cfe1988ad9f06c144a37730edfafbd67f9', '[{"reason": "started", "bound_at": "2026-11-24T17:44:29.912537+00:00", "thread_id": "conv_6b05ccfd619699cfe1988ad9f06c144a37730edfafbd67f9"}]', '2026-11-24 17:44:29.912537+00', 1, '2026-11-24 17:44:29.851+00', 1, '2026-11-24 17:44:29.851+00', 1, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 2, 1, false),
	(1, 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 3, 'messenger', '1134713619900975', 'conv_6b05cd053e2434e37af027bc08d6af57cc22af58be6521cc', '[{"reason": "started", "bound_at": "2026-11-24T17:44:37.819643+00:00", "thread_id": "conv_6b05cd053e2434e37af027bc08d6af57cc22af58be6521cc"}]', '2026-11-24 17:44:37.819643+00', 1, '2026-11-16 11:56:27.735+00', 1, '2026-11-16 11:56:27.735+00', 1, 0, 0, 0, 1, 'window_closed', NULL, NULL, 'bot', 2, 1, false),
	(48, '393696b0-028c-57ea-8b3a-9d188625314a', 3, 'messenger', '404217156637689', 'conv_6b05cd014be03db0dc2574bdb94067edbe3edc0a1ef2a4f0', '[{"reason": "started", "bound_at": "2026-11-24T17:44:33.974581+00:00", "thread_id": "conv_6b05cd014be03db0dc2574bdb94067edbe3edc0a1ef2a4f0"}]', '2026-11-24 17:44:33.974581+00', 1, '2026-11-18 20:02:17.394+00', 1, '2026-11-18 20:02:17.394+00', 1, 0, 0, 0, 1, 'window_closed', NULL, NULL, 'bot', 2, 1, false),
	(25, '315f0119-04f4-5341-bcb8-57d25911f8b7', 9, 'instagram', '17841400008460056', 'conv_6b05cd08fbb230bbd92a4aa2b410d93c97dae38d9d643c25', '[{"reason": "started", "bound_at": "2026-11-24T17:44:40.114144+00:00", "thread_id": "conv_6b05cd08fbb230bbd92a4aa2b410d93c97dae38d9d643c25"}]', '2026-11-24 17:44:40.114144+00', 1, '2026-11-24 17:44:40.08+00', 4, '2026-11-24 17:44:40.291+00', 4, 0, 0, 1, 0, NULL, NULL, NULL, 'bot', 5, 1, false),
	(63, '8196043f-6cac-5a0c-9427-6281d32eebab', 13, 'messenger', '1134713619900975', 'conv_6b05cd075eda92d864ac5db9d707107ebb968a437d5c8dfc', '[{"reason": "started", "bound_at": "2026-11-24T17:44:39.467779+00:00", "thread_id": "conv_6b05cd075eda92d864ac5db9d707107ebb968a437d5c8dfc"}]', '2026-11-24 17:44:39.467779+00', 1, '2026-11-24 17:44:39.388+00', 4, '2026-11-24 17:44:44.14+00', 4, 0, 0, 1, 0, NULL, '2026-11-24 17:44:44.169026+00', NULL, 'bot', 12, 1, false),
	(37, '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 16, 'messenger', '1134713619900975', 'conv_6b05cd07705fca161622bd795fec898f82283d15a9ec0806', '[{"reason": "started", "bound_at": "2026-11-24T17:44:39.426175+00:00", "thread_id": "conv_6b05cd07705fca161622bd795fec898f82283d15a9ec0806"}]', '2026-11-24 17:44:39.426175+00', 1, '2026-11-24 17:44:39.363+00', 6, '2026-11-24 17:44:45.48+00', 6, 0, 1, 1, 0, NULL, '2026-11-24 17:44:44.104557+00', '2026-11-24 17:44:45.445086+00', 'bot', 16, 1, false);

INSERT INTO public.threads VALUES
	(20, '01a20ea8-b054-7ba6-af14-afef776a48c0', '1237bd54-212a-5b9b-b7ff-01d1d749211e', 'start', 'bound', 'conv_6b05ccfad8f16adf91b7584a2265b1f5c386bbc4cd613e30', '2026-11-24 17:44:25.940751+00', '2026-11-24 17:44:35.940751+00', '2026-11-24 17:44:26.194161+00', 0),
	(45, '01a20ea8-b51e-7a5f-b8d4-38377ed7b2fa', 'f5cab26d-3217-54c1-8357-a7cec72eeda6', 'start', 'bound', 'conv_6b05ccfb78e510617311d8a3c2ce6f44612e7696a6cecc1b', '2026-11-24 17:44:27.166667+00', '2026-11-24 17:44:37.166667+00', '2026-11-24 17:44:27.187605+00', 0),
	(58, '01a20ea8-bfb4-7077-81a0-99052a7ba1f2', 'caf4d43a-6d82-5c9a-8bf1-0b7827204fa8', 'start', 'bound', 'conv_6b05ccfd619699cfe1988ad9f06c144a37730edfafbd67f9', '2026-11-24 17:44:29.876048+00', '2026-11-24 17:44:39.876048+00', '2026-11-24 17:44:29.920203+00', 0),
	(53, '01a20ea8-c98e-77e1-908a-9fda292ec9df', '98193db5-7fe8-5d0c-911c-92e5cfe914de', 'start', 'bound', 'conv_6b05cd004a2f20aaf3c64af775a8929405805975ed2f89d9', '2026-11-24 17:44:32.39851+00', '2026-11-24 17:44:42.39851+00', '2026-11-24 17:44:32.42887+00', 0),
	(48, '01a20ea8-cf81-76ac-aec6-3aa7036b5de3', '393696b0-028c-57ea-8b3a-9d188625314a', 'start', 'bound', 'conv_6b05cd014be03db0dc2574bdb94067edbe3edc0a1ef2a4f0', '2026-11-24 17:44:33.921439+00', '2026-11-24 17:44:43.921439+00', '2026-11-24 17:44:33.975019+00', 0),
	(59, '01a20ea8-d73d-72c7-836f-4604d50d33f9', '3daf77fb-5130-5d2b-a065-e8672bd55129', 'start', 'bound', 'conv_6b05cd033099fdf5ab99254ae901e35c48beab134da98f1d', '2026-11-24 17:44:35.901193+00', '2026-11-24 17:44:45.901193+00', '2026-11-24 17:44:35.936733+00', 0),
	(1, '01a20ea8-dea4-746c-9a5a-b91d2d5bfe2b', 'd7b2b301-10b3-5c48-a572-9be12cbf6257', 'start', 'bound', 'conv_6b05cd053e2434e37af027bc08d6af57cc22af58be6521cc', '2026-11-24 17:44:37.796294+00', '2026-11-24 17:44:47.796294+00', '2026-11-24 17:44:37.820017+00', 0),
	(37, '01a20ea8-e4ec-7996-a522-854d324f3f1c', '552b7ee5-07d7-5a3a-80f2-1d018262ad38', 'start', 'bound', 'conv_6b05cd07705fca161622bd795fec898f82283d15a9ec0806', '2026-11-24 17:44:39.404616+00', '2026-11-24 17:44:49.404616+00', '2026-11-24 17:44:39.426482+00', 0),
	(63, '01a20ea8-e515-7873-9c97-2338b1e8598d', '8196043f-6cac-5a0c-9427-6281d32eebab', 'start', 'bound', 'conv_6b05cd075eda92d864ac5db9d707107ebb968a437d5c8dfc', '2026-11-24 17:44:39.445542+00', '2026-11-24 17:44:49.445542+00', '2026-11-24 17:44:39.468186+00', 0),
	(25, '01a20ea8-e79a-70de-bda1-46b5ce04704b', '315f0119-04f4-5341-bcb8-57d25911f8b7', 'start', 'bound', 'conv_6b05cd08fbb230bbd92a4aa2b410d93c97dae38d9d643c25', '2026-11-24 17:44:40.09007+00', '2026-11-24 17:44:50.09007+00', '2026-11-24 17:44:40.114443+00', 0),
	(24, '01a20ea8-f1ca-7d3b-8109-c405c589e6fa', '77296618-48e4-5f6f-8fdc-77d588d1478a', 'start', 'bound', 'conv_6b05cd0a91eb79fa5d5f576cdeb8fc4c3328ad088ded3c96', '2026-11-24 17:44:42.698848+00', '2026-11-24 17:44:52.698848+00', '2026-11-24 17:44:42.735906+00', 0),
	(10, '01a20ea8-fce0-7e3a-a7e1-5d8b87033bae', 'b7dc3d4a-8d69-5fee-b364-a3d79e3b9284', 'start', 'asked', NULL, '2026-11-24 17:44:45.536907+00', '2026-11-24 17:44:55.536907+00', '2026-11-24 17:44:45.536907+00', 0);

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
    ADD CONSTRAINT projection_checkpoints_pkey PRIMARY KEY (projection, version, partition);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (partition, id);

ALTER TABLE ONLY public.sessions_1
    ADD CONSTRAINT sessions_1_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (partition, conversation_id);

ALTER TABLE ONLY public.threads
    ADD CONSTRAINT threads_pkey PRIMARY KEY (partition, attempt_id);

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (worker_id);

CREATE UNIQUE INDEX events_message ON public.events USING btree (partition, conversation_id, message_key) WHERE (message_key IS NOT NULL);

CREATE UNIQUE INDEX events_version ON public.events USING btree (partition, conversation_id, version);

CREATE INDEX sessions_1_activity ON public.sessions_1 USING btree (last_activity, conversation_id);

CREATE INDEX sessions_1_begun ON public.sessions_1 USING btree (conversation_started, conversation_id);

CREATE INDEX threads_conversation ON public.threads USING btree (partition, conversation_id);

CREATE INDEX threads_unsettled ON public.threads USING btree (partition, changed_at) WHERE (state = ANY (ARRAY['asked'::text, 'created'::text, 'deleting'::text]));
