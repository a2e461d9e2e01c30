import { describe, expect, it } from 'vitest';
import { isTaskReference, sourceOf, taskModule, taskReference } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const URL_TEXT = 'file:///app/files.js';

interface Exports {
  hash(path: string): string;
  list(): string[];
}

describe('taskModule', () => {
  const files = taskModule<Exports>('files', URL_TEXT);

  it('names its tasks', () => {
    expect(files.hash).toEqual({ module: 'files', name: 'hash', id: 'files.hash' });
    expect(Object.isFrozen(files.hash)).toBe(true);
  });

  it('gives the same reference each time', () => {
    expect(files.list).toBe(files.list);
  });

  it('knows where its code is', () => {
    expect(sourceOf(files)).toEqual({ name: 'files', url: URL_TEXT });
    expect(sourceOf(taskModule('a', new URL(URL_TEXT)))).toEqual({ name: 'a', url: URL_TEXT });
  });

  it('can be awaited, printed and turned to JSON without being taken for something else', async () => {
    expect(await Promise.resolve(files)).toBe(files);
    expect((files as unknown as { then: unknown }).then).toBeUndefined();
    expect(JSON.stringify(files)).toBe('{}');
    expect((files as unknown as Record<symbol, unknown>)[Symbol.iterator]).toBeUndefined();
    expect('hash' in files).toBe(false);
    expect(Object.getOwnPropertySymbols(files).every((key) => key in files)).toBe(true);
  });

  it.each(['', '1files', 'my files', 'a.b', 'ä', 5])('refuses the name %j', (name) => {
    const { details } = thrown(() => taskModule(name as string, URL_TEXT), 'InvalidOption');
    expect(details.field).toBe('taskModule name');
  });

  it.each(['files', '_files', 'my-files_2'])('takes the name %j', (name) => {
    expect(sourceOf(taskModule(name, URL_TEXT))?.name).toBe(name);
  });

  it.each(['./files.js', '/app/files.js', '', undefined, 5])('refuses the URL %j', (url) => {
    const { message, details } = thrown(() => taskModule('files', url as string), 'InvalidOption');
    expect(details.field).toBe('taskModule url');
    const shown = typeof url === 'string' ? JSON.stringify(url) : String(url);
    expect(message).toMatch(new RegExp(`but got ${shown.replaceAll('.', '\\.')}$`));
  });
});

describe('sourceOf', () => {
  it.each([undefined, null, 'files', 5, {}, () => {}])('of %o is nothing', (value) => {
    expect(sourceOf(value)).toBeUndefined();
  });
});

describe('isTaskReference', () => {
  it('is true for what a module or a pair of names gives', () => {
    expect(isTaskReference(taskModule('files', URL_TEXT).hash)).toBe(true);
    expect(isTaskReference(taskReference('files', 'hash'))).toBe(true);
  });

  it.each([
    null,
    undefined,
    'files.hash',
    () => {},
    {},
    { module: 'files', name: 'hash' },
    { module: 'files', name: 'hash', id: 'hash' },
    { module: 1, name: 2, id: '1.2' },
  ])('is false for %o', (value) => {
    expect(isTaskReference(value)).toBe(false);
  });

  it('is false for a whole module', () => {
    expect(isTaskReference(taskModule('files', URL_TEXT))).toBe(false);
  });
});
