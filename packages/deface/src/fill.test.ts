import { allocateVoxels, type Volume } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { fillReal, fillStoredPerK } from './fill.ts';

const volume = (type: Volume['type'], slopePerK: number[], interceptPerK: number[]): Volume => ({
  grid: { sizeIjk: [1, 1, slopePerK.length], affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
  type,
  voxels: allocateVoxels(type, slopePerK.length),
  rescale: { slopePerK: Float64Array.from(slopePerK), interceptPerK: Float64Array.from(interceptPerK) },
  modality: 'CT',
  unit: 'HU',
});

describe('fill', () => {
  it('is air on CT, nothing on PET and dose, the background elsewhere', () => {
    expect(fillReal('CT', 'HU', 5)).toBe(-1000);
    // A CT whose values are not HU has no −1000: its own background is its air.
    expect(fillReal('CT', 'arbitrary', 5)).toBe(5);
    expect(fillReal('PT', 'Bq/ml', 5)).toBe(0);
    expect(fillReal('OT', 'Gy', 5)).toBe(0);
    expect(fillReal('MR', 'arbitrary', 5)).toBe(5);
  });

  it('goes through the rescale of each slice', () => {
    expect(fillStoredPerK(volume('i16', [1, 2, 0.5], [-1024, 0, -1000]), -1000)).toEqual({
      storedPerK: Float64Array.of(24, -500, 0),
      clipped: false,
    });
  });

  it('clips to what the type holds and says so', () => {
    expect(fillStoredPerK(volume('u16', [1], [0]), -1000)).toEqual({ storedPerK: Float64Array.of(0), clipped: true });
  });
});
