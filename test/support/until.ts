/**
 * Resolves when the condition holds, which it looks at once a turn of the event loop. It knows no
 * time: a condition that never comes true is the end of the test's own.
 */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
