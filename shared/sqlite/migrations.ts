import type { DatabaseSync } from 'node:sqlite'

/**
 * Append only: a file made by any earlier version is brought forward by those it has not seen, each in one transaction (H113).
 * The queue is the index `task_queue`; a waiting row stands in it at its run time, a running one at the end of its lease.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE task (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    run INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    attemptsLeft INTEGER NOT NULL,
    maxAttempts INTEGER NOT NULL,
    runAt INTEGER NOT NULL,
    wakeAt INTEGER,
    createdAt INTEGER NOT NULL,
    startedAt INTEGER,
    finishedAt INTEGER,
    expiresAt INTEGER,
    cancelRequestedAt INTEGER,
    version INTEGER NOT NULL,
    schemaVersion INTEGER NOT NULL,
    title TEXT,
    description TEXT,
    tags TEXT,
    payload TEXT,
    payloadAt TEXT,
    fingerprint TEXT,
    policy TEXT,
    progress TEXT,
    result TEXT,
    resultAt TEXT,
    lastError TEXT,
    history TEXT NOT NULL,
    scheduleId TEXT,
    traceparent TEXT,
    leaseToken TEXT,
    heldBy TEXT
  ) STRICT;
  CREATE INDEX task_queue ON task (priority, name, wakeAt) WHERE wakeAt IS NOT NULL;
  CREATE INDEX task_owner ON task (owner, createdAt);
  CREATE INDEX task_dead ON task (finishedAt) WHERE state = 'DEAD';
  CREATE TABLE blob (task TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (task, key)) STRICT;
  CREATE TABLE log (seq INTEGER PRIMARY KEY, task TEXT NOT NULL, line TEXT NOT NULL) STRICT;
  CREATE INDEX log_task ON log (task);
  CREATE TABLE counter (name TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (name, state)) STRICT, WITHOUT ROWID;
  CREATE TABLE ended (minute INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (minute, name, state)) STRICT, WITHOUT ROWID;
  CREATE TABLE pause (selector TEXT PRIMARY KEY, pause TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE epoch (one INTEGER PRIMARY KEY CHECK (one = 1), file TEXT NOT NULL, starts INTEGER NOT NULL, commits INTEGER NOT NULL) STRICT;
  `,
  `
  CREATE TABLE record (
    partition TEXT NOT NULL,
    sort TEXT NOT NULL,
    version INTEGER NOT NULL,
    value TEXT NOT NULL,
    expiresAt INTEGER,
    PRIMARY KEY (partition, sort)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX record_expiry ON record (expiresAt) WHERE expiresAt IS NOT NULL;
  CREATE TABLE bucket (key TEXT PRIMARY KEY, fullAt INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  'ALTER TABLE task ADD COLUMN scheduledFor INTEGER',
]

export const FILE_VERSION = migrations.length

/**
 * Brings a file to this version.
 * @returns the version it had
 * @throws Error when the file is newer than this program
 */
export function migrate(db: DatabaseSync): number {
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (found > FILE_VERSION) throw new NewerFile(found)
  for (const [index, migration] of migrations.entries()) {
    if (index < found) continue
    db.exec(`BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
  return found
}

export class NewerFile extends Error {
  constructor(version: number) {
    super(`it was written by a newer version of Pulse (file version ${version}, this program knows ${FILE_VERSION})`)
  }
}
