export const increment = (x) => x + 1;
