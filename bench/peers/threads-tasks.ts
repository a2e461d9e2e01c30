import { parentPort, workerData } from 'node:worker_threads';
import * as tasks from '../tasks/pool.ts';

const { [workerData as keyof typeof tasks]: named } = { ...tasks };
const task = named as (input: unknown) => unknown;

parentPort?.on('message', (input) => parentPort?.postMessage(task(input)));
