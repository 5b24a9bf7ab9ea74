-- Who was erased, and what the provider still keeps of them.

CREATE TABLE erasures (
    partition       smallint    NOT NULL,
    conversation_id uuid        NOT NULL,
    certificate_id  uuid        NOT NULL,
    erased_at       timestamptz NOT NULL,
    PRIMARY KEY (partition, conversation_id)
);
CREATE INDEX erasures_recent ON erasures (erased_at);
COMMENT ON TABLE erasures IS
    'Conversations whose key is destroyed, so that processes drop their copies. The certificate itself is the event ConversationErased.';

CREATE TABLE doomed_responses (
    partition       smallint    NOT NULL,
    response_id     text        NOT NULL,
    conversation_id uuid        NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    changed_at      timestamptz NOT NULL,
    PRIMARY KEY (partition, response_id)
);
COMMENT ON TABLE doomed_responses IS
    'Answers to erased people that the provider keeps beside their thread. A row goes once the provider has it no more.';
