import { describe, expect, test } from 'vitest';
import type { Answer, Life, Naming, Report, SentMessage } from './journal.ts';
import { judge } from './verdict.ts';

const lives: readonly Life[] = [
  { number: 0, endedAt: 1000, confirmedAfter: 900 },
  { number: 1, endedAt: 2000, confirmedAfter: 1900 },
  { number: 2, endedAt: 9000, confirmedAfter: 8900 },
];

function message(parts: Partial<SentMessage> = {}): SentMessage {
  return {
    id: 'm',
    sentAt: 100,
    expiresMilliseconds: undefined,
    wanted: true,
    answers: [{ status: 202, at: 120 }],
    arrivals: [],
    namings: [],
    reports: [],
    ownReport: undefined,
    listed: undefined,
    ...parts,
  };
}

const taken = (life: number, at: number, transport: 'UDP' | 'TCP' = 'UDP'): Answer => ({
  life,
  at,
  transport,
  taken: true,
});
const refused = (life: number, at: number): Answer => ({ ...taken(life, at), taken: false });
const failed = (life: number, at: number, imdnMessageId = 'r'): Report => ({
  ...taken(life, at),
  kind: 'failed',
  imdnMessageId,
});
const named = (status: number | undefined, alone = true): Naming => ({
  action: 'delete',
  alone,
  askedAt: 300,
  status,
  answeredAt: 310,
});

function verdict(parts: Partial<SentMessage>, waits = false) {
  return judge(message(parts), lives, { at: 9000, waiting: new Set(waits ? ['m'] : []) });
}

describe('D-5: what is promised by 2xx is kept', () => {
  test.each<[string, Partial<SentMessage>, boolean]>([
    ['it waits', {}, true],
    ['it is delivered', { arrivals: [refused(0, 200), taken(0, 300)] }, false],
    ['it expires', { expiresMilliseconds: 1000, reports: [failed(1, 1500)] }, false],
    ['it is deleted', { namings: [named(200)], reports: [failed(0, 400)] }, false],
    [
      'nobody knows of the answer to its deletion',
      { namings: [named(undefined)], reports: [failed(0, 400)] },
      false,
    ],
    ['no answer came to its sender', { answers: [] }, false],
  ])('%s', (_, parts, waits) => {
    expect(verdict(parts, waits).faults).toEqual([]);
  });

  test.each<[string, Partial<SentMessage>, boolean, RegExp]>([
    ['nothing is left of it', {}, false, /no report of its end/],
    ['nothing is left, no report was asked for', { wanted: false }, false, /lost/],
    ['200 without a device', { answers: [{ status: 200, at: 120 }] }, true, /no device had it/],
    ['an answer nobody expects', { answers: [{ status: 500, at: 120 }] }, true, /answered 500/],
    [
      'its deletion was refused',
      { namings: [named(488)], reports: [failed(0, 400)] },
      false,
      /neither deleted/,
    ],
    ['too early', { expiresMilliseconds: 2000, reports: [failed(1, 1500)] }, false, /nor over/],
    ['deleted, and it waits', { namings: [named(200)] }, true, /and it waits/],
    ['deleted, and it came', { namings: [named(200)], arrivals: [taken(0, 500)] }, false, /and it came/],
    ['it expired long ago', { expiresMilliseconds: 1000 }, true, /expired long ago/],
  ])('a fault: %s', (_, parts, waits, fault) => {
    expect(verdict(parts, waits).faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  });
});

describe('D-10: twice only where a kill has undone the first time', () => {
  test('the kill came before a later commit was confirmed', () => {
    expect(verdict({ arrivals: [taken(0, 950), taken(1, 1500)] })).toEqual({ faults: [], excused: [50] });
  });

  test.each<[string, Partial<SentMessage>]>([
    ['a later commit was confirmed before the kill', { arrivals: [taken(0, 890), taken(1, 1500)] }],
    ['over TCP, a later commit was confirmed', { arrivals: [taken(0, 870, 'TCP'), taken(1, 1500)] }],
    ['in one life', { arrivals: [taken(1, 1500), taken(1, 1600)] }],
    [
      'and reported as failed',
      { namings: [named(200)], arrivals: [taken(0, 200)], reports: [failed(1, 1500)] },
    ],
    ['and listed again', { arrivals: [taken(0, 500)], listed: { life: 1, uri: 'sip:m@example.com' } }],
    ['a report again', { namings: [named(200)], reports: [failed(0, 400), failed(1, 1500)] }],
  ])('a fault: %s', (_, parts) => {
    const { faults } = verdict(parts);
    expect(faults).toEqual([expect.stringMatching(/taken in life/)]);
  });

  test('a fault: it waits after it was delivered', () => {
    expect(verdict({ arrivals: [taken(0, 500)] }, true).faults).toEqual([
      expect.stringMatching(/still waits/),
    ]);
  });
});

describe('PF-21: reports are true, and of one Message-ID', () => {
  const deleted = { namings: [named(200)] };

  test.each<[string, Partial<SentMessage>, RegExp]>([
    [
      'two Message-IDs',
      { ...deleted, reports: [failed(0, 990), failed(1, 1500, 's')] },
      /2 imdn.Message-IDs/,
    ],
    ['nobody asked', { ...deleted, wanted: false, reports: [failed(0, 400)] }, /nobody had asked/],
    [
      'delivered, and no device said so',
      { reports: [{ ...failed(0, 400), kind: 'delivered' }] },
      /has not said/,
    ],
    [
      'another kind',
      { ...deleted, reports: [failed(0, 400), { ...failed(0, 500), kind: 'error' }] },
      /as error/,
    ],
    [
      'and then delivered',
      { ...deleted, reports: [failed(0, 400)], arrivals: [taken(1, 1500)] },
      /then delivered/,
    ],
  ])('a fault: %s', (_, parts, fault) => {
    expect(verdict(parts).faults).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  });
});
