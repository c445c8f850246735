/** The server as a part of another program, and of tests. */
export { ConfigurationError, configurationOf, loadConfiguration } from './config.ts';
export type {
  Configuration,
  ConfigurationInput,
  ConfigurationSources,
  LoadedConfiguration,
  Origin,
  Problem,
  Setting,
} from './config.ts';
export type { ListenAddress } from './config/addresses.ts';
export { openLog, silentLog } from './log.ts';
export type { Log, LogOptions } from './log.ts';
export type * from './participating-function/ports.ts';
export { CannotStart, startServer } from './server.ts';
export type { Inventory, RunningServer, ServerParts } from './server.ts';
export { openMemoryStore } from './store/memory/memory-store.ts';
export { version } from './version.ts';
