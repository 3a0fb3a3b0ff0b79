import { describe, expect, it } from 'vitest';
import { descriptorDistance } from '../networks/face-recogniser.ts';
import { seededRandom } from '../seeded-random.ts';
import { scoreDescriptors } from './descriptor-scores.ts';

describe('scores of descriptors', () => {
  const random = seededRandom(4);
  const draw = (count: number): Float32Array[] =>
    Array.from({ length: count }, () => Float32Array.from({ length: 13 }, () => random() - 0.5));
  const unknown = draw(5);
  // Seven: a block of four and three that are left over.
  const known = [...draw(6), unknown[2]];

  it.each(['euclidean', 'cosine'] as const)('%s: minus the distance of every pair', (metric) => {
    const rows: number[][] = [];
    scoreDescriptors(unknown, known, metric, (scores, row) => {
      rows[row] = [...scores];
    });
    for (const [row, a] of unknown.entries())
      for (const [column, b] of known.entries())
        expect(rows[row][column]).toBeCloseTo(-descriptorDistance(a, b, metric), 12);
    expect(Math.max(...rows[2])).toBe(rows[2][6]);
  });

  it('refuses descriptors of different lengths, takes none', () => {
    expect(() => scoreDescriptors([new Float32Array(3)], [new Float32Array(4)], 'cosine', () => undefined)).toThrow(
      '3 and 4',
    );
    scoreDescriptors([], [], 'euclidean', () => expect.unreachable());
  });
});
