import { readFileSync } from 'node:fs';
import type { Transport } from '@restante/sip';
import { openTcp, openTls, openUdp } from '@restante/sip/node';
import type { Configuration } from '../config.ts';
import { writeListenAddress } from '../config/addresses.ts';
import type { ListenAddress } from '../config/addresses.ts';
import { errorCode, errorText } from '../system-error.ts';
import { CannotStart } from './cannot-start.ts';

/** A message-URI-ID, its action and the XML around them, generously. */
const octetsOfEntry = 256;

/** Opens every listening address; where one fails, those before it are closed again. Throws CannotStart. */
export async function openTransports(configuration: Configuration): Promise<readonly Transport[]> {
  const opened: Transport[] = [];
  try {
    for (const address of configuration.listen) opened.push(await openTransport(address, configuration));
  } catch (error) {
    await Promise.all(opened.map((transport) => transport.close()));
    throw error;
  }
  return opened;
}

async function openTransport(address: ListenAddress, configuration: Configuration): Promise<Transport> {
  const { protocol, host, port } = address;
  const { tls } = configuration;
  const stream = { host, port, ...streamLimits(configuration) };
  try {
    if (protocol === 'UDP') return await openUdp({ host, port });
    if (protocol === 'TCP') return await openTcp(stream);
    const key = readPem(tls.key, 'tls.key');
    const cert = readPem(tls.certificate, 'tls.certificate');
    const ca = tls.authority === undefined ? {} : { ca: readPem(tls.authority, 'tls.authority') };
    return await openTls({ ...stream, tls: { key, cert, ...ca } });
  } catch (error) {
    throw error instanceof CannotStart ? error : explained(address, error);
  }
}

function streamLimits({ limits, timers }: Configuration) {
  return {
    maxHeadBytes: limits.headSize,
    maxBodyBytes: Math.max(limits.messageSize, longestList(limits.listEntries)),
    maxBufferedBytes: limits.buffered,
    maxConnections: limits.connections,
    connectTimeoutMs: timers.connect * 1000,
    messageTimeoutMs: timers.message * 1000,
    idleTimeoutMs: timers.idle * 1000,
  };
}

/** Octets of an INVITE's body with the longest list allowed; the rules look at the size of messages themselves. */
function longestList(entries: number): number {
  return entries * octetsOfEntry + 4096;
}

function explained(address: ListenAddress, error: unknown): CannotStart {
  const place = writeListenAddress(address);
  const cause = { cause: error };
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new CannotStart(
        `${place} is taken by another program`,
        `stop that program, or choose another port: --listen ${writeListenAddress({ ...address, port: address.port + 2 })}`,
        cause,
      );
    case 'EADDRNOTAVAIL':
      return new CannotStart(
        `${place} is not an address of this machine`,
        'change --listen to one of its addresses',
        cause,
      );
    case 'EACCES':
      return new CannotStart(`${place}: this user may not listen there`, 'choose a port above 1023', cause);
    default:
      return new CannotStart(`${place} cannot be opened: ${errorText(error)}`, 'change --listen', cause);
  }
}

function readPem(path: string | undefined, option: string): Buffer {
  try {
    return readFileSync(path ?? '');
  } catch (error) {
    throw new CannotStart(
      `${option}: ${errorText(error)}`,
      `name a readable PEM file: --set ${option}=FILE`,
      { cause: error },
    );
  }
}
