import { Script } from 'node:vm';

/** These would be expressions within parentheses, but declare something as they stand. */
const DECLARATION = /^(?:async\s+function|function|class|let)\b/;

/**
 * A line for the REPL to evaluate, so that what it gives is awaited: `run('files.list', …)` alone
 * should print an output and not a promise. Statements and declarations are left as they are, and
 * so is what awaits on its own.
 */
export function awaited(code: string): string {
  const text = code.trim().replace(/;+$/, '');
  return isExpression(text) ? `await (${text}\n)\n` : code;
}

function isExpression(text: string): boolean {
  if (text === '' || DECLARATION.test(text) || !isScript(`(${text}\n)`)) return false;
  // What begins with a brace is an object, as in any REPL; a script would see a block.
  return text.startsWith('{') || isScript(text);
}

function isScript(code: string): boolean {
  try {
    new Script(code);
    return true;
  } catch {
    return false;
  }
}
