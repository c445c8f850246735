import { expect, test } from 'vitest';
import { closing, Opened } from '../src/closing.ts';

function resource(name: string, log: string[], fails = false): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      log.push(name);
      if (fails) throw new Error(`${name} does not close`);
    },
  };
}

test('a resource is closed after the act, also where the act fails', async () => {
  const log: string[] = [];
  expect(await closing(resource('a', log), async () => log.push('act'))).toBe(1);
  const failing = closing(resource('b', log), async () => {
    throw new Error('act fails');
  });
  await expect(failing).rejects.toThrow('act fails');
  expect(log).toEqual(['act', 'a', 'b']);
});

test('what was opened is closed once, in reverse order, and one failure stops nothing', async () => {
  const log: string[] = [];
  const opened = new Opened();
  opened.use(resource('store', log));
  opened.use(resource('core', log, true));
  opened.defer(() => log.push('drain'));
  await expect(opened.close()).rejects.toThrow('core does not close');
  await expect(opened[Symbol.asyncDispose]()).rejects.toThrow('core does not close');
  expect(log).toEqual(['drain', 'core', 'store']);
});
