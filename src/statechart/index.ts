/** The only door to XState's inside: how actors are made, parented and heard of when they end. */
export { type ChildExited, type ExitTranslator, withChildExits } from './child-exits.ts';
export { compile } from './compile.ts';
export { rootActor, spawnActor, stopActor } from './spawn.ts';
