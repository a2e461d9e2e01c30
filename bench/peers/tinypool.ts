import { Tinypool } from 'tinypool';
import { contestPool } from '../harness/pool.ts';

type Settings = NonNullable<ConstructorParameters<typeof Tinypool>[0]>;

await contestPool<Settings>(({ threads, task, settings: given }) => {
  const settings = { minThreads: threads, maxThreads: threads, isolateWorkers: false, ...given };
  const filename = new URL('../tasks/pool.js', import.meta.url).href;
  const moving = new URL('./tinypool-tasks.js', import.meta.url).href;
  const pool = new Tinypool({ ...settings, filename, name: task });
  return {
    run: (input) => pool.run(input),
    move: (buffer) => pool.run(Tinypool.move(buffer), { filename: moving, name: 'stampAndMove' }),
    hang: (ms) => pool.run(0, { name: 'hang', signal: AbortSignal.timeout(ms) }),
    queued: () => pool.queueSize,
    close: () => pool.destroy(),
    settings,
  };
});
