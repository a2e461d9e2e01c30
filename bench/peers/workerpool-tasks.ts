import workerpool from 'workerpool';
import * as tasks from '../tasks/pool.ts';

workerpool.worker({ ...tasks });
