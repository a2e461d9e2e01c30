import { createRuntime, taskModule } from 'troupe';
import { failable } from 'troupe/testing';

const math = taskModule('math', new URL('./tasks.js', import.meta.url));
const text = taskModule('text', new URL('./text.cjs', import.meta.url));

const runtime = await createRuntime({ tasks: [math, text, failable], threads: 1 });
const result = {
  sum: await runtime.run(math.add, { a: 2, b: 3 }),
  words: await runtime.run(text.words, 'two words'),
  tested: await runtime.run(failable.failable, { fate: 'ok', value: 4 }),
  code: await runtime.run(math.fail).catch((error) => error.code),
};
console.log(JSON.stringify(result));
await runtime.shutdown();
