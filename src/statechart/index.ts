/** The only door to XState's inside: compiled machines, actors and how they are heard of, timers, mail. */
export { type AskOptions, ask, type Reply } from './ask.ts';
export { type ChildExited, type ExitTranslator, withChildExits } from './child-exits.ts';
export { compile } from './compile.ts';
export { noteExit } from './exit-reasons.ts';
export { type FromTaskOptions, fromTask, setTaskRunner, type TaskRunner } from './from-task.ts';
export { type ActorHandle, type Down, link, monitor, type Watcher } from './monitor.ts';
export { persist } from './persist.ts';
export { type Named, Registry } from './registry.ts';
export type { DeadLetter } from './run-queue.ts';
export { rootActor, spawnActor, stopActor } from './spawn.ts';
