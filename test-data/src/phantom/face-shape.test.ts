import { describe, expect, it } from 'vitest';
import {
  completeFaceShape, FACE_PARAMETER_NAMES, FACE_PARAMETERS, faceParameterRange, meanFaceShape, sampleFaceShape,
} from './face-shape.ts'; // prettier-ignore

describe('face shapes', () => {
  it('have at least 20 measures', () => {
    expect(FACE_PARAMETER_NAMES.length).toBeGreaterThanOrEqual(20);
  });

  it('are the same for the same seed and within the range for any', () => {
    for (let seed = -3; seed < 300; seed++) {
      const shape = sampleFaceShape(seed);
      expect(sampleFaceShape(seed)).toEqual(shape);
      for (const name of FACE_PARAMETER_NAMES) {
        const [low, high] = faceParameterRange(name);
        expect(shape[name]).toBeGreaterThanOrEqual(low);
        expect(shape[name]).toBeLessThanOrEqual(high);
      }
    }
  });

  it('scatter around the documented means', () => {
    const people = Array.from({ length: 2000 }, (_, seed) => sampleFaceShape(seed));
    for (const name of FACE_PARAMETER_NAMES) {
      const { mean, sd } = FACE_PARAMETERS[name];
      const average = people.reduce((sum, p) => sum + p[name], 0) / people.length;
      // Standard error of 2000 people with a spread of at most 1.3 sd is 0.03 sd; four of them.
      expect(Math.abs(average - mean)).toBeLessThan(0.12 * sd);
    }
  });

  it('refuse a measure out of range and name it', () => {
    expect(() => completeFaceShape(meanFaceShape(), { noseWidth: 80 })).toThrow(/noseWidth is 80 mm/);
    expect(() => completeFaceShape(meanFaceShape(), { chinHeight: Number.NaN })).toThrow(RangeError);
    expect(completeFaceShape(meanFaceShape(), { noseWidth: 36 }).noseWidth).toBe(36);
  });
});
