/**
 * What a deferral writes is as little as can be. Keys named `…_key` are the first 52 bits of the SHA-256, which
 * JavaScript holds as numbers. Sequence numbers come from `tally`, so that SQLite keeps no table of its own for them.
 * Header fields are lines as SIP writes them. That a message was accepted stands in its row; the ledger has it from its end on.
 */
export const sql = `
CREATE TABLE lean_message (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user TEXT NOT NULL,
  user_key INTEGER NOT NULL,
  identity_key INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  warned INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  description TEXT NOT NULL,
  headers TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
INSERT INTO lean_message
  SELECT sequence, id, user, user_key >> 8, identity_key >> 8, accepted_at, expires_at, warned, attempts, description,
    (SELECT group_concat((value ->> 0) || ': ' || (value ->> 1), char(10)) FROM json_each(headers)), body
  FROM message;
INSERT INTO tally (name, value)
  SELECT 'sequence', coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0);
DROP TABLE message;
ALTER TABLE lean_message RENAME TO message;
CREATE INDEX message_deadline ON message (warned, expires_at);

UPDATE waiting SET user_key = user_key >> 8, identity_key = identity_key >> 8;
UPDATE ended SET user_key = user_key >> 8, identity_key = identity_key >> 8;
UPDATE notice SET user_key = user_key >> 8;
UPDATE told SET user_key = user_key >> 8;
`;
