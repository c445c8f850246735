import type { DatabaseSync } from 'node:sqlite';
import { text } from '../rows.ts';
import type { Row } from '../rows.ts';

export interface AccountRow {
  readonly user: string;
  readonly username: string;
  readonly realm: string;
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

function accountRow(row: Row): AccountRow {
  return {
    user: text(row, 'user'),
    username: text(row, 'username'),
    realm: text(row, 'realm'),
    ha1Md5: text(row, 'ha1_md5'),
    ha1Sha256: text(row, 'ha1_sha256'),
  };
}

export function accountOperations(db: DatabaseSync) {
  const find = db.prepare('SELECT * FROM account WHERE username = ? AND realm = ?');
  const known = db.prepare('SELECT 1 FROM account WHERE user = ? LIMIT 1');
  const put = db.prepare(
    'INSERT OR REPLACE INTO account (username, realm, user, ha1_md5, ha1_sha256) VALUES (?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM account WHERE user = ?');
  const list = db.prepare('SELECT * FROM account ORDER BY user, username, realm');

  return {
    findAccount(username: string, realm: string): AccountRow | undefined {
      const row = find.get(username, realm);
      return row && accountRow(row);
    },
    knowsAccount(user: string): boolean {
      return known.get(user) !== undefined;
    },
    putAccount({ username, realm, user, ha1Md5, ha1Sha256 }: AccountRow): void {
      put.run(username, realm, user, ha1Md5, ha1Sha256);
    },
    removeAccount(user: string): boolean {
      return remove.run(user).changes !== 0;
    },
    listAccounts(): readonly AccountRow[] {
      return list.all().map(accountRow);
    },
  };
}
