export const add = ({ a, b }) => a + b;

export function fail() {
  throw new Error('no');
}
