import { describe, expect, it } from 'vitest';
import { createIcosphere, placeOnSphere } from './icosphere.ts';

describe('icosphere', () => {
  it('has 10·4^level + 2 unit vectors that sum to nothing, 12 of them with five neighbours, the others with six', () => {
    for (const level of [0, 1, 3]) {
      const { directions, vertexCount, neighbourStart, facesPerLevel } = createIcosphere(level);
      expect(vertexCount).toBe(10 * 4 ** level + 2);
      expect(facesPerLevel.at(-1)).toHaveLength(3 * 20 * 4 ** level);
      const sum = [0, 0, 0];
      const degrees = new Map<number, number>();
      for (let v = 0; v < vertexCount; v++) {
        const p = directions.subarray(3 * v, 3 * v + 3);
        expect(Math.hypot(...p)).toBeCloseTo(1, 12);
        for (let d = 0; d < 3; d++) sum[d] += p[d];
        const degree = neighbourStart[v + 1] - neighbourStart[v];
        degrees.set(degree, (degrees.get(degree) ?? 0) + 1);
      }
      expect(Math.hypot(...sum)).toBeLessThan(1e-9);
      expect(degrees.get(5)).toBe(12);
      expect(degrees.get(6) ?? 0).toBe(vertexCount - 12);
    }
  });

  it('places every direction in the face it goes through', () => {
    const sphere = createIcosphere(3);
    const { directions } = sphere;
    for (let n = 0; n < 500; n++) {
      // A Fibonacci lattice: even, and on no vertex or edge by construction.
      const z = 1 - (2 * n + 1) / 500;
      const angle = n * Math.PI * (3 - Math.sqrt(5));
      const r = Math.sqrt(1 - z * z);
      const [x, y] = [r * Math.cos(angle), r * Math.sin(angle)];
      const { vertices, weights } = placeOnSphere(sphere, x, y, z);
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(-1e-12);
      expect(weights[0] + weights[1] + weights[2]).toBeCloseTo(1, 12);
      const p = [0, 1, 2].map((d) => vertices.reduce((sum, v, c) => sum + weights[c] * directions[3 * v + d], 0));
      const length = Math.hypot(...p);
      expect(Math.hypot(p[0] / length - x, p[1] / length - y, p[2] / length - z)).toBeLessThan(1e-12);
    }
  });

  it('gives a vertex to itself', () => {
    const sphere = createIcosphere(2);
    for (let v = 0; v < sphere.vertexCount; v++) {
      const [x, y, z] = sphere.directions.subarray(3 * v, 3 * v + 3);
      const place = placeOnSphere(sphere, x, y, z);
      const own = place.vertices.indexOf(v);
      expect(place.weights[own]).toBeCloseTo(1, 12);
    }
  });
});
