// Draws docs/state-machines.md from the tables that the transaction layer runs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inviteClient } from '../packages/sip/src/transaction/invite-client.ts';
import { inviteServer } from '../packages/sip/src/transaction/invite-server.ts';
import { nonInviteClient } from '../packages/sip/src/transaction/non-invite-client.ts';
import { nonInviteServer } from '../packages/sip/src/transaction/non-invite-server.ts';

type Machine = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const machines: ReadonlyArray<readonly [title: string, source: string, machine: Machine]> = [
  ['INVITE client transaction (RFC 3261 section 17.1.1, RFC 6026)', 'invite-client', inviteClient],
  ['INVITE server transaction (RFC 3261 section 17.2.1, RFC 6026)', 'invite-server', inviteServer],
  ['non-INVITE client transaction (RFC 3261 section 17.1.2)', 'non-invite-client', nonInviteClient],
  ['non-INVITE server transaction (RFC 3261 section 17.2.2)', 'non-invite-server', nonInviteServer],
];

function arrows(machine: Machine): readonly string[] {
  const [first = ''] = Object.keys(machine);
  const drawn = Object.entries(machine).flatMap(([from, row]) =>
    Object.entries(row).map(([event, [to = from, ...effects]]) => {
      const act = effects.length > 0 ? ` / ${effects.join(', ')}` : '';
      return `  ${from} --> ${to}: ${event}${act}`;
    }),
  );
  return [`  [*] --> ${first}`, ...drawn, '  terminated --> [*]'];
}

export function renderStateMachines(): string {
  const chapters = machines.map(
    ([title, source, machine]) => `## ${title}

[${source}.ts](../packages/sip/src/transaction/${source}.ts)

\`\`\`mermaid
stateDiagram-v2
${arrows(machine).join('\n')}
\`\`\`
`,
  );
  return `# State machines

The four transactions of SIP, drawn from the tables that run them (\`npm run docs\`). An arrow reads: event / effects.
An event without an arrow is absorbed.

${chapters.join('\n')}`;
}

if (import.meta.main)
  writeFileSync(join(import.meta.dirname, '../docs/state-machines.md'), renderStateMachines());
