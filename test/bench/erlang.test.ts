import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { erlang, erlangVersion } from '../../bench/harness/erlang.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'troupe-erlang-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An installation as distributions lay it out: a link in the path, releases beside the program. */
function install(releases: Readonly<Record<string, string>>): string {
  const program = join(folder, 'lib', 'bin', 'erl');
  mkdirSync(join(folder, 'lib', 'bin'), { recursive: true });
  writeFileSync(program, '');
  chmodSync(program, 0o755);
  for (const [release, version] of Object.entries(releases)) {
    mkdirSync(join(folder, 'lib', 'releases', release), { recursive: true });
    writeFileSync(join(folder, 'lib', 'releases', release, 'OTP_VERSION'), `${version}\n`);
  }
  const path = join(folder, 'path');
  mkdirSync(path);
  symlinkSync(program, join(path, 'erl'));
  return ['/nowhere', path].join(delimiter);
}

describe('erlangVersion', () => {
  it('is the newest release beside the program', () => {
    expect(erlangVersion(install({ '9': '9.3', '25': '25.2.3' }))).toBe('25.2.3');
  });

  it('is unknown where the program has no release beside it', () => {
    expect(erlangVersion(install({}))).toBe('unknown');
  });

  it('is null where there is no program', () => {
    expect(erlangVersion(folder)).toBeNull();
  });
});

describe('erlang', () => {
  it('names the module and the flags in its settings', () => {
    const { name, settings } = erlang('erlang S1', 'savina', ['+S', '1']);
    expect({ name, settings }).toEqual({
      name: 'erlang S1',
      settings: { module: 'savina', flags: ['+S', '1'] },
    });
  });
});
