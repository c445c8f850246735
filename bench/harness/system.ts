/** What is loaded and measured: the product or a peer, running on loopback. */
export interface System {
  readonly name: string;
  /** On 127.0.0.1, UDP and TCP where it serves both. */
  readonly port: number;
  /** The roots of its process trees, its database included. */
  readonly processes: readonly number[];
  /** How many messages its store holds; undefined where it stores nothing. */
  storedCount(): Promise<number | undefined>;
  stop(): Promise<void>;
}
