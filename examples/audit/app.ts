/** What the HTTP server and the REPL load. */
import { audit, files } from './pipeline.ts';

export default { tasks: [files], pipelines: [audit] };
