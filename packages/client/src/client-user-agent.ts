import { releaseVersion } from '@restante/cpm';
import {
  type ClientInviteResult,
  type Routes,
  type SendOptions,
  type SipRequest,
  type SipResponse,
  UserAgentCore,
} from '@restante/sip';
import type { ClientIdentity } from './identity.ts';
import type { ClientPlatform, CpmClientOptions } from './options.ts';
import type { ServerRoute } from './server-address.ts';
import { WatchedTransport } from './watched-transport.ts';

/** The user agent of one user: every request has the user's credentials, goes to the user's server and follows redirections. */
export class ClientUserAgent {
  readonly #core: UserAgentCore;
  readonly #defaults: SendOptions;

  /** `flowBroke` is called when the connection that carried the registration is gone. */
  constructor(
    { log, trace, publicHost, product = 'restante' }: CpmClientOptions,
    { transports, clock, random, nameService }: ClientPlatform,
    { username, password }: ClientIdentity,
    { outboundProxy, destination }: ServerRoute,
    flowBroke: () => void,
  ) {
    this.#defaults = {
      followRedirects: true,
      ...(password !== undefined && { credentials: { username, password } }),
      ...(destination && { destination }),
    };
    this.#core = new UserAgentCore({
      transports: transports.map((transport) => new WatchedTransport(transport, flowBroke)),
      clock,
      random,
      nameService,
      outboundProxy,
      userAgent: `${releaseVersion.client} ${product}`,
      ...(log && { log }),
      ...(trace && { trace }),
      ...(publicHost !== undefined && { publicHost }),
    });
  }

  send(request: SipRequest, options: SendOptions = {}): Promise<SipResponse> {
    return this.#core.send(request, { ...this.#defaults, ...options });
  }

  invite(request: SipRequest, options: SendOptions = {}): Promise<ClientInviteResult> {
    return this.#core.invite(request, { ...this.#defaults, ...options });
  }

  handle(routes: Routes): void {
    this.#core.handle(routes);
  }

  close(): Promise<void> {
    return this.#core.close();
  }
}
