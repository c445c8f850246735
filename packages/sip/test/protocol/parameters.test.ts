import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ParameterBuilder } from '../../src/protocol/parameters.ts';

const names = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split(''));
const values = fc.oneof(fc.string({ maxLength: 3 }), fc.constant(true as const));

test('RFC 3261 7.3.1: any number of parameters is a map of them, and the first of a name counts', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values), { maxLength: 60 }), (entries) => {
      const builder = new ParameterBuilder();
      const expected = new Map<string, string | true>();
      for (const [name, value] of entries) {
        builder.add(name, value);
        if (!expected.has(name)) expected.set(name, value);
      }
      const read = builder.finish();
      expect([...read]).toEqual([...expected]);
      expect([[...read.keys()], [...read.values()], [...read.entries()], read.size]).toEqual([
        [...expected.keys()],
        [...expected.values()],
        [...expected.entries()],
        expected.size,
      ]);
      const visited: unknown[] = [];
      read.forEach((value, name, all) => visited.push([name, value, all === read]));
      expect(visited).toEqual([...expected].map(([name, value]) => [name, value, true]));
      for (const name of 'axyz')
        expect([read.get(name), read.has(name)]).toEqual([expected.get(name), expected.has(name)]);
    }),
  );
});
