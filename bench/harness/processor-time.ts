import { readdirSync, readFileSync } from 'node:fs';

/** What /proc/PID/stat says of one process. */
export interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** User and system time, its threads and the children that it has waited for included. */
  readonly ticks: number;
}

/** USER_HZ, which Linux holds at 100 towards programs. */
const ticksPerSecond = 100;

/** Reads proc(5) stat: the name stands in brackets and may hold anything. */
export function readProcessTimes(stat: string): ProcessTimes {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // utime, stime, cutime and cstime are fields 14 to 17; the first after the name is field 3.
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  return {
    pid: Number.parseInt(stat, 10),
    parent: fields[1] ?? 0,
    ticks: user + system + childUser + childSystem,
  };
}

/** The ticks of a process and of all below it. */
export function ticksOfTree(root: number, processes: readonly ProcessTimes[]): number {
  const children = Map.groupBy(processes, ({ parent }) => parent);
  const add = (found: ProcessTimes): number =>
    (children.get(found.pid) ?? []).reduce((sum, child) => sum + add(child), found.ticks);
  const top = processes.find(({ pid }) => pid === root);
  if (top === undefined) throw new Error(`process ${root} is gone`);
  return add(top);
}

/** CPU seconds that processes and their descendants have used since they began, ended children included. */
export function processorSeconds(roots: readonly number[]): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(timesOf);
  return roots.reduce((sum, root) => sum + ticksOfTree(root, processes), 0) / ticksPerSecond;
}

/** None where the process ended while the folder was read. */
function timesOf(pid: string): readonly ProcessTimes[] {
  try {
    return [readProcessTimes(readFileSync(`/proc/${pid}/stat`, 'latin1'))];
  } catch {
    return [];
  }
}

/** Resident memory of one process in octets. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (match === null) throw new Error(`process ${pid} has no resident memory`);
  return Number(match[1]) * 1024;
}
