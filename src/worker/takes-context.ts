/** What a name cannot hold; neither can one parameter without a default, a computed key or a comment. */
const SPECIAL = '()[\\]{}\'"`/\\\\=.,';
const NAME = `[^\\s${SPECIAL}]+`;
const FLAT = `[^()[\\]{}'"\`/\\\\=.]*`;

/** `name`, `{ a, b: c }` or `[a, b]`; where it nests, nobody looks closer. */
const PARAMETER = `(?:${NAME}|\\{${FLAT}\\}|\\[${FLAT}\\])`;

/** A function, arrow or method of one parameter: all before the parenthesis is keywords and its name. */
const ONE_PARAMETER = new RegExp(`^[^${SPECIAL}]*\\(\\s*${PARAMETER}\\s*,?\\s*\\)\\s*(?:=>|\\{)`);
const BARE_ARROW = new RegExp(`^(?:async\\s+)?${NAME}\\s*=>`);

/** Ways to a second argument that no parameter tells of. */
const ALL_ARGUMENTS = /\b(?:arguments|eval)\b/;

/**
 * False only for a function that surely has no use for a second argument. `length` alone does not
 * say: a default or rest parameter is not counted. So the source must show one plain parameter; a
 * bound or native function shows nothing, and takes it.
 */
export function takesContext(run: (...args: never[]) => unknown): boolean {
  if (run.length !== 1) return true;
  const source = Function.prototype.toString.call(run);
  if (!ONE_PARAMETER.test(source) && !BARE_ARROW.test(source)) return true;
  return ALL_ARGUMENTS.test(source);
}
