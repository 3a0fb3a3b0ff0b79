import { randomF32 } from '@efface/compute/testing';
import { describe, expect, it } from 'vitest';
import { createIcosphere } from './icosphere.ts';
import { optimalSurface, type SurfaceProblem } from './optimal-surface.ts';

function energy({ sphere, labelCount, cost, stiffness }: SurfaceProblem, labels: ArrayLike<number>): number {
  let sum = 0;
  for (let v = 0; v < sphere.vertexCount; v++) {
    sum += cost[v * labelCount + labels[v]];
    for (let e = sphere.neighbourStart[v]; e < sphere.neighbourStart[v + 1]; e++) {
      const w = sphere.neighbours[e];
      if (w > v) sum += stiffness * Math.abs(labels[v] - labels[w]);
    }
  }
  return sum;
}

/** Least energy over all labellings, by trying each of them. */
function exhaustive(problem: SurfaceProblem): number {
  const { sphere, labelCount } = problem;
  const labels = new Uint16Array(sphere.vertexCount);
  let best = Infinity;
  for (;;) {
    best = Math.min(best, energy(problem, labels));
    let v = 0;
    while (v < labels.length && labels[v] === labelCount - 1) labels[v++] = 0;
    if (v === labels.length) return best;
    labels[v]++;
  }
}

describe('optimalSurface', () => {
  it('finds the least energy of all surfaces', () => {
    const sphere = createIcosphere(0);
    for (const [seed, stiffness] of [
      [1, 0.1],
      [2, 0.3],
      [3, 0.7],
      [4, 1.5],
    ] as const) {
      const cost = randomF32(seed, 12 * 3, 0, 1);
      const problem = { sphere, labelCount: 3, cost, stiffness, sweeps: 20 };
      expect(energy(problem, optimalSurface(problem))).toBeCloseTo(exhaustive(problem), 5);
    }
  });

  it('takes the cheapest place of every ray when nothing is stiff', () => {
    const sphere = createIcosphere(2);
    const labelCount = 9;
    const cost = randomF32(5, sphere.vertexCount * labelCount, 0, 1);
    const labels = optimalSurface({ sphere, labelCount, cost, stiffness: 0, sweeps: 2 });
    labels.forEach((label, v) => {
      const row = [...cost.subarray(v * labelCount, (v + 1) * labelCount)];
      expect(label).toBe(row.indexOf(Math.min(...row)));
    });
  });

  it('takes one place for all rays when everything is stiff', () => {
    const sphere = createIcosphere(2);
    const labelCount = 5;
    const cost = randomF32(6, sphere.vertexCount * labelCount, 0, 1);
    const sums = [0, 1, 2, 3, 4].map((l) => {
      let sum = 0;
      for (let v = 0; v < sphere.vertexCount; v++) sum += cost[v * labelCount + l];
      return sum;
    });
    const labels = optimalSurface({ sphere, labelCount, cost, stiffness: 1e3, sweeps: 60 });
    expect(new Set(labels)).toEqual(new Set([sums.indexOf(Math.min(...sums))]));
  });

  it('draws a few misled rays back to their neighbours', () => {
    const sphere = createIcosphere(3);
    const labelCount = 21;
    const cost = new Float32Array(sphere.vertexCount * labelCount);
    for (let v = 0; v < sphere.vertexCount; v++) {
      const place = v % 50 === 0 ? 20 : 10;
      for (let l = 0; l < labelCount; l++) cost[v * labelCount + l] = Math.min(2, Math.abs(l - place));
    }
    const labels = optimalSurface({ sphere, labelCount, cost, stiffness: 1, sweeps: 8 });
    expect([...new Set(labels)]).toEqual([10]);
  });
});
