import type { Logger } from '../../src/ports/index.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A logger that keeps its lines, with the fields of its parents, and tells of its children. */
export function recordingLogger() {
  const lines: LogLine[] = [];
  const children: object[] = [];
  const make = (own: object): Logger => {
    const write = (level: LogLine['level']) => (fields: object, message: string) => {
      lines.push({ level, fields: { ...own, ...fields }, message });
    };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (fields) => {
        children.push(fields);
        return make({ ...own, ...fields });
      },
    };
  };
  return { logger: make({}), lines, children };
}
