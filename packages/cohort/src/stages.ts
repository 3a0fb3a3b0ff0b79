/** Wall time per named stage of one case; a stage that is entered twice adds up. */
export class StageClock {
  readonly #startNs = process.hrtime.bigint();
  readonly #totalNs = new Map<string, bigint>();

  /** Runs `work` and books its wall time under `stage`. */
  async time<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
    const begin = process.hrtime.bigint();
    try {
      return await work();
    } finally {
      this.#totalNs.set(stage, (this.#totalNs.get(stage) ?? 0n) + process.hrtime.bigint() - begin);
    }
  }

  /** Milliseconds per stage in order of first entry, and `total` since the clock was made. */
  timingsMs(): Record<string, number> {
    const ms = (ns: bigint): number => Math.round(Number(ns) / 1e4) / 100;
    const stages = [...this.#totalNs].map(([stage, ns]) => [stage, ms(ns)] as const);
    return { ...Object.fromEntries(stages), total: ms(process.hrtime.bigint() - this.#startNs) };
  }
}
