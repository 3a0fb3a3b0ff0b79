import { describe, expect, it } from 'vitest';
import type { DepthMap } from '../geometry/match-depths.ts';
import { scorePersons } from './attackers.ts';
import type { PersonDescription } from './describe-head.ts';

/** A person with pictures at these places of the plane. */
function person(places: readonly (readonly [number, number])[], depth?: DepthMap): PersonDescription {
  const descriptors = places.map((place) => Float32Array.from(place));
  const mean = Float32Array.from([0, 1], (d) => places.reduce((sum, place) => sum + place[d], 0) / places.length);
  return { detectorScores: {}, descriptors, mean, ...(depth ? { depth } : {}) };
}

/** A bump `height` mm high. */
function bump(height: number): DepthMap {
  const size = 61;
  const depthMm = Float32Array.from({ length: size * size }, (_, n) => {
    const [x, y] = [(n % size) - 30, Math.floor(n / size) - 30];
    return 200 - height * Math.exp(-(x * x + 2 * y * y) / 200) + 0.01 * (x * x + y * y);
  });
  return { widthPx: size, heightPx: size, pixelMm: 1, depthMm };
}

describe('attackers', () => {
  const known = [person([[0, 0], [0, 2]], bump(20)), undefined, person([[6, 0], [0, 0.5]], bump(30))]; // prettier-ignore
  const unknown = [person([[0, 1], [3, 1]], bump(20)), undefined]; // prettier-ignore

  it('mean: the distance of the means; who was not acquired is infinitely far', async () => {
    const [first, second] = await scorePersons('mean', unknown, known, 'euclidean');
    // (1.5, 1) from (0, 1) and from (3, 0.25).
    expect([...first]).toEqual([-1.5, -Infinity, -Math.hypot(1.5, 0.75)]);
    expect([...second]).toEqual([-Infinity, -Infinity, -Infinity]);
  });

  it('best: the nearest two pictures', async () => {
    const [first] = await scorePersons('best', unknown, known, 'euclidean');
    // (0, 1) is 1 from (0, 0) and from (0, 2), and 0.5 from (0, 0.5).
    expect([...first]).toEqual([-1, -Infinity, -0.5]);
  });

  it('geometry: the same shape lies on itself; photographs have none', async () => {
    const [first] = await scorePersons('geometry', unknown, known, 'euclidean');
    expect(first[0]).toBeGreaterThan(-1e-3);
    expect(first[1]).toBe(-Infinity);
    expect(first[2]).toBeLessThan(-0.1);
    const photograph = person([[0, 0]]);
    expect([...(await scorePersons('geometry', [photograph], known, 'cosine'))[0]]).toEqual([
      -Infinity,
      -Infinity,
      -Infinity,
    ]);
  });
});
