import { checkMilliseconds, checkNames, describe, invalidOption } from '../model/index.ts';
import {
  checkDispatchRate,
  checkKeyPolicy,
  type DispatchQueueOptions,
  type DispatchRate,
  type KeyPolicy,
} from '../schedule/index.ts';

/** Which task goes first, and what holds whom back. */
export interface ScheduleOptions {
  /**
   * Milliseconds of waiting that count as one step of priority, so that nothing waits for ever; 0 is
   * none. With 1000, a task of priority 0 goes before one of priority 10 that came more than ten seconds
   * after it. @default 1000
   */
  readonly aging?: number;
  /**
   * What holds for the tasks of a `concurrencyKey`: by key, or a function that is asked when its first
   * task comes, and again after the key was forgotten. @default a weight of 1, and no limits
   */
  readonly keys?: Readonly<Record<string, KeyPolicy>> | ((key: string) => KeyPolicy | undefined);
  /**
   * How often tasks may be given to workers, all their callers together, by the task's name:
   * `{ 'mail.send': { limit: 10 } }`. @default unlimited
   */
  readonly rates?: Readonly<Record<string, DispatchRate>>;
}

/** The options, checked. */
export interface ResolvedSchedule {
  readonly queue: DispatchQueueOptions;
  /** The tasks that have rates, by name. */
  readonly ratedTasks: readonly string[];
}

/** @throws TroupeError `InvalidOption` */
export function resolveScheduleOptions(options: ScheduleOptions = {}): ResolvedSchedule {
  checkNames(options, ['aging', 'keys', 'rates'], 'schedule');
  const { aging, keys, rates = {} } = options;
  if (aging !== undefined) checkMilliseconds('schedule.aging', aging);
  checkRecord('schedule.rates', rates, checkDispatchRate);
  const keyPolicy = keys && policyOf(keys);
  const ratedTasks = Object.keys(rates);
  const queue = {
    ...(aging !== undefined && { aging }),
    ...(keyPolicy && { keyPolicy }),
    // A queue that knows of no rates is faster.
    ...(ratedTasks.length > 0 && { taskRate: (taskId: string) => own(rates, taskId) }),
  };
  return { queue, ratedTasks };
}

function policyOf(
  keys: NonNullable<ScheduleOptions['keys']>,
): (key: string) => KeyPolicy | undefined {
  if (typeof keys === 'function') {
    return (key) => {
      const policy = keys(key);
      if (policy !== undefined) checkKeyPolicy(policy, `schedule.keys(${describe(key)})`);
      return policy;
    };
  }
  checkRecord('schedule.keys', keys, checkKeyPolicy);
  return (key) => own(keys, key);
}

function checkRecord<V>(
  field: string,
  record: Readonly<Record<string, V>>,
  check: (value: V, at: string) => void,
): void {
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw invalidOption(field, 'an object', record);
  for (const [name, value] of Object.entries(record)) check(value, `${field}.${name}`);
}

/** Names come from outside: what every object inherits is nobody's policy. */
function own<V>(record: Readonly<Record<string, V>>, name: string): V | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
