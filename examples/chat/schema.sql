-- Messages are kept; who is typing is forgotten after three seconds.
CREATE TABLE IF NOT EXISTS message (
    id     bigint PRIMARY KEY DEFAULT snowflake_id(),
    room   text NOT NULL,
    author text NOT NULL,
    body   text NOT NULL CHECK (body <> ''),
    sent   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS message_room ON message (room, id);
CREATE STREAM TABLE IF NOT EXISTS typing (room text, author text) WITH (ttl = '3s', max_rows = 10000);
