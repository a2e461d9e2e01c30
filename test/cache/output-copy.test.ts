import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf } from '../../src/cache/output-copy.ts';
import { decodeFrame, encodeFrame } from '../../src/ipc/index.ts';
import { differenceOf } from '../ipc/faithful.ts';
import { thrown } from '../support/thrown.ts';

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
});

describe('a copy of an output', () => {
  it('gives what came from a thread, the same each time', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const arrived = decodeFrame<[unknown]>(encodeFrame([[value]]))[0]?.[0];
        const copy = copyOf(arrived);
        expect(differenceOf(copy.value(), arrived)).toBeUndefined();
        expect(differenceOf(copy.value(), arrived)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('is another object for each, and not the output', () => {
    const output = { list: [1], bytes: new Uint8Array([1]), map: new Map([[1, { n: 1 }]]) };
    const copy = copyOf(output);
    const [one, other] = [copy.value(), copy.value()] as [typeof output, typeof output];
    output.list.push(2);
    one.bytes[0] = 9;
    (one.map.get(1) as { n: number }).n = 9;
    expect(other).toEqual({
      list: [1],
      bytes: new Uint8Array([1]),
      map: new Map([[1, { n: 1 }]]),
    });
    expect(copy.value()).toEqual(other);
  });

  it('knows its size', () => {
    expect(copyOf(undefined).size).toBe(0);
    expect(copyOf('four').size).toBe(8);
    expect(copyOf(new Uint8Array(1_000)).size).toBeGreaterThan(1_000);
    expect(copyOf(new Uint8Array(1_000)).size).toBeLessThan(1_020);
  });

  it.each([[() => {}], [Symbol('s')], [{ f: () => {} }]])('cannot be made of %o', (output) => {
    thrown(() => copyOf(output), 'NotSerializable');
  });
});
