export { openUdp } from './transport/udp.ts';
export type { UdpOptions } from './transport/udp.ts';
export { openTcp, openTls } from './transport/stream.ts';
export type { StreamOptions, TlsStreamOptions } from './transport/stream.ts';
export type { KeepAlive } from './transport/stream-connection.ts';
export { dnsNameService } from './transport/dns-name-service.ts';
export type { DnsOptions } from './transport/dns-name-service.ts';
export { systemClock } from './transport/system-clock.ts';
export { systemRandom } from './transport/system-random.ts';
