import {
  type NameService,
  systemClock,
  systemRandom,
  webSocketTransport,
  type WebSocketOptions,
} from '@restante/sip';
import { CpmClient } from './cpm-client.ts';
import type { ClientPlatform, CpmClientOptions } from './options.ts';
import { isWebSocketUrl } from './server-address.ts';

/** What openCpmClient takes where only WebSocket is to be had. Any part of the platform can be given instead. */
export interface WebCpmClientOptions extends CpmClientOptions, Partial<ClientPlatform> {
  readonly webSocket?: WebSocketOptions;
}

/** A browser cannot ask DNS, and need not: the WebSocket resolves its own URL. */
const unresolved: NameService = {
  naptr: async () => [],
  srv: async () => [],
  addresses: async (name) => [{ address: name, family: 4 }],
};

/** A client over SIP over WebSocket (RFC 7118), in browsers and in Node; or over the transports it is given. */
export async function openCpmClient(options: WebCpmClientOptions): Promise<CpmClient> {
  const { transports, clock = systemClock, random = systemRandom, nameService = unresolved } = options;
  if (transports === undefined && !isWebSocketUrl(options.server))
    throw new TypeError(`a ws: or wss: URL is needed where no transports are given, not ${options.server}`);
  return new CpmClient(options, {
    transports: transports ?? [webSocketTransport(options.server, options.webSocket)],
    clock,
    random,
    nameService,
  });
}
