/** What stands for a licence that could not be told. */
export const UNKNOWN = 'unknown';

/** Longer than any sensible SPDX expression: what is beyond is no licence but an accident. */
const MAX_LENGTH = 120;

/**
 * The licence that a parsed package.json declares: `license` as text or `{type}`, else the legacy
 * `licenses` list, joined by OR. Undefined where it declares none, or only points to a file.
 */
export function declaredLicence(manifest: Readonly<Record<string, unknown>>): string | undefined {
  return fromField(manifest.license) ?? fromField(manifest.licenses);
}

function fromField(field: unknown): string | undefined {
  if (Array.isArray(field)) {
    const names = field.map(fromValue).filter((name) => name !== undefined);
    return names.length === 0 ? undefined : names.join(' OR ').slice(0, MAX_LENGTH);
  }
  return fromValue(field);
}

function fromValue(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && 'type' in value) return fromValue(value.type);
  if (typeof value !== 'string') return undefined;
  const name = value.trim();
  if (name === '' || /^see licen[sc]e/i.test(name)) return undefined;
  return name.slice(0, MAX_LENGTH);
}

/** True for the names that projects give to the file with their licence's text. */
export function isLicenceFile(name: string): boolean {
  return /^(?:(?:un)?licen[sc]e|copying)(?:[.-].*)?$/i.test(name);
}

interface Rule {
  /** A run of words as `wordsOf` leaves them. */
  readonly phrase: RegExp;
  /** The SPDX id, or how to tell it from the text that begins with the phrase. */
  readonly licence: string | ((text: string) => string);
}

/** Phrases of the licences' own texts. */
const TEXTS: readonly Rule[] = [
  {
    phrase: /permission is hereby granted free of charge to any person obtaining a copy/,
    licence: (text) => (within(text, 1200, 'this permission notice shall be') ? 'MIT' : 'MIT-0'),
  },
  {
    phrase: /permission to use copy modify and (?:or )?distribute this software for any purpose/,
    licence: (text) => (within(text, 250, 'provided that the above copyright') ? 'ISC' : '0BSD'),
  },
  { phrase: /apache license version 2 0/, licence: 'Apache-2.0' },
  {
    phrase: /redistribution and use in source and binary forms with or without modification/,
    licence: bsd,
  },
  { phrase: /mozilla public license (?:version |v )2 0/, licence: 'MPL-2.0' },
  { phrase: /blue oak model license/, licence: 'BlueOak-1.0.0' },
  { phrase: /this is free and unencumbered software released into the/, licence: 'Unlicense' },
  { phrase: /cc0 1 0 universal/, licence: 'CC0-1.0' },
  { phrase: /gnu free documentation license/, licence: 'GFDL' },
  { phrase: /gnu (?:affero |lesser |library )?general public license/, licence: gnu },
];

/** Names alone, for files that only mention their licence. */
const NAMES: readonly Rule[] = [
  { phrase: /\bmit license/, licence: 'MIT' },
  { phrase: /\bisc license/, licence: 'ISC' },
  { phrase: /\bbsd 2 clause/, licence: 'BSD-2-Clause' },
  { phrase: /\bbsd 3 clause/, licence: 'BSD-3-Clause' },
];

/**
 * The SPDX id of the licence whose text this is, or 'unknown'. Where a file holds several texts, as
 * bundles do for what they bundle, the first counts. GNU ids are given without `-only` or
 * `-or-later`: the text does not say which.
 */
export function recogniseLicence(text: string): string {
  const words = wordsOf(text);
  return firstMatch(words, TEXTS) ?? firstMatch(words, NAMES) ?? UNKNOWN;
}

/** Lower-case words with one space between: line breaks, quotes and comment marks don't count. */
function wordsOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, ' ');
}

function firstMatch(words: string, rules: readonly Rule[]): string | undefined {
  let first: { at: number; licence: Rule['licence'] } | undefined;
  for (const { phrase, licence } of rules) {
    const at = words.search(phrase);
    if (at !== -1 && (first === undefined || at < first.at)) first = { at, licence };
  }
  if (first === undefined) return undefined;
  return typeof first.licence === 'string' ? first.licence : first.licence(words.slice(first.at));
}

function within(text: string, characters: number, phrase: string): boolean {
  return text.slice(0, characters).includes(phrase);
}

function bsd(text: string): string {
  if (within(text, 1500, 'all advertising materials mentioning features')) return 'BSD-4-Clause';
  return within(text, 1500, 'endorse or promote products') ? 'BSD-3-Clause' : 'BSD-2-Clause';
}

const GNU_FAMILIES: Readonly<Record<string, string>> = {
  affero: 'AGPL',
  lesser: 'LGPL',
  library: 'LGPL',
  general: 'GPL',
};

/** The version follows the name at once in a title, and a clause later in a notice. */
function gnu(text: string): string {
  const family = GNU_FAMILIES[text.split(' ')[1] ?? ''] ?? 'GPL';
  const version = /\bversion (\d)(?: (\d)\b)?/.exec(text.slice(0, 250));
  return version === null ? family : `${family}-${version[1]}.${version[2] ?? '0'}`;
}
