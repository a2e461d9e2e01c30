import { afterEach, expect, test, vi } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';

afterEach(() => vi.restoreAllMocks());

function parse(...args: string[]) {
  let text = '';
  const write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(write);
  vi.spyOn(process.stderr, 'write').mockImplementation(write);
  return { result: parseArguments(args), text };
}

test('serve has defaults', () => {
  expect(parse('serve', 'app.ts').result).toEqual({
    name: 'serve',
    app: 'app.ts',
    port: 3_000,
    host: '127.0.0.1',
    logLevel: 'info',
  });
});

test('repl has defaults', () => {
  expect(parse('repl', 'app.ts').result).toEqual({
    name: 'repl',
    app: 'app.ts',
    logLevel: 'silent',
  });
});

test('every option is taken', () => {
  const args = '--port 0 --host ::1 --threads 4 --log-level debug app.ts'.split(' ');
  expect(parse('serve', ...args).result).toEqual({
    name: 'serve',
    app: 'app.ts',
    port: 0,
    host: '::1',
    threads: 4,
    logLevel: 'debug',
  });
});

test.each([
  [['serve']],
  [['serve', 'a.ts', 'b.ts']],
  [['serve', 'a.ts', '--frobnicate']],
  [['serve', 'a.ts', '--port', '65536']],
  [['serve', 'a.ts', '--port', 'http']],
  [['serve', 'a.ts', '--port']],
  [['serve', 'a.ts', '--threads', '0']],
  [['serve', 'a.ts', '--log-level', 'loud']],
  [['repl', 'a.ts', '--port', '1']],
  [['dance', 'a.ts']],
])('%j is bad usage: one line and exit code 2', (args) => {
  const { result, text } = parse(...args);
  expect(result).toBe(2);
  expect(text).toMatch(/^troupe: [^\n]+\n$/);
});

test('no command at all is bad usage, and shows which there are', () => {
  const { result, text } = parse();
  expect(result).toBe(2);
  expect(text).toContain('serve [options] <app>');
});

test.each([[['--help']], [['serve', '--help']], [['repl', '-h']]])(
  '%j shows the exit codes',
  (args) => {
    const { result, text } = parse(...args);
    expect(result).toBe(0);
    expect(text).toContain('Exit codes:');
  },
);
