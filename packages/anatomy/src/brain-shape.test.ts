import { describe, expect, it } from 'vitest';
import { averageBrainRadius } from './brain-shape.ts';
import { brainMesh } from './brain-mesh.ts';
import { lookUpDirection } from './direction-map.ts';

describe('averageBrainRadius', () => {
  const map = averageBrainRadius();

  it('is its own mirror image', () => {
    for (let p = 5; p < 180; p += 10) {
      for (let a = 0; a < 360; a += 10) {
        const [s, c] = [Math.sin((p * Math.PI) / 180), Math.cos((p * Math.PI) / 180)];
        const [x, y] = [s * Math.cos((a * Math.PI) / 180), s * Math.sin((a * Math.PI) / 180)];
        expect(lookUpDirection(map, x, y, c)).toBeCloseTo(lookUpDirection(map, -x, y, c), 3);
      }
    }
  });

  it('has the size of an adult brain', () => {
    // Length, width and volume of adult brains: 165-180 mm, 130-140 mm, 1.2-1.5 l.
    const length = lookUpDirection(map, 0, -1, 0) + lookUpDirection(map, 0, 1, 0);
    expect(length).toBeGreaterThan(155);
    expect(length).toBeLessThan(180);
    const { averageRadii } = brainMesh(4);
    const ml = averageRadii.reduce((sum, r) => sum + r ** 3, 0) * ((4 * Math.PI) / 3 / averageRadii.length / 1000);
    expect(ml).toBeGreaterThan(1200);
    expect(ml).toBeLessThan(1500);
  });

  it('sums the harmonics as other software does', () => {
    // scipy.special.sph_harm_y of scipy 1.17 on the same coefficients; the table is linear between its 2° steps.
    const expected = [
      [0, 0, 1, 59.2533], [0, 0, -1, 60.9678], [1, 0, 0, 64.2402], [0, -1, 0, 88.8023], [0, 1, 0, 73.2979],
      [0.48, -0.64, 0.6, 70.1964], [0.48, 0.64, -0.6, 78.1365], [0.6, 0, -0.8, 49.5426],
    ] as const; // prettier-ignore
    for (const [x, y, z, radius] of expected) {
      const isOnTable = x === 0 || y === 0;
      expect(Math.abs(lookUpDirection(map, x, y, z) - radius)).toBeLessThan(isOnTable && z !== -0.8 ? 2e-3 : 0.1);
    }
  });
});
