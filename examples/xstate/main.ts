/**
 * A stock XState machine whose work runs on troupe's threads: once under troupe's supervision tree,
 * once on its own.
 *
 * npm run example:xstate
 */
import { createRuntime, fromTask } from 'troupe';
import { createActor, waitFor } from 'xstate';
import { counter, primes } from './counter.ts';

await using runtime = await createRuntime({ tasks: [primes], threads: 2 });
runtime.subscribe((event) => {
  if (event.type === 'execution.cancelled') console.log('  the thread was told:', event.reason);
  if (event.type === 'child.restarted') console.log(`  ${event.child} was restarted`);
});

console.log('Under the supervision tree:');
const supervised = await runtime.spawn(counter, { id: 'counter', input: { upTo: 200_000 } });
const { context } = await waitFor(supervised.ref, (snapshot) => snapshot.matches('counted'));
console.log(`  ${context.primes} primes up to ${context.upTo}`);

supervised.send({ type: 'AGAIN', upTo: 1_000_000_000 });
supervised.send({ type: 'GIVE_UP' });
console.log('  gave up on a billion:', supervised.getSnapshot().value);
const user = runtime.query.tree().children?.find(({ id }) => id === 'user');
console.log('  in the tree:', JSON.stringify(user?.children));

console.log('On its own, with the runtime named:');
const machine = counter.provide({ actors: { count: fromTask(primes.count, { runtime }) } });
const alone = createActor(machine, { input: { upTo: 100_000 } }).start();
const counted = await waitFor(alone, (snapshot) => snapshot.matches('counted'));
console.log(`  ${counted.context.primes} primes up to ${counted.context.upTo}`);
alone.stop();
