/**
 * A small shop under supervision: what fails is started again, alone or with those that depend on
 * it, and the tree remembers why.
 *
 * npm run example:supervision
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ask, createRuntime, monitor, type SupervisionNode, supervisor } from 'troupe';
import { type ActorRefFrom, type EventFrom, fromPromise } from 'xstate';
import { till } from './till.ts';

/** A line that breaks twice, some milliseconds after it was made. */
let breaks = 2;
const line = fromPromise(async () => {
  await wait(20);
  if (breaks-- > 0) throw new Error('the line is dead');
  await new Promise(() => {});
});
const printer = fromPromise(() => Promise.reject(new Error('no paper')));

await using runtime = await createRuntime({ threads: 1 });
runtime.subscribe((event) => {
  if (event.type === 'child.restarted') console.log(`  ${event.child} was restarted`);
  if (event.type === 'child.quarantined') console.log(`  ${event.child} is in quarantine`);
});

console.log('The shop opens:');
const shop = await runtime.supervise({
  id: 'shop',
  strategy: 'one_for_one',
  children: [
    { id: 'till', start: till },
    { id: 'sign', start: { stop: () => console.log('  the sign goes out') } },
    { id: 'printer', start: printer, budget: { intensity: 1, period: 1_000 } },
    supervisor({
      id: 'orders',
      strategy: 'rest_for_one',
      children: [
        { id: 'line', start: line, backOff: { initial: 50 } },
        { id: 'book', start: till },
      ],
    }),
  ],
});

type Till = ActorRefFrom<typeof till>;
const tillNow = () => shop.whichChildren().find(({ id }) => id === 'till')?.ref as Till;
runtime.register('till', tillNow());
monitor(tillNow(), ({ reason }) => console.log(`  the till went down: ${reason.error}`));
runtime.via<EventFrom<typeof till>>('till').send({ type: 'COIN', value: 2 });
console.log(`  in the till: ${await ask(tillNow(), { type: 'SUM' }, { timeout: 1_000 })}`);
tillNow().send({ type: 'COIN', value: -1 });

await wait(400);
console.log(`  in the new till: ${await ask(tillNow(), { type: 'SUM' }, { timeout: 1_000 })}`);

console.log('The tree, with why each ended before:');
print(shop.tree());
console.log('The shop closes:');

function print({ id, status, restarts, history = [], children = [] }: SupervisionNode, depth = 1) {
  const indent = '  '.repeat(depth);
  console.log(`${indent}${id}: ${status}${restarts > 0 ? `, restarted ${restarts}×` : ''}`);
  for (const { time, reason, message } of history) {
    const at = new Date(time).toISOString().slice(11, 23);
    console.log(`${indent}  ${at} ${reason}${message === undefined ? '' : `: ${message}`}`);
  }
  for (const child of children) print(child, depth + 1);
}
