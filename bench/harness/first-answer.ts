import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';

/** How often the question is asked while nobody listens yet. */
const betweenMilliseconds = 1;
const patienceMilliseconds = 30_000;

/** Milliseconds from the start of a process until it has answered. */
export interface FirstAnswer {
  readonly milliseconds: number;
  readonly status: number;
}

export type Question = (port: number, number: number) => string;

/** Starts Node with these words, asks over UDP again and again, and ends the process after its first final answer. */
export async function firstAnswer(
  words: readonly string[],
  port: number,
  question: Question,
  environment: Readonly<Record<string, string>> = {},
): Promise<FirstAnswer> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const started = performance.now();
  const child = spawn(process.execPath, words, {
    stdio: 'ignore',
    env: { ...process.env, ...environment },
  });
  const ended = once(child, 'exit');
  try {
    const status = await answerTo(socket, port, question, ended);
    return { milliseconds: performance.now() - started, status };
  } finally {
    socket.close();
    child.kill('SIGTERM');
    await ended;
  }
}

function answerTo(
  socket: Socket,
  port: number,
  question: Question,
  ended: Promise<unknown>,
): Promise<number> {
  const own = socket.address().port;
  let number = 0;
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      clearInterval(asking);
      clearTimeout(patience);
      settle();
    };
    const asking = setInterval(
      () => socket.send(question(own, (number += 1)), port, '127.0.0.1'),
      betweenMilliseconds,
    );
    const patience = setTimeout(() => done(() => reject(new Error('no answer'))), patienceMilliseconds);
    socket.on('message', (answer) => {
      const status = Number(answer.toString('latin1', 8, 11));
      if (status >= 200) done(() => resolve(status));
    });
    void ended.then(() => done(() => reject(new Error('the process ended without an answer'))));
  });
}

/** Asks whether anybody is there. */
export function optionsRequest(port: number, number: number): string {
  return request(`OPTIONS sip:example.com SIP/2.0`, 'sip:example.com', port, number, []);
}

/** A message to be deferred, always the same one: its 202 says that it is on the disk. */
export function messageRequest(port: number): string {
  const body = [
    'From: <sip:writer@example.com>',
    'To: <sip:reader@example.com>',
    'NS: imdn <urn:ietf:params:imdn>',
    `imdn.Message-ID: first${port}`,
    '',
    'Content-Type: text/plain',
    '',
    'Are you there?',
  ].join('\r\n');
  const headers = [
    'P-Asserted-Identity: <sip:writer@example.com>',
    'Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.msg"',
    'Content-Type: message/cpim',
  ];
  return request('MESSAGE sip:reader@example.com SIP/2.0', 'sip:reader@example.com', port, 0, headers, body);
}

function request(
  line: string,
  to: string,
  port: number,
  number: number,
  headers: readonly string[],
  body = '',
): string {
  return [
    line,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bKf${port}x${number}`,
    'Max-Forwards: 70',
    `From: <sip:writer@example.com>;tag=f${number}`,
    `To: <${to}>`,
    `Call-ID: f${port}x${number}@127.0.0.1`,
    `CSeq: 1 ${line.slice(0, line.indexOf(' '))}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
