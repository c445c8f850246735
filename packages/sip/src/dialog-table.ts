import type { SipRequest } from './protocol/message.ts';
import { dialogIdOf } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import type { IncomingRequest, RequestHandler } from './incoming-request.ts';

/** Who owns a dialog and takes what the peer sends in it. */
export interface DialogUser {
  readonly dialog: Dialog;
  /** What it takes whether there is a handler for it or not. */
  readonly methods: readonly string[];
  /** True where the owner answers the request; false leaves it to the handlers by method. */
  request(incoming: IncomingRequest): boolean;
  acknowledged(ack: SipRequest): void;
  /** The user agent is closing: no more timers. */
  close(): void;
}

/** What the owner of a session does with requests inside it, by method. BYE is the core's. */
export type SessionRequests = Readonly<Record<string, RequestHandler>>;

/** The dialogs of a user agent, by the identifier that requests carry. */
export class DialogTable {
  readonly #users = new Map<string, DialogUser>();

  get size(): number {
    return this.#users.size;
  }

  add(user: DialogUser): void {
    this.#users.set(user.dialog.id, user);
  }

  remove(user: DialogUser): void {
    if (this.#users.get(user.dialog.id) === user) this.#users.delete(user.dialog.id);
  }

  find(request: SipRequest): DialogUser | undefined {
    const id = dialogIdOf(request);
    return id === undefined ? undefined : this.#users.get(id);
  }

  close(): void {
    for (const user of this.#users.values()) user.close();
    this.#users.clear();
  }
}
