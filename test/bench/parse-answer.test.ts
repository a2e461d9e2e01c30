import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../bench/harness/parse-answer.ts';

describe('parseAnswer', () => {
  it('reads the value', () => {
    expect(parseAnswer('{"value":12.5}\n')).toEqual({ value: 12.5 });
  });

  it('reads the settings in effect, when told', () => {
    expect(parseAnswer('{"value":1,"settings":{"threads":2}}')).toEqual({
      value: 1,
      settings: { threads: 2 },
    });
  });

  it.each([
    '',
    'hello',
    '12',
    'null',
    '[{"value":1}]',
    '{}',
    '{"value":"1"}',
    '{"value":null}',
    '{"value":0}',
    '{"value":-1}',
    '{"value":1e999}',
    '{"value":1,"settings":[]}',
    '{"value":1}\n{"value":2}',
    'debug\n{"value":1}',
  ])('refuses %j', (stdout) => {
    expect(() => parseAnswer(stdout)).toThrow('expected one JSON line');
  });

  it('quotes what came, shortened', () => {
    expect(() => parseAnswer('oops')).toThrow('got "oops"');
    expect(() => parseAnswer(' \n')).toThrow('got nothing');
    expect(() => parseAnswer('x'.repeat(10_000))).toThrow(/^.{0,300}$/);
  });
});
