import { Piscina } from 'piscina';
import { contestPool } from '../harness/pool.ts';

type Settings = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

await contestPool<Settings>(({ threads, task, settings: given }) => {
  const settings = { minThreads: threads, maxThreads: threads, ...given };
  const filename = new URL('../tasks/pool.js', import.meta.url).href;
  const moving = new URL('./piscina-tasks.js', import.meta.url).href;
  const pool = new Piscina({ ...settings, filename, name: task });
  return {
    run: (input) => pool.run(input),
    move: (buffer) => pool.run(Piscina.move(buffer), { filename: moving, name: 'stampAndMove' }),
    hang: (ms) => pool.run(0, { name: 'hang', signal: AbortSignal.timeout(ms) }),
    queued: () => pool.queueSize,
    close: () => pool.destroy(),
    settings,
  };
});
