CREATE TABLE account (
  username TEXT NOT NULL,
  realm TEXT NOT NULL,
  user TEXT NOT NULL,
  ha1_md5 TEXT NOT NULL,
  ha1_sha256 TEXT NOT NULL,
  PRIMARY KEY (username, realm)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
  message INTEGER PRIMARY KEY,
  pull INTEGER NOT NULL,
  action TEXT NOT NULL
) STRICT;

CREATE TABLE ended (
  user_key INTEGER NOT NULL,
  identity_key INTEGER NOT NULL,
  message TEXT NOT NULL,
  outcome TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_key, identity_key, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  message TEXT NOT NULL,
  entry INTEGER NOT NULL,
  at INTEGER NOT NULL,
  user TEXT NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (message, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE "message" (
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

CREATE TABLE migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

CREATE TABLE notice (
  user_key INTEGER NOT NULL,
  at INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (user_key, at, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message TEXT NOT NULL,
  status TEXT NOT NULL,
  sender TEXT NOT NULL,
  notification TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  owed_since INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  UNIQUE (message, status)
) STRICT;

CREATE TABLE pull (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  device TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE registration (
  user TEXT PRIMARY KEY,
  bindings TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE tally (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE told (
  user_key INTEGER NOT NULL,
  target TEXT NOT NULL,
  up_to INTEGER NOT NULL,
  PRIMARY KEY (user_key, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiting (
  user_key INTEGER NOT NULL,
  identity_key INTEGER NOT NULL,
  message INTEGER NOT NULL,
  PRIMARY KEY (user_key, identity_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_user ON account (user);

CREATE INDEX claim_pull ON claim (pull);

CREATE INDEX ended_at ON ended (at);

CREATE INDEX message_deadline ON message (warned, expires_at);

CREATE INDEX outbox_due ON outbox (due_at);

CREATE INDEX outbox_sender ON outbox (sender);

CREATE INDEX pull_at ON pull (at);
