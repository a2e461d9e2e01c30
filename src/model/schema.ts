import { describe, TroupeError } from './errors.ts';

/**
 * The part of the Standard Schema interface (version 1) that troupe uses: zod, valibot, arktype and
 * others implement it, so a pipeline takes the schemas of any of them.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type TypesOf<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T>
  : never;

/** What a schema accepts. */
export type SchemaInput<S> = TypesOf<S> extends { readonly input: infer Input } ? Input : never;
/** What a schema makes of it. */
export type SchemaOutput<S> = TypesOf<S> extends { readonly output: infer Output } ? Output : never;

/**
 * A schema that accepts everything and only names the type, for inputs that need no checking.
 *
 * @example definePipeline({ id: 'audit', input: typed<{ dir: string }>(), steps: { … } })
 */
export function typed<T>(): Schema<T> {
  return {
    '~standard': { version: 1, vendor: 'troupe', validate: (value) => ({ value: value as T }) },
  };
}

/** True for anything that implements Standard Schema; some libraries' schemas are functions. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const standard = (value as Partial<Schema>)['~standard'];
  return typeof standard?.validate === 'function';
}

/**
 * What a schema made of a value, from what its `validate` gave in the end.
 *
 * @param what names the value in the error
 * @throws TroupeError of this code, when the value does not fit, and when the answer is none
 */
export function acceptedOf(
  answer: unknown,
  code: 'InvalidInput' | 'InvalidOutput',
  what: string,
  details: Readonly<Record<string, unknown>> = {},
): unknown {
  if (!isResult(answer)) {
    const message = `${what}: its schema must answer { value } or { issues }, but gave ${describe(answer)}`;
    throw new TroupeError(code, message, { details });
  }
  if (answer.issues === undefined) return answer.value;
  const { issues } = answer;
  throw new TroupeError(code, `${what}: ${describeIssues(issues)}`, {
    details: { ...details, issues: issues.length },
  });
}

function isResult(answer: unknown): answer is SchemaResult<unknown> {
  if (typeof answer !== 'object' || answer === null) return false;
  const { issues } = answer as { readonly issues?: unknown };
  return issues === undefined ? 'value' in answer : Array.isArray(issues);
}

/** `dir.0: expected a string; size: …` */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  if (issues.length === 0) return 'refused, without a reason';
  return issues.map(describeIssue).join('; ');
}

function describeIssue({ message, path = [] }: SchemaIssue): string {
  if (path.length === 0) return message;
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return `${keys.join('.')}: ${message}`;
}
