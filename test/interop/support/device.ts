import type { ServerUnderTest } from './server.ts';
import { requestsReceived, sipp, type SeenMessage, type SippRun, type SippTransport } from './sipp.ts';

/** What one notification document says of one message. */
export interface Listed {
  readonly uri: string;
  readonly subject: string;
}

/** SIPp as the sender and as the device of the tests, on one transport. */
export class Peers {
  readonly #port: number;
  readonly #transport: SippTransport;

  constructor(server: Pick<ServerUnderTest, 'port'>, transport: SippTransport) {
    this.#port = server.port;
    this.#transport = transport;
  }

  run(scenario: string, user: string, options: Partial<SippRun> = {}): Promise<readonly SeenMessage[]> {
    return sipp({ scenario, user, server: this.#port, transport: this.#transport, ...options });
  }

  /** Alice sends a message whose Message-ID, subject and text are all made of `name`; it is deferred. */
  async defer(recipient: string, ...names: readonly string[]): Promise<void> {
    for (const name of names) await this.send(recipient, name, 'send-deferred');
  }

  async send(recipient: string, name: string, scenario: 'send-deferred' | 'send-delivered'): Promise<void> {
    const keys = { recipient, message_id: `id-${name}`, subject: `about ${name}`, text: `text of ${name}` };
    await this.run(scenario, 'alice', { keys });
  }

  /** The user registers and is notified: what the notification lists, by subject. */
  async notified(user: string, options: Partial<SippRun> = {}): Promise<ReadonlyMap<string, string>> {
    const seen = await this.run('register', user, { pauseMilliseconds: 900, ...options });
    return new Map(
      notificationsIn(seen)
        .flatMap(listedIn)
        .map(({ subject, uri }) => [subject.replace('about ', ''), uri]),
    );
  }
}

export const notificationsIn = (seen: readonly SeenMessage[]): readonly string[] =>
  requestsReceived(seen, 'MESSAGE').filter((text) => text.includes('<deferred-messages'));

/** Names of the messages that arrived, in order, each as often as it came in a transaction of its own. */
export const deliveredIn = (seen: readonly SeenMessage[]): readonly string[] =>
  requestsReceived(seen, 'MESSAGE')
    .filter((text) => !text.includes('<deferred-messages') && !text.includes('message/imdn+xml'))
    .map((text) => /^imdn\.Message-ID: id-(\S+)/m.exec(text)?.[1] ?? text);

/** `failed` or `delivered` and the Message-ID it is about, for each disposition notification that arrived. */
export const dispositionsIn = (seen: readonly SeenMessage[]): readonly string[] =>
  requestsReceived(seen, 'MESSAGE')
    .filter((text) => text.includes('message/imdn+xml'))
    .map((text) => {
      const about = /<message-id>id-([^<]+)<\/message-id>/.exec(text)?.[1];
      const status = /<status>\s*<(\w+)\s*\/>/.exec(text)?.[1];
      return `${about} ${status}`;
    });

function listedIn(notification: string): readonly Listed[] {
  return [...notification.matchAll(/<message uri="([^"]+)"[\s\S]*?<\/message>/g)].map(([text, uri = '']) => ({
    uri,
    subject: /<subject[^>]*>([^<]*)</.exec(text)?.[1] ?? '',
  }));
}

/** Entry elements of a pull list. */
export const entries = (actions: ReadonlyArray<readonly [uri: string | undefined, action: string]>): string =>
  actions.map(([uri, action]) => `<entry uri="${uri}?cpm_action=${action}"/>`).join('');
