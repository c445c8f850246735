import { expect, test } from 'vitest';
import { routes } from '../src/protocol/readers.ts';
import { route } from '../src/route-set.ts';
import { aRequest } from './support.ts';

const routed = (
  uri: string,
  ...rows: readonly string[]
): { uri: string; nextHop: string; routes: readonly string[] } => {
  const { request, nextHop } = route(
    aRequest(
      'MESSAGE',
      uri,
      rows.map((row) => ['Route', row] as const),
    ),
  );
  return { uri: request.uri, nextHop, routes: routes(request).map((address) => address.uri) };
};

const target = 'sip:bob@b.example;user=phone';

test('RFC 3261 8.1.2: without a Route the Request-URI is the next hop', () =>
  expect(routed(target)).toEqual({ uri: target, nextHop: target, routes: [] }));

test('RFC 3261 12.2.1.1: a loose router is the next hop, and nothing is changed', () =>
  expect(routed(target, '<sip:p1.example;lr>, <sip:p2.example>')).toEqual({
    uri: target,
    nextHop: 'sip:p1.example;lr',
    routes: ['sip:p1.example;lr', 'sip:p2.example'],
  }));

test('RFC 3261 12.2.1.1: a strict router becomes the Request-URI, the target goes to the end', () =>
  expect(routed(target, '<sip:p1.example;method=INVITE?Subject=x>', '<sip:p2.example;lr>')).toEqual({
    uri: 'sip:p1.example',
    nextHop: 'sip:p1.example',
    routes: ['sip:p2.example;lr', target],
  }));

test('RFC 3261 12.2.1.1: with a strict router alone the target is the only Route', () =>
  expect(routed(target, '<sip:p1.example>')).toEqual({
    uri: 'sip:p1.example',
    nextHop: 'sip:p1.example',
    routes: [target],
  }));

test('a tel target goes to the first Route', () =>
  expect(routed('tel:+15550100', '<sip:p1.example;lr>').nextHop).toBe('sip:p1.example;lr'));
