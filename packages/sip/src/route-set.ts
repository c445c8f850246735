import { nameAddress, serializeNameAddress } from './protocol/name-address.ts';
import type { NameAddress } from './protocol/name-address.ts';
import type { SipRequest } from './protocol/message.ts';
import { routes } from './protocol/readers.ts';
import { parseUri, serializeUri } from './protocol/uri.ts';
import type { HeaderFields } from './protocol/header-fields.ts';

/** A request as it goes out, and the URI whose server it goes to first. */
export interface RoutedRequest {
  readonly request: SipRequest;
  readonly nextHop: string;
}

/**
 * RFC 3261 sections 8.1.2 and 12.2.1.1: the first Route is the next hop; where it is a strict router (no `lr`), it
 * becomes the Request-URI and the target goes to the end of the Route.
 */
export function route(request: SipRequest): RoutedRequest {
  const [first, ...rest] = routes(request);
  if (first === undefined) return { request, nextHop: request.uri };
  const uri = parseUri(first.uri);
  if (uri.kind !== 'sip' || uri.parameters.has('lr')) return { request, nextHop: first.uri };
  const parameters = new Map(uri.parameters);
  parameters.delete('method');
  // RFC 3261 section 19.1.1: a Request-URI has no headers component.
  const strict = serializeUri({ ...uri, parameters, headers: new Map() });
  const headers = withRoutes(request.headers, [...rest, nameAddress(request.uri)]);
  return { request: { ...request, uri: strict, headers }, nextHop: strict };
}

/** These routes in place of the ones there are. */
export function withRoutes(headers: HeaderFields, routes: readonly NameAddress[]): HeaderFields {
  if (routes.length === 0) return headers.without('Route');
  return headers.with('Route', routes.map(serializeNameAddress).join(', '));
}
