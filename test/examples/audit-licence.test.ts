import { describe, expect, test } from 'vitest';
import { declaredLicence, isLicenceFile, recogniseLicence } from '../../examples/audit/licence.ts';

describe('the licence that package.json declares', () => {
  test.each([
    ['text', { license: 'MIT' }, 'MIT'],
    ['an expression', { license: ' (MIT OR Apache-2.0) ' }, '(MIT OR Apache-2.0)'],
    ['an object with a type', { license: { type: 'ISC', url: 'https://example.org' } }, 'ISC'],
    ['the legacy list', { licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] }, 'MIT OR GPL-2.0'],
    ['a list of texts', { license: ['MIT', 'BSD-3-Clause'] }, 'MIT OR BSD-3-Clause'],
    ['a legacy list beside an empty text', { license: '', licenses: ['MIT'] }, 'MIT'],
    ['the word for no licence at all', { license: 'UNLICENSED' }, 'UNLICENSED'],
  ])('is read from %s', (_, manifest, licence) => {
    expect(declaredLicence(manifest)).toBe(licence);
  });

  test.each([
    ['nothing is declared', {}],
    ['it is only spaces', { license: '  ' }],
    ['it is no text', { license: 7, licenses: [null, {}, { type: 1 }] }],
    ['it only points to a file', { license: 'SEE LICENSE IN LICENSE.txt' }],
  ])('is undefined where %s', (_, manifest) => {
    expect(declaredLicence(manifest)).toBeUndefined();
  });

  test('is cut where it is too long to be one', () => {
    expect(declaredLicence({ license: 'x'.repeat(5000) })).toHaveLength(120);
  });
});

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this
software and associated documentation files (the "Software"), to deal in the Software without
restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, subject to the following conditions:
The above copyright notice and this permission notice shall be included in all copies.`;

const BSD_2 = `Redistribution and use in source and binary forms, with or without modification, are
permitted provided that the following conditions are met:
1. Redistributions of source code must retain the above copyright notice.
2. Redistributions in binary form must reproduce the above copyright notice.`;

const BSD_3 = `${BSD_2}
3. Neither the name of the copyright holder nor the names of its contributors may be used to
endorse or promote products derived from this software.`;

const ISC = `Permission to use, copy, modify, and/or distribute this software for any purpose with or
without fee is hereby granted, provided that the above copyright notice and this permission notice
appear in all copies.`;

describe('the licence of a text', () => {
  test.each([
    ['MIT', MIT],
    ['MIT', `/*\n${MIT.replace(/^/gm, ' * ')}\n */`],
    ['MIT', MIT.toUpperCase()],
    ['MIT-0', MIT.slice(0, MIT.indexOf(', subject to'))],
    ['ISC', ISC],
    ['0BSD', ISC.slice(0, ISC.indexOf(', provided'))],
    [
      'Apache-2.0',
      'Apache License\n  Version 2.0, January 2004\n  http://www.apache.org/licenses/',
    ],
    ['Apache-2.0', 'Licensed under the Apache License, Version 2.0 (the "License");'],
    ['BSD-2-Clause', BSD_2],
    ['BSD-3-Clause', BSD_3],
    ['BSD-4-Clause', `${BSD_3}\nAll advertising materials mentioning features must say so.`],
    ['MPL-2.0', 'Mozilla Public License Version 2.0\n====\n1. Definitions'],
    ['MPL-2.0', 'subject to the terms of the Mozilla Public License, v. 2.0.'],
    ['BlueOak-1.0.0', '# Blue Oak Model License\n\nVersion 1.0.0'],
    ['Unlicense', 'This is free and unencumbered software released into the public domain.'],
    ['CC0-1.0', 'Creative Commons Legal Code\n\nCC0 1.0 Universal'],
    ['GPL-2.0', 'GNU GENERAL PUBLIC LICENSE\n Version 2, June 1991'],
    ['GPL-3.0', 'GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007'],
    ['GPL-3.0', 'the terms of the GNU General Public License as published by the FSF, version 3.'],
    ['GPL', 'under the GNU General Public License'],
    ['LGPL-2.1', 'GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999'],
    ['LGPL-3.0', 'GNU LESSER GENERAL PUBLIC LICENSE Version 3, of the GNU General Public License'],
    ['LGPL-2.0', 'GNU LIBRARY GENERAL PUBLIC LICENSE\n Version 2, June 1991'],
    ['AGPL-3.0', 'GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007'],
    ['MIT', 'Released under the MIT License.'],
    ['BSD-3-Clause', 'See https://example.org/licenses/BSD-3-Clause'],
  ])('is recognised: %s', (licence, text) => {
    expect(recogniseLicence(text)).toBe(licence);
  });

  test('is the first of several, as a bundle appends the licences of what it bundles', () => {
    expect(recogniseLicence(`${ISC}\n\n# Bundled\n\n${MIT}\n${BSD_3}`)).toBe('ISC');
  });

  test('is unknown where no phrase is found', () => {
    expect(recogniseLicence('All rights reserved.')).toBe('unknown');
    expect(recogniseLicence('')).toBe('unknown');
  });
});

test('licence files are told by their names', () => {
  const names = ['LICENSE', 'licence.md', 'LICENSE-MIT', 'COPYING', 'COPYING.LESSER', 'UNLICENSE'];
  expect(names.filter((name) => !isLicenceFile(name))).toEqual([]);
  expect(['licenses', 'license-checker', 'README'].filter(isLicenceFile)).toEqual([
    'license-checker',
  ]);
});
