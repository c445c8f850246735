import { openCpmClient } from '@restante/client/node';
import type { CpmClient, PullAction, WaitingMessageInfo } from '@restante/client/node';
import { closing } from '../../closing.ts';
import type { RunningServer } from '../../server.ts';
import { serverUri } from '../server-uri.ts';
import { sized } from '../words.ts';
import type { Recorder } from './recorder.ts';
import type { Stage } from './stage.ts';

export const demoDomain = 'example.com';
export const demoManagementUri = 'sip:x7k2p9@example.com';

const letters = [
  { subject: 'Lunch at noon?', text: 'At the harbour.' },
  { subject: 'The old joke', text: 'A parrot walks into a bar.' },
  { subject: 'Monday minutes', text: 'All agreed.' },
] as const;
const longestWaitMilliseconds = 30_000;

export interface Play {
  readonly server: RunningServer;
  readonly stage: Stage;
  readonly recorder: Pick<Recorder, 'quiet' | 'stop'>;
}

/** The whole pull, played by two clients on real sockets. */
export async function playDemo(play: Play): Promise<void> {
  await closing(await client('alice', play.server), async (alice) =>
    closing(await client('bob', play.server), (bob) => perform(alice, bob, play)),
  );
}

async function perform(alice: CpmClient, bob: CpmClient, { stage, recorder }: Play): Promise<void> {
  const signal = AbortSignal.timeout(longestWaitMilliseconds);
  const reports = alice.dispositions({ signal })[Symbol.asyncIterator]();
  const notices = bob.deferredNotifications({ signal })[Symbol.asyncIterator]();
  const inbox = bob.messages({ signal })[Symbol.asyncIterator]();
  const step = async (text: string): Promise<void> => {
    await recorder.quiet();
    await stage.step(text);
  };

  await stage.open();
  await step('1  bob is away; alice writes to him three times');
  await alice.register({ signal });
  for (const letter of letters) await alice.send({ ...letter, to: `sip:bob@${demoDomain}`, signal });

  await step('2  bob comes online and is told what waits');
  await bob.register({ signal });
  const { messages } = await next(notices);
  await recorder.quiet();
  for (const { size = 0, subject = '' } of messages)
    stage.remark('right', `${sized(size).padStart(5)}  ${subject}`);

  await step('3  one INVITE: deliver one, delete one, leave one');
  await bob.pull(instructions(messages), { signal });
  const first = await next(inbox);
  const told = [await next(reports), await next(reports)];
  await recorder.quiet();
  stage.remark('right', `bob reads: ${first.text}`);
  for (const { status } of told) stage.remark('left', `alice knows: ${status}`);

  await step('4  later bob pulls the rest: no list, everything');
  await bob.pull('everything', { signal });
  const second = await next(inbox);
  const { status } = await next(reports);
  await recorder.quiet();
  stage.remark('right', `bob reads: ${second.text}`);
  stage.remark('left', `alice knows: ${status}`);
  // What follows are farewells.
  recorder.stop();
}

/** The first is delivered, the second deleted; the third is not named, so it stays deferred. */
function instructions(messages: readonly WaitingMessageInfo[]): ReadonlyMap<string, PullAction> {
  const [wanted, unwanted, left] = messages;
  if (wanted === undefined || unwanted === undefined || left === undefined) {
    throw new Error(`bob was told of ${messages.length} messages, not of three`);
  }
  return new Map<string, PullAction>([
    [wanted.uri, 'deliver'],
    [unwanted.uri, 'delete'],
  ]);
}

function client(name: string, { listening }: RunningServer): Promise<CpmClient> {
  const address = listening.find(({ protocol }) => protocol === 'TCP');
  if (address === undefined) throw new Error('the demo needs a TCP listener');
  return openCpmClient({
    server: serverUri(address),
    user: `sip:${name}@${demoDomain}`,
    deferredManagementUri: demoManagementUri,
    product: 'restante-demo',
    trusted: true,
  });
}

async function next<T>(values: AsyncIterator<T>): Promise<T> {
  const { value, done } = await values.next();
  if (done === true) throw new Error(`the demo was not done after ${longestWaitMilliseconds / 1000} s`);
  return value;
}
