import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dnsNameService } from '../../src/transport/dns-name-service.ts';

/** A name server that knows one answer section for each type, and that a name does not exist. */
async function nameServer(
  answers: ReadonlyMap<number, Uint8Array>,
): Promise<{ socket: Socket; questions: string[] }> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (query, { address, port }) => {
    const end = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(end - 4);
    const name = query.toString('latin1', 12, end - 4);
    questions.push(`${type} ${name.replaceAll(/[^\w-]/g, '.')}`);
    const answer = name.includes('absent') ? undefined : answers.get(type);
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(name.includes('broken') ? 0x8182 : name.includes('absent') ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(answer ? 1 : 0, 6);
    header.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([header, query.subarray(12, end), answer ?? new Uint8Array(0)]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, questions };
}

/** A resource record about the name asked for, good for a minute. */
function record(type: number, data: Uint8Array): Uint8Array {
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
  return Buffer.concat([head, data]);
}

function text(value: string): Uint8Array {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
}

function domain(name: string): Uint8Array {
  return Buffer.concat([...name.split('.').map(text), Buffer.from([0])]);
}

const naptr = Buffer.concat([
  Buffer.from([0, 10, 0, 20]),
  text('s'),
  text('SIP+D2T'),
  text(''),
  domain('_sip._tcp.example.com'),
]);
const srv = Buffer.concat([Buffer.from([0, 1, 0, 2, 0x13, 0xc4]), domain('pf.example.com')]);
const answers = new Map([
  [35, record(35, naptr)],
  [33, record(33, srv)],
]);

test('RFC 3263 4.1: NAPTR and SRV records come as the servers give them, and once while they are fresh', async () => {
  const { socket, questions } = await nameServer(answers);
  const names = dnsNameService({ servers: [`127.0.0.1:${socket.address().port}`] });
  const [first] = await names.naptr('example.com');
  assert.deepEqual(
    { ...first },
    {
      order: 10,
      preference: 20,
      flags: 's',
      service: 'SIP+D2T',
      regexp: '',
      replacement: '_sip._tcp.example.com',
      ...(first && 'type' in first && { type: first.type }),
    },
  );
  const [service] = await names.srv('_sip._tcp.example.com');
  assert.equal(service?.name, 'pf.example.com');
  assert.equal(service?.port, 5060);
  await names.naptr('example.com');
  assert.equal(questions.length, 2);
  socket.close();
});

test('RFC 3263 4.1: a name that does not exist is an empty list, a failing server an error that is asked again', async () => {
  const { socket, questions } = await nameServer(new Map());
  const names = dnsNameService({ servers: [`127.0.0.1:${socket.address().port}`], timeoutMs: 500 });
  assert.deepEqual(await names.naptr('absent.example.com'), []);
  assert.deepEqual(await names.srv('_sip._udp.absent.example.com'), []);
  assert.deepEqual(await names.naptr('nodata.example.com'), []);
  await expect(names.naptr('broken.example.com')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  const before = questions.length;
  await expect(names.naptr('broken.example.com')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  assert(questions.length > before);
  socket.close();
});

test('numeric hosts are their own address and are not asked for', async () => {
  const names = dnsNameService({ servers: ['127.0.0.1:9'] });
  assert.deepEqual(await names.addresses('192.0.2.7'), [{ address: '192.0.2.7', family: 4 }]);
  assert.deepEqual(await names.addresses('2001:db8::7'), [{ address: '2001:db8::7', family: 6 }]);
  assert.deepEqual(await names.naptr('192.0.2.7'), []);
  assert.deepEqual(await names.srv('2001:db8::7'), []);
});

test('names of the hosts file have addresses, and neither they nor their services are asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hosts-'));
  const hostsFile = join(folder, 'hosts');
  await writeFile(hostsFile, '# us\n127.0.0.1  PF.example.com pf # the server\n');
  const names = dnsNameService({ servers: ['127.0.0.1:9'], hostsFile });
  assert.deepEqual(await names.naptr('pf.example.com'), []);
  assert.deepEqual(await names.srv('_sips._tcp.pf.example.com'), []);
  assert.deepEqual(await names.naptr('localhost'), []);
  const found = await names.addresses('localhost');
  assert(found.some(({ address }) => address === '127.0.0.1' || address === '::1'));
  await rm(folder, { recursive: true });
});
