import { describe, expect, it } from 'vitest';
import { installedVersion, ownVersion } from '../../bench/harness/installed-version.ts';

describe('installedVersion', () => {
  it('finds a package, exported manifest or not', () => {
    expect(installedVersion('vitest')).toMatch(/^\d+\.\d+\.\d+/);
    expect(installedVersion('piscina')).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is null for a package that is not there', () => {
    expect(installedVersion('no-such-package-anywhere')).toBeNull();
  });
});

describe('ownVersion', () => {
  it('is the version of this project', () => {
    expect(ownVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });
});
