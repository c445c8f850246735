import type { Outcome } from '../../participating-function/deferred/deferred-message.ts';

const outcomes: Readonly<Record<Outcome, true>> = {
  delivered: true,
  'delivered-late': true,
  deleted: true,
  expired: true,
  withdrawn: true,
};

function isOutcome(text: string): text is Outcome {
  return Object.hasOwn(outcomes, text);
}

/** Reads an outcome back from its column. */
export function outcomeOf(text: string): Outcome {
  if (!isOutcome(text)) throw new TypeError(`column outcome holds ${text}`);
  return text;
}
