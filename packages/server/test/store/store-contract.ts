import type { Store } from '../../src/participating-function/ports.ts';
import { claimContract } from './contract/claim-contract.ts';
import { deadlineContract } from './contract/deadline-contract.ts';
import { deliveryContract } from './contract/delivery-contract.ts';
import { ledgerContract } from './contract/ledger-contract.ts';
import { outboxContract } from './contract/outbox-contract.ts';
import { queueContract } from './contract/queue-contract.ts';
import { userContract } from './contract/user-contract.ts';

export type OpenStore = () => Promise<Store>;

/** What every store keeps, whatever it is made of. */
export function storeContract(name: string, open: OpenStore): void {
  queueContract(name, open);
  claimContract(name, open);
  deadlineContract(name, open);
  outboxContract(name, open);
  deliveryContract(name, open);
  ledgerContract(name, open);
  userContract(name, open);
}
