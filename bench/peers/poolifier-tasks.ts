import { type TaskFunctions, ThreadWorker } from 'poolifier';
import * as tasks from '../tasks/pool.ts';

export default new ThreadWorker({ ...tasks } as unknown as TaskFunctions);
