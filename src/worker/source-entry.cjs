// The entry of a thread while troupe itself runs from its TypeScript source: a thread on a Node
// that does not strip types has to learn it first. The built package starts at thread-entry.cjs,
// which says why neither is a module that is imported.
module.exports = async function beginSession(session) {
  if (!process.features.typescript) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  const { default: runSession } = await import('./entry.ts');
  await runSession(session);
};
