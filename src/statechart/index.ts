/** The only door to XState's inside: compiled machines, actors and how they are heard of, timers, mail. */
export { type ChildExited, type ExitTranslator, withChildExits } from './child-exits.ts';
export { compile } from './compile.ts';
export { type FromTaskOptions, fromTask, setTaskRunner, type TaskRunner } from './from-task.ts';
export { persist } from './persist.ts';
export { type RootOptions, rootActor, spawnActor, stopActor } from './spawn.ts';
