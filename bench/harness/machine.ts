import { statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Where a result comes from. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: `Linux ${release()}`,
    node: process.version,
  };
}

/** Load average of the last minute, as a line says it. */
export function loadAverage(): string {
  return (loadavg()[0] ?? 0).toFixed(2);
}

/** TMPFS_MAGIC and RAMFS_MAGIC of statfs(2). */
const inMemory = new Set([0x01021994, 0x858458f6]);

/** A file system in memory syncs nothing, so nothing durable can be measured on it. */
export function isInMemory(folder: string): boolean {
  return inMemory.has(statfsSync(folder).type);
}
