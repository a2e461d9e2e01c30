import { describe, expect, it } from 'vitest';
import type { RuntimeEvent } from '../../src/model/index.ts';
import { EventBus, type Subscriber } from '../../src/telemetry/index.ts';
import { recordingLogger } from '../support/recording-logger.ts';

function event(worker: string): RuntimeEvent {
  return { type: 'worker.ready', worker, time: 0 };
}

const [first, second, third] = ['1', '2', '3'].map(event) as [
  RuntimeEvent,
  RuntimeEvent,
  RuntimeEvent,
];

function makeBus() {
  const { logger, lines } = recordingLogger();
  return { bus: new EventBus(logger), lines };
}

describe('EventBus', () => {
  it('tells every subscriber of every event, in order', () => {
    const { bus, lines } = makeBus();
    const heard: [string, RuntimeEvent][] = [];
    bus.subscribe((told) => heard.push(['a', told]));
    bus.subscribe((told) => heard.push(['b', told]));
    bus.publish(first);
    bus.publish(second);
    expect(heard).toEqual([
      ['a', first],
      ['b', first],
      ['a', second],
      ['b', second],
    ]);
    expect(lines).toEqual([]);
  });

  it('may be told what nobody hears', () => {
    const { bus } = makeBus();
    expect(() => bus.publish(first)).not.toThrow();
  });

  it('tells nothing of what was before, and nothing after one has left', () => {
    const { bus } = makeBus();
    const heard: RuntimeEvent[] = [];
    bus.publish(first);
    const leave = bus.subscribe((told) => heard.push(told));
    bus.publish(second);
    leave();
    bus.publish(third);
    expect(heard).toEqual([second]);
  });

  it('lets one leave once, however often one says so', () => {
    const { bus } = makeBus();
    const heard: RuntimeEvent[] = [];
    const subscriber = (told: RuntimeEvent) => heard.push(told);
    const leave = bus.subscribe(subscriber);
    bus.subscribe(subscriber);
    leave();
    leave();
    bus.publish(first);
    expect(heard).toEqual([first]);
  });

  it('drops a subscriber that throws, reports it, and tells the others', () => {
    const { bus, lines } = makeBus();
    const heard: string[] = [];
    bus.subscribe(() => heard.push('before'));
    bus.subscribe(() => {
      heard.push('bad');
      throw new Error('defect');
    });
    bus.subscribe(() => heard.push('after'));
    bus.publish(first);
    bus.publish(second);
    expect(heard).toEqual(['before', 'bad', 'after', 'before', 'after']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'error',
      message: 'a subscriber threw and was dropped',
      fields: { error: { name: 'Error', message: 'defect' } },
    });
  });

  it('drops a subscriber whose promises reject, and reports it once', async () => {
    const { bus, lines } = makeBus();
    const heard: RuntimeEvent[] = [];
    const bad = async (told: RuntimeEvent): Promise<unknown> => {
      heard.push(told);
      throw new Error('defect');
    };
    bus.subscribe(bad as Subscriber);
    bus.publish(first);
    bus.publish(second);
    await null;
    bus.publish(third);
    expect(heard).toEqual([first, second]);
    expect(lines).toMatchObject([{ level: 'error', fields: { error: { message: 'defect' } } }]);
  });

  it('tells an event to those who listened when it was published', () => {
    const { bus } = makeBus();
    const heard: string[] = [];
    const leave = bus.subscribe(() => {
      heard.push('first');
      leave();
      bus.subscribe(() => heard.push('late'));
    });
    bus.subscribe(() => heard.push('second'));
    bus.publish(first);
    expect(heard).toEqual(['first', 'second']);
    bus.publish(second);
    expect(heard).toEqual(['first', 'second', 'second', 'late']);
  });
});
