/**
 * Random choices that are the same again for the same seed and case, whatever other cases were made before: a 32-bit
 * counter that walks by the golden ratio, its bits mixed by two multiplications (splitmix32).
 */
export class Dice {
  #state: number;

  constructor(seed: number, n: number) {
    this.#state = (Math.imul(seed ^ 0x5bd1e995, 0x2545f491) ^ Math.imul(n + 1, 0x9e3779b1)) >>> 0;
    for (let warm = 0; warm < 4; warm++) this.next();
  }

  /** 0 ≤ u < 1. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A whole number in 0 … n − 1. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** A whole number in from … to. */
  between(from: number, to: number): number {
    return from + this.int(to - from + 1);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)];
  }

  /** One of the values, each as often as its weight says. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.next() * from.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of from) {
      left -= weight;
      if (left < 0) return value;
    }
    return from[from.length - 1][1];
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.int(256)));
  }
}
