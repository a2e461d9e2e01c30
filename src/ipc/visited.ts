/** Up to so many objects are compared one by one, which costs less than a Set. */
const FEW = 16;

/** The objects met in one value, so that one that is met again is noticed. */
export class Visited {
  readonly #few: object[] = [];
  readonly #many = new Set<object>();
  #count = 0;

  clear(): void {
    if (this.#count > FEW) this.#many.clear();
    this.#count = 0;
  }

  /** False for an object that was met before. */
  add(object: object): boolean {
    const count = this.#count;
    if (count >= FEW) return this.#addToMany(object);
    const few = this.#few;
    for (let i = 0; i < count; i++) if (few[i] === object) return false;
    few[count] = object;
    this.#count = count + 1;
    return true;
  }

  #addToMany(object: object): boolean {
    const many = this.#many;
    if (this.#count === FEW) for (const earlier of this.#few) many.add(earlier);
    const { size } = many;
    many.add(object);
    if (many.size === size) return false;
    this.#count++;
    return true;
  }

  some(test: (object: object) => boolean): boolean {
    if (this.#count > FEW) return Array.from(this.#many).some(test);
    return this.#few.slice(0, this.#count).some(test);
  }

  /** Lets go of what it holds on to for the sake of speed. */
  release(): void {
    this.clear();
    this.#few.length = 0;
  }
}
