import { describe, expect, it } from 'vitest';
import { judgeAttack, type ScoreTable } from './judge-attack.ts';

/** Four known; the first two unknowns are recognised, the third's own comes second, the fourth was not acquired. */
const TABLE: ScoreTable = {
  known: ['a', 'b', 'c', 'd'],
  unknown: ['a', 'b', 'c', 'd'],
  scores: [
    [0.9, 0.1, 0.2, 0.3],
    [0.2, 0.8, 0.1, 0.4],
    [0.6, 0.2, 0.5, 0.1],
    [-Infinity, -Infinity, -Infinity, -Infinity],
  ].map((row) => Float64Array.from(row)),
};

describe('an attack', () => {
  it('counts what was not acquired in every rate', () => {
    const { verification, identification } = judgeAttack(TABLE, 0.55);
    expect(verification).toMatchObject({ nGenuine: 4, nImpostor: 12, failuresToAcquire: 1 });
    expect(verification.accepted).toMatchObject({ genuine: { count: 2, of: 4 }, impostor: { count: 1, of: 12 } });
    // 0.9 and 0.8 lie above all 12, 0.5 above 11 of them, the failure is level with the three that failed.
    expect(verification.areaUnderCurve).toBeCloseTo((12 + 12 + 11 + 1.5) / 48, 14);
    expect(identification).toMatchObject({ gallerySize: 4, chance: 0.25, rankOne: { count: 2, of: 4 } });
    expect(identification.cumulativeMatch).toEqual([0.5, 0.75, 0.75, 0.75]);
    // Missed: the third (another comes first) and the fourth. False alarm: the third, whose first is a stranger at 0.6.
    expect(identification.openSet).toEqual({ missed: 0.5, falseAlarms: 0.25 });
    // Of two: the mate and one of three others; the third subject loses against one of the three.
    expect(identification.rankOneBySize[0]).toEqual({
      size: 2,
      rate: expect.closeTo((1 + 1 + 2 / 3) / 4, 14) as number,
    });
  });

  it('has an interval over subjects that holds the area, and no width where all pairs are in order', () => {
    const { areaInterval, areaUnderCurve } = judgeAttack(TABLE).verification;
    expect(areaInterval.low).toBeLessThan(areaUnderCurve);
    expect(areaInterval.high).toBeGreaterThanOrEqual(areaUnderCurve);
    const perfect = {
      ...TABLE,
      scores: TABLE.known.map((_, r) => Float64Array.from(TABLE.known, (_, c) => (r === c ? 1 : 0))),
    };
    expect(judgeAttack(perfect).verification).toMatchObject({ areaUnderCurve: 1, areaInterval: { low: 1, high: 1 } });
  });

  it('takes unknowns nobody knows as impostors of everybody, outside identification', () => {
    const stranger = { ...TABLE, unknown: ['a', 'b', 'c', 'x'] };
    const { verification, identification } = judgeAttack(stranger);
    expect(verification).toMatchObject({ nGenuine: 3, nImpostor: 13 });
    expect(identification.rankOne.of).toBe(3);
  });

  it('refuses what says nothing', () => {
    expect(() => judgeAttack({ ...TABLE, known: ['a', 'a', 'c', 'd'] })).toThrow('stands twice');
    expect(() => judgeAttack({ ...TABLE, unknown: ['w', 'x', 'y', 'z'] })).toThrow('no subject');
    const alone = { known: ['a'], unknown: ['a'], scores: [Float64Array.of(1)] };
    expect(() => judgeAttack(alone)).toThrow('one subject');
  });
});
