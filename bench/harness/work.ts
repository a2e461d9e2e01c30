/** What is put into a task and read from its result: it counts `x` on to `x + 1`, whatever it takes. */

export interface Work {
  input(x: number): unknown;
  /** The number that the result carries. */
  read(output: unknown): unknown;
}

/** Of `increment`: the number itself. */
export const numbers: Work = {
  input: (x) => x,
  read: (output) => output,
};

/** A record as services pass them about: about 300 bytes as JSON, two levels deep. */
export interface Order {
  readonly id: string;
  revision: number;
  readonly customer: { readonly name: string; readonly email: string; readonly city: string };
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly price: number;
  }[];
  readonly tags: readonly string[];
  readonly paid: boolean;
  readonly total: number;
  readonly note: string | null;
}

/** Of `revise`: an order, each a new one in all its parts, so that no pool can send any part once. */
export const orders: Work = {
  input: createOrder,
  read: (output) => (output as Order).revision,
};

function createOrder(revision: number): Order {
  return {
    id: `order-${String(revision).padStart(10, '0')}`,
    revision,
    customer: { name: 'Ada Lovelace', email: 'ada@example.com', city: 'London' },
    lines: [
      { sku: 'ENGINE-0001', quantity: 1, price: 1842.5 },
      { sku: 'CARDS-00250', quantity: 4, price: 12.25 },
    ],
    tags: ['priority', 'export'],
    paid: true,
    total: 1891.5,
    note: null,
  };
}

/** @throws unless the result is that of `x` */
export function check(work: Work, x: number, output: unknown): void {
  const y = work.read(output);
  if (y !== x + 1) throw new Error(`wrong result: expected ${x + 1} for ${x}, got ${String(y)}`);
}
