/** What a heap asks of its members: a field for their place, −1 outside. */
export interface HeapMember {
  place: number;
}

/** A binary heap whose members know their place, so that each can be moved or taken out. */
export class Heap<M extends HeapMember> {
  readonly #isBefore: (a: M, b: M) => boolean;
  readonly #members: M[] = [];

  constructor(isBefore: (a: M, b: M) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#members.length;
  }

  get first(): M | undefined {
    return this.#members[0];
  }

  add(member: M): void {
    this.#members.push(member);
    this.#rise(member, this.#members.length - 1);
  }

  /** Takes a member out. */
  remove(member: M): void {
    const last = this.#members.pop() as M;
    if (last !== member) {
      this.#members[member.place] = last;
      last.place = member.place;
      this.update(last);
    }
    member.place = -1;
  }

  /** Gives a member its new place after it has changed. */
  update(member: M): void {
    this.#rise(member, member.place);
    this.#sink(member, member.place);
  }

  #rise(member: M, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const parent = this.#members[above] as M;
      if (!this.#isBefore(member, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(member, place);
  }

  #sink(member: M, from: number): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      let child = this.#members[below];
      if (child === undefined) break;
      const other = this.#members[below + 1];
      if (other !== undefined && this.#isBefore(other, child)) {
        child = other;
        below++;
      }
      if (!this.#isBefore(child, member)) break;
      this.#put(child, place);
      place = below;
    }
    this.#put(member, place);
  }

  #put(member: M, place: number): void {
    this.#members[place] = member;
    member.place = place;
  }
}
