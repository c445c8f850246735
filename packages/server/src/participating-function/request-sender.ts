import type { SipRequest, SipResponse, UserAgentCore } from '@restante/sip';
import type { RequestSender } from './registered-client.ts';
import { TargetLane } from './target-lane.ts';

type Way = Parameters<RequestSender['send']>[1];

export interface LaneSendOptions {
  /** Ends the attempt, under way or not. */
  readonly signal?: AbortSignal;
  readonly timeoutMilliseconds?: number;
  /** Once aborted, an attempt that has not begun never begins; one that is under way goes on. */
  readonly beginBefore?: AbortSignal;
}

/** The user agent core with a lane in front of it for each URI and way to it (RFC 3428 section 8). */
export class LaneRequestSender implements RequestSender {
  readonly #core: Pick<UserAgentCore, 'send'>;
  readonly #lanes: TargetLane;

  constructor(core: Pick<UserAgentCore, 'send'>, lanes: TargetLane = new TargetLane()) {
    this.#core = core;
    this.#lanes = lanes;
  }

  send(request: SipRequest, way: Way, options: LaneSendOptions = {}): Promise<SipResponse> {
    const { signal, timeoutMilliseconds, beginBefore } = options;
    return this.#lanes.run(laneOf(request, way), () => {
      signal?.throwIfAborted();
      beginBefore?.throwIfAborted();
      return this.#core.send(routed(request, way.route), {
        ...(signal !== undefined && { signal }),
        ...(timeoutMilliseconds !== undefined && { timeoutMs: timeoutMilliseconds }),
        ...(way.destination !== undefined && { destination: way.destination }),
      });
    });
  }
}

// A device that has moved does not wait until what was sent to its old place has timed out.
function laneOf({ uri }: SipRequest, { destination }: Way): string {
  return destination === undefined
    ? uri
    : `${uri} ${destination.host} ${destination.port} ${destination.flowId ?? ''}`;
}

function routed(request: SipRequest, route: readonly string[]): SipRequest {
  if (route.length === 0) return request;
  const rows = route.map((value) => ['Route', value] as const);
  return { ...request, headers: request.headers.concat(rows) };
}
