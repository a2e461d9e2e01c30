/**
 * The way into a thread. Piscina requires the file that it is given before it imports it, and to end a
 * thread of Node 20 that is just then linking a module it requires ends the whole process
 * (`v8::Module::IsGraphAsync must be used on an instantiated module`). This one is no such module, and imports
 * the rest.
 */
async function beginSession(session: never): Promise<void> {
  const { default: runSession } = await import('./entry.ts');
  await runSession(session);
}

module.exports = beginSession;
