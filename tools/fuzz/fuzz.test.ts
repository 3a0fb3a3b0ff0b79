import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Dice } from './dice.ts';
import { runFuzz } from './run-fuzz.ts';

const CASES = 500;

describe('damaged and hostile inputs', () => {
  it(`${CASES} of them are refused in words or written whole, and leave nothing behind`, async () => {
    const cases = Array.from({ length: CASES }, (_, n) => n);
    const report = await runFuzz({ seed: 20_260, cases, processes: availableParallelism() });
    expect(report.failed.map(({ n, kind, what, problems }) => ({ n, kind, what, problems }))).toEqual([]);
    expect(report.results).toBe(CASES);
    // Neither everything is refused nor everything let pass: the cases reach the reader and the writer.
    const written = [...report.outcomes].filter(([outcome]) => outcome.includes('written')).map(([, count]) => count);
    expect(written.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(CASES / 8);
    expect(report.outcomes.size).toBeGreaterThan(40);
  });

  it('are the same again for the same seed and number, whatever came before', () => {
    const draw = (seed: number, n: number): number[] =>
      Array.from(
        { length: 5 },
        (
          (dice) => () =>
            dice.int(1000)
        )(new Dice(seed, n)),
      );
    expect(draw(3, 8)).toEqual(draw(3, 8));
    expect(draw(3, 8)).not.toEqual(draw(3, 9));
    expect(draw(3, 8)).not.toEqual(draw(4, 8));
  });
});
