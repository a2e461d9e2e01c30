import { contestPool } from '../harness/pool.ts';
import { openPool } from './troupe-pool.ts';

await contestPool(openPool);
