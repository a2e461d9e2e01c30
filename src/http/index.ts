/** The HTTP shell: the public API of a runtime as routes, problems and event streams. */
export type { ServerOptions } from './options.ts';
export { createServer, type HttpServer } from './server.ts';
