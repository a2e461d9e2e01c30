import type { JobRecord } from './job-record.ts';

/** Jobs that a session holds to begin with room for; a power of two. */
const INITIAL_ROOM = 1_024;

/**
 * The jobs that one session was sent and has not answered, by their numbers. As these follow one
 * another, a ring holds them: a Map in which no key ever comes twice is written anew again and
 * again, and the garbage of that was what the pool spent most of its time on. The ring grows when
 * a job of long ago is still in the place of a new one.
 */
export class Flight {
  #ring = emptyRing(INITIAL_ROOM);
  #size = 0;
  #stretches = 0;
  #load = 0;

  /** Milliseconds of work that they are believed to be. */
  get load(): number {
    return this.#load;
  }

  get size(): number {
    return this.#size;
  }

  /** How often there has come to be something where there was nothing. */
  get stretches(): number {
    return this.#stretches;
  }

  get(number: number): JobRecord | undefined {
    const record = this.#ring[this.#placeOf(number)];
    return record?.number === number ? record : undefined;
  }

  /** By its number, which must not be one that is there. */
  add(record: JobRecord): void {
    while (this.#ring[this.#placeOf(record.number)] !== undefined) this.#grow();
    this.#ring[this.#placeOf(record.number)] = record;
    if (this.#size++ === 0) this.#stretches++;
    this.#load += record.cost;
  }

  /** Takes one out, which must be there. */
  delete({ number, cost }: JobRecord): void {
    this.#ring[this.#placeOf(number)] = undefined;
    this.#size--;
    // Sums of fractions are not exact.
    this.#load = this.#size === 0 ? 0 : this.#load - cost;
  }

  clear(): void {
    this.#ring.fill(undefined);
    this.#size = 0;
    this.#load = 0;
  }

  /** In the order in which they were sent, which is the order in which they start. */
  inOrder(): readonly JobRecord[] {
    const records = this.#ring.filter((record) => record !== undefined);
    // Right over the turn of the count.
    return records.sort((a, b) => (a.number - b.number) | 0);
  }

  #placeOf(number: number): number {
    return number & (this.#ring.length - 1);
  }

  #grow(): void {
    const records = this.#ring;
    this.#ring = emptyRing(records.length * 2);
    for (const record of records) {
      if (record !== undefined) this.#ring[this.#placeOf(record.number)] = record;
    }
  }
}

function emptyRing(room: number): (JobRecord | undefined)[] {
  return new Array<JobRecord | undefined>(room).fill(undefined);
}
