import type { PullAction } from '@restante/cpm';

const actions: Readonly<Record<PullAction, true>> = {
  deliver: true,
  delete: true,
  interwork: true,
  store: true,
};

function isPullAction(text: string): text is PullAction {
  return Object.hasOwn(actions, text);
}

/** Reads an action back from its column. */
export function actionOf(text: string): PullAction {
  if (!isPullAction(text)) throw new TypeError(`column action holds ${text}`);
  return text;
}
