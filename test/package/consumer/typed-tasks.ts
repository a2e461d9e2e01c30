export const add = ({ a, b }: { a: number; b: number }): number => a + b;
