import type { TimerName } from './timers.ts';

/** All that a transaction table may ask for; transaction-layer.ts performs it. */
export type Effect =
  | 'send-request'
  | 'send-ack'
  | 'send-response'
  | 'send-trying'
  | 'pass-response'
  | 'pass-ack'
  | 'inform-timeout'
  | 'inform-transport-error'
  | 'stop-timers'
  | `start-timer-${TimerName}`;

/** A state and what follows from entering it. */
export type Row<State extends string> = readonly [State, ...Effect[]];

/** A machine: for each state, what each event leads to. An event that is not named is absorbed. */
export type Table<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, Row<State>>>>>
>;
