import type { Instant } from '@restante/sip';
import type { MessageDescription } from '../../participating-function/deferred/deferred-message.ts';
import { acceptedWords } from '../ledger-words.ts';
import type { LedgerWords } from '../ledger-words.ts';
import { integer, text } from './rows.ts';
import type { Row } from './rows.ts';

/** The first entry of a message's story, from its row: accepted_at, expires_at and description. */
export function acceptedEntry(row: Row): { readonly at: Instant; readonly words: LedgerWords } {
  const description: Pick<MessageDescription, 'size' | 'sender'> = JSON.parse(text(row, 'description'));
  const words = acceptedWords({ ...description, expiresAt: integer(row, 'expires_at') });
  return { at: integer(row, 'accepted_at'), words };
}
