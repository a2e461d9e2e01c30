/**
 * Tasks that loop for ever, crash, exit and run out of memory, each in its own worker, while others go
 * on as if nothing had happened.
 *
 * npm run example:pool
 */
import { createRuntime, definePipeline, type TaskReference, TroupeError, taskModule } from 'troupe';

const tasks = taskModule<typeof import('./tasks.ts')>(
  'tasks',
  new URL('./tasks.ts', import.meta.url),
);

await using runtime = await createRuntime({
  tasks: [tasks],
  threads: 2,
  grace: 100,
  resourceLimits: { maxOldGenerationSizeMb: 64 },
  logLevel: 'silent',
});
runtime.subscribe((event) => {
  if (event.type === 'worker.exited') console.log(`    ${event.worker} ended: ${event.reason}`);
});

/** Honest work, until it is told to stop; gives how much was done. */
async function work(until: AbortSignal): Promise<number> {
  let done = 0;
  while (!until.aborted) {
    await runtime.run(tasks.largestPrime, 10_000 + done);
    done++;
  }
  return done;
}

const misfits: readonly (readonly [what: string, task: TaskReference<never>, timeout: number])[] = [
  ['loops for ever', tasks.loopForEver, 200],
  ['throws where nobody catches', tasks.crash, 2_000],
  ['calls process.exit(0)', tasks.exit, 2_000],
  ['fills its heap', tasks.hoard, 20_000],
  ['is asked to stop, and looks', tasks.search, 200],
];

const stop = new AbortController();
const working = work(stop.signal);

for (const [what, task, timeout] of misfits) {
  console.log(`  a task ${what}`);
  const limited = definePipeline({
    id: 'limited',
    steps: { only: { task: task as TaskReference<unknown>, timeout } },
  });
  try {
    const execution = await runtime.start(limited);
    await execution.result();
  } catch (error) {
    console.log(`    ${TroupeError.is(error) ? error.code : error}`);
  }
}

const found: number[] = [];
for await (const prime of await runtime.stream(tasks.primes, 1_000_000)) {
  found.push(prime);
  if (found.length === 10) break;
}
console.log(`  ten primes of a stream that was left then: ${found.join(' ')}`);

stop.abort();
const done = await working;
const { restarts } = runtime.pool().stats();
console.log(`Meanwhile ${done} other tasks were done; ${restarts} threads were replaced.`);
