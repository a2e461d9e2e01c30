// As source-entry.cjs, for a process.
if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}

await import('./process-entry.ts');
