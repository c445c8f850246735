export type * from './ports.ts';
export * from './transport-failure.ts';
