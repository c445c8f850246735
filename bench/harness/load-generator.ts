// node load-generator.ts TARGET: reads a load as a JSON line, runs it, prints its report as a JSON line; and so on.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Load, LoadTarget } from './load.ts';
import { messageTemplate } from './load-message.ts';
import { LoadRun } from './load-run.ts';
import { openWires } from './load-wire.ts';

const target: LoadTarget = JSON.parse(process.argv[2] ?? '{}');
let current: LoadRun | undefined;
const wires = await openWires(target, (bytes, start, end) => current?.received(bytes, start, end));
const run = randomBytes(4).toString('hex');
const lanes = wires.map((wire) => {
  const { localPort } = wire;
  const { transport, domain } = target;
  return { wire, template: messageTemplate({ transport, domain, localPort, run }) };
});
console.log(JSON.stringify({ ready: true }));

let firstNumber = target.firstNumber ?? 0;
for await (const line of createInterface({ input: process.stdin })) {
  const load: Load = JSON.parse(line);
  const reliable = target.transport !== 'udp';
  const messagesPerRecipient = target.messagesPerRecipient ?? 1;
  current = new LoadRun({ lanes, reliable, load, firstNumber, messagesPerRecipient });
  firstNumber += load.messages;
  console.log(JSON.stringify(await current.run()));
}
for (const wire of wires) wire.close();
