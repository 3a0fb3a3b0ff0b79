import type { FaceNetworks, PersonDescription } from '@efface/reidentify';
import { describe, expect, it } from 'vitest';
import { type Attack, attack, compared, comparedMethods, detectionRates, type Entry, personsOf } from './audit-rates.ts'; // prettier-ignore

const NETWORKS = { recogniser: { name: 'net', metric: 'euclidean' }, detectors: [{ name: 'd' }] } as unknown as FaceNetworks; // prettier-ignore

/** Somebody with one picture, or with one of each of several surfaces, at these places of a line. */
function entry(set: string, subject: string, ...places: readonly number[]): Entry {
  const descriptions = places.map((place): PersonDescription => {
    const descriptor = Float32Array.of(place, 0);
    return { detectorScores: { d: [place / 10] }, descriptors: [descriptor], mean: descriptor };
  });
  const source = { subject, session: '', method: set, path: '', kind: 'scan' } as const;
  return { set, source, descriptions };
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const known = NAMES.map((name, n) => entry('known', name, n));

/** Everybody in a set: at home, or where the neighbour is. */
async function set(name: string, atHome: (n: number) => boolean): Promise<Attack> {
  const entries = NAMES.map((who, n) => entry(name, who, atHome(n) ? n : (n + 1) % NAMES.length));
  return (await attack(name, 'mean', entries, known, NETWORKS, { distances: { mean: 0.5 } }))[0];
}

describe('attacks on sets', () => {
  it('take the best of several surfaces, and count who could not be acquired', async () => {
    const entries = [entry('undo', 'a', 5, 0.2), entry('undo', 'b')];
    const [{ table, record }] = await attack('undo', 'mean', entries, known, NETWORKS, { distances: { mean: 0.5 } });
    expect([...table.scores[0]].map((score) => Number(score.toFixed(6)) + 0)).toEqual([-0.2, -0.8, -1.8, -2, -1, 0]);
    expect([...table.scores[1]]).toEqual(NAMES.map(() => -Infinity));
    expect(record.verification.failuresToAcquire).toBe(1);
    expect(record.verification.accepted?.genuine).toMatchObject({ count: 1, of: 2 });
    expect(record.identification.rankOne).toMatchObject({ count: 0, of: 2 });
  });

  it('compare methods on the same subjects by who is found after one alone', async () => {
    const [all, none, first] = [await set('all', () => true), await set('none', () => false), await set('first', (n) => n === 0)]; // prettier-ignore
    // Two-sided exact McNemar of 6 against 0: 2/2⁶; of 5 against 0: 2/2⁵; of 1 against 0: 1.
    const pairs = comparedMethods([all, none, first]);
    expect(pairs.map(({ setA, setB, subjects, onlyA, onlyB }) => [setA, setB, subjects, onlyA, onlyB])).toEqual([
      ['all', 'none', 6, 6, 0],
      ['all', 'first', 6, 5, 0],
      ['none', 'first', 6, 0, 1],
    ]);
    for (const [n, expected] of [2 / 64, 2 / 32, 1].entries()) expect(pairs[n].mcNemar).toBeCloseTo(expected, 12);
    expect(compared([all], [none])[0].record.mcNemarAgainstOriginals).toBeCloseTo(2 / 64, 12);
  });

  it('are none where nobody known has what the attacker looks at, or nobody is known', async () => {
    const entries = [entry('x', 'a', 0)];
    expect(await attack('x', 'geometry', entries, known, NETWORKS, { distances: {} })).toEqual([]);
    expect(await attack('x', 'linear', entries, known, NETWORKS, { distances: {} })).toEqual([]);
    expect(await attack('x', 'mean', [entry('x', 'stranger', 0)], known, NETWORKS, { distances: {} })).toEqual([]);
  });
});

describe('detection', () => {
  it('counts somebody with several surfaces once, by the one that most looks like a face', () => {
    const entries = [entry('x', 'a', 1, 9), entry('x', 'b', 1), entry('x', 'c')];
    const sets = [{ name: 'x', persons: entries.map(({ descriptions }) => descriptions) }];
    const [rate] = detectionRates(sets, NETWORKS.detectors, { cuts: { d: 0.5 } });
    expect(rate.persons).toMatchObject({ count: 1, of: 3 });
    expect(rate.pictures).toMatchObject({ count: 1, of: 3 });
    const [a, b, c] = personsOf(entries, [], { cuts: { d: 0.5 } });
    expect([a.detectedShare, b.detectedShare, c.detectedShare]).toEqual([{ d: 1 }, { d: 0 }, undefined]);
  });
});
