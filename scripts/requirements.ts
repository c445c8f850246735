/** One demand on the product: its number, what it demands in a few words, and where the code that does it stands. */
export interface Requirement {
  readonly number: string;
  readonly demand: string;
  /** Files below packages/; none: not built yet, and then `demand` says what happens instead. */
  readonly code: readonly string[];
}

const pf = 'server/src/participating-function';

/** The change request's demands (CL: client, PF: Participating Function, PR: provisioning) and the choices made where it is silent (D). */
export const requirements: readonly Requirement[] = [
  {
    number: 'CL-1',
    demand: 'handles deferred messages by one INVITE, started by the user or by a setting',
    code: ['client/src/pull.ts', 'client/src/cpm-client.ts'],
  },
  {
    number: 'CL-2',
    demand: 'sends it to the provisioned CPMDeferredMsgMgmtURI, never to a name made up from a host',
    code: ['client/src/pull-request.ts'],
  },
  { number: 'CL-3', demand: 'cpm.deferred in Contact', code: ['client/src/pull-request.ts'] },
  { number: 'CL-4', demand: 'cpm.deferred in Accept-Contact', code: ['client/src/pull-request.ts'] },
  {
    number: 'CL-5',
    demand: 'SDP offer with accept-types message/cpim and recvonly',
    code: ['cpm/src/pull-sdp.ts'],
  },
  {
    number: 'CL-6',
    demand: 'no list: everything; a list: RFC 5366 resource list of message-URI-IDs',
    code: ['cpm/src/pull-body.ts', 'cpm/src/resource-list.ts'],
  },
  { number: 'CL-7', demand: 'exactly one cpm_action for each entry', code: ['cpm/src/resource-list.ts'] },
  { number: 'CL-8', demand: 'never sets up the media plane of the pull', code: ['cpm/src/pull-sdp.ts'] },
  {
    number: 'CL-9',
    demand: '488 with Warning text "125 No messages" ends the handling',
    code: ['client/src/pull.ts'],
  },
  {
    number: 'CL-10',
    demand: 'any other error response is treated by RFC 3261',
    code: ['client/src/pull.ts', 'client/src/errors.ts'],
  },
  { number: 'CL-11', demand: '200: ACK, then BYE', code: ['client/src/pull.ts'] },
  {
    number: 'CL-12',
    demand:
      'takes what is delivered, before, while and after the pull, and sends the dispositions asked for (pager mode)',
    code: ['client/src/message-receiver.ts'],
  },
  {
    number: 'CL-13',
    demand: 'understands in-band notifications, only from the provisioned URI',
    code: ['client/src/message-receiver.ts'],
  },
  {
    number: 'CL-14',
    demand: 'the same handling after an expiry notification',
    code: ['client/src/pull.ts'],
  },
  {
    number: 'PF-1',
    demand:
      'defers a message that no client can take, durably, under an unguessable message-URI-ID, and answers 202 (pager mode; a large message is refused by 488)',
    code: [`${pf}/message-handler.ts`],
  },
  {
    number: 'PF-2',
    demand: 'do-not-disturb holds notifications back (not yet: there is no policy document)',
    code: [],
  },
  {
    number: 'PF-3',
    demand: 'decides for each client on its own',
    code: [`${pf}/deferred/notification-plan.ts`],
  },
  {
    number: 'PF-4',
    demand: 'in-band notification to each suitable registered client',
    code: [`${pf}/deferred/notifier.ts`],
  },
  {
    number: 'PF-5',
    demand: 'lists all waiting messages, in several MESSAGEs where one is not enough',
    code: [`${pf}/deferred/notification-plan.ts`, 'cpm/src/notification-split.ts'],
  },
  { number: 'PF-6', demand: 'out-of-band notification (not yet)', code: [] },
  { number: 'PF-7', demand: 'out-of-band summary (not yet)', code: [] },
  { number: 'PF-8', demand: 'then waits until a client acts', code: [`${pf}/deferred/notifier.ts`] },
  {
    number: 'PF-9',
    demand: 'recognises a pull by method, feature tag and Request-URI',
    code: [`${pf}/participating-function.ts`],
  },
  {
    number: 'PF-10',
    demand: 'nothing to manage: 488 with Warning "125 No messages"',
    code: [`${pf}/deferred/pull-session.ts`],
  },
  { number: 'PF-11', demand: 'otherwise 200, accepting the SDP', code: [`${pf}/deferred/pull-session.ts`] },
  {
    number: 'PF-12',
    demand: 'delete: removed, and a negative delivery notification if asked for',
    code: [`${pf}/deferred/pull-session.ts`, `${pf}/disposition-notification.ts`],
  },
  {
    number: 'PF-13',
    demand: 'interwork (not yet: refused by 488 with the reason, the message stays)',
    code: [],
  },
  { number: 'PF-14', demand: 'store (not yet: refused by 488 with the reason, the message stays)', code: [] },
  {
    number: 'PF-15',
    demand: 'deliver, or no list: each message goes to this client (pager mode)',
    code: [`${pf}/message-delivery.ts`],
  },
  {
    number: 'PF-16',
    demand: 'unlisted messages stay, instructions for what is not there are ignored',
    code: [`${pf}/deferred/pull-request.ts`],
  },
  {
    number: 'PF-17',
    demand: 'ACK and BYE change nothing, whether early, late or missing',
    code: [`${pf}/deferred/pull-session.ts`],
  },
  {
    number: 'PF-18',
    demand: 'overlapping pulls: first come, first served, none refused for another',
    code: [`${pf}/deferred/pull-session.ts`],
  },
  {
    number: 'PF-19',
    demand: 'expiry is handled, never silently (action: delete)',
    code: [`${pf}/deferred/expiry.ts`],
  },
  {
    number: 'PF-20',
    demand: 'management URI and message-URI-IDs are opaque',
    code: [`${pf}/deferred/pull-request.ts`],
  },
  {
    number: 'PF-21',
    demand: 'disposition notifications on the reverse path, one of a kind for a message',
    code: [`${pf}/disposition-sender.ts`, 'cpm/src/imdn.ts'],
  },
  { number: 'PR-1', demand: 'the nine provisioning parameters (not yet)', code: [] },
  { number: 'PR-2', demand: 'OMA Client Provisioning (not yet)', code: [] },
  { number: 'PR-3', demand: 'DM management object (not yet)', code: [] },
  { number: 'PR-4', demand: 'continuous provisioning (not yet)', code: [] },
  { number: 'PR-5', demand: 'HTTPS autoconfiguration (not yet)', code: [] },
  { number: 'PR-6', demand: 'TO-APPREF (not yet)', code: [] },
  {
    number: 'D-1',
    demand:
      'a list that names nothing that waits: 488 as for an empty queue; unknown names among others are ignored',
    code: [`${pf}/deferred/pull-session.ts`],
  },
  { number: 'D-2', demand: 'an empty list is never "all"', code: [`${pf}/deferred/pull-session.ts`] },
  {
    number: 'D-3',
    demand: 'an unreadable list: 400 or 415 with the reason, nothing is done',
    code: ['cpm/src/pull-body.ts'],
  },
  {
    number: 'D-4',
    demand: 'the decision is short and atomic, delivery runs outside of it',
    code: [`${pf}/deferred/pull-session.ts`],
  },
  {
    number: 'D-5',
    demand: 'every 2xx comes after its commit; a restart carries on',
    code: [`${pf}/message-handler.ts`, `${pf}/deferred/pull-session.ts`],
  },
  {
    number: 'D-6',
    demand: 'the same originator and Message-ID is the same message',
    code: [`${pf}/standalone-message.ts`],
  },
  {
    number: 'D-7',
    demand: '"all" is fixed at the moment of decision',
    code: [`${pf}/deferred/pull-session.ts`],
  },
  {
    number: 'D-8',
    demand: 'deliveries go to the device that sent the INVITE',
    code: [`${pf}/message-delivery.ts`],
  },
  { number: 'D-9', demand: 'a failed delivery is deferred again', code: [`${pf}/deferred/pull-session.ts`] },
  { number: 'D-10', demand: 'delivered means 2xx to the MESSAGE', code: [`${pf}/message-delivery.ts`] },
  { number: 'D-11', demand: 'oldest first, one after another for a device', code: [`${pf}/target-lane.ts`] },
  { number: 'D-12', demand: 'a failing store or interworking (not yet: no such action)', code: [] },
  {
    number: 'D-13',
    demand: 'do-not-disturb does not hold a pull (not yet: there is no policy document)',
    code: [],
  },
  {
    number: 'D-14',
    demand: 'reasons within a short window make one notification (not yet among them: do-not-disturb ending)',
    code: [`${pf}/deferred/notifier.ts`],
  },
  {
    number: 'D-15',
    demand: 'dispositions, is-composing, our own notifications and empty bodies are never deferred',
    code: [`${pf}/message-handler.ts`],
  },
  {
    number: 'D-16',
    demand: 'expiry time, warning, claims that outlast it',
    code: [`${pf}/deferred/expiry.ts`],
  },
  { number: 'D-17', demand: 'who may pull', code: [`${pf}/requester.ts`] },
  { number: 'D-18', demand: 'the feature tag on deliveries', code: [`${pf}/client-request.ts`] },
  {
    number: 'D-19',
    demand: 'bodies and end-to-end header fields go through unchanged',
    code: [`${pf}/client-request.ts`],
  },
  {
    number: 'D-20',
    demand: 'media type and namespace of the notification are configuration',
    code: ['cpm/src/deferred-notification.ts'],
  },
  { number: 'D-21', demand: 'pushing to silent devices (not yet)', code: [] },
  {
    number: 'D-22',
    demand: 'a failing store: 503 with Retry-After, nothing taken over',
    code: [`${pf}/message-handler.ts`],
  },
  {
    number: 'D-23',
    demand: 'a device without the tag: its messages wait (pushing to it: not yet)',
    code: ['cpm/src/suitability.ts'],
  },
];
