export { type MsrpTcpOptions, type MsrpTlsOptions, openMsrpTcp, openMsrpTls } from './transport/stream.ts';
