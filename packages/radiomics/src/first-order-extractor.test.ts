import { allocateVoxels, type Grid, uniformRescale, type Volume } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { FirstOrderExtractor } from './first-order-extractor.ts';
import type { LabelImage } from './region.ts';
import { DEFAULT_PARAMETERS, parseParameters, type RadiomicsSettings } from './settings.ts';

const grid: Grid = { sizeIjk: [4, 3, 2], affineIjkToLps: [2, 0, 0, 10, 0, 3, 0, -5, 0, 0, 4, 1] };
const { settings } = DEFAULT_PARAMETERS;
const firstOrderOfRegion = (
  volume: Volume,
  labels: LabelImage,
  own: RadiomicsSettings,
): ReturnType<FirstOrderExtractor['featuresOf']> => new FirstOrderExtractor(volume, own).featuresOf(labels);
const with_ = (changes: Partial<RadiomicsSettings>): RadiomicsSettings => ({ ...settings, ...changes });

/** Stored values 0 … 23. */
function image(type: 'i16' | 'f32' = 'i16', on = grid): Volume {
  const count = on.sizeIjk[0] * on.sizeIjk[1] * on.sizeIjk[2];
  const voxels = allocateVoxels(type, count) as Int16Array;
  for (let n = 0; n < count; n++) voxels[n] = n;
  return { grid: on, type, voxels, rescale: uniformRescale(on.sizeIjk[2], 1, 0), modality: 'CT', unit: 'HU' };
}

const mask = (inside: (n: number) => boolean, label = 1, on = grid): LabelImage => ({
  grid: on,
  labels: Uint8Array.from({ length: on.sizeIjk[0] * on.sizeIjk[1] * on.sizeIjk[2] }, (_, n) => (inside(n) ? label : 0)),
});

describe('features of a region', () => {
  it('are of the label’s voxels, in real values, with the voxels’ volume', () => {
    const scaled: Volume = {
      ...image(),
      rescale: { slopePerK: Float64Array.of(2, 10), interceptPerK: Float64Array.of(0, 1) },
    };
    const { features, voxelCount } = firstOrderOfRegion(scaled, mask((n) => n === 1 || n === 2 || n === 12 || n === 16, 7), with_({ label: 7 })); // prettier-ignore
    // 2, 4, 121, 161.
    expect(voxelCount).toBe(4);
    expect(features.mean).toBe(72);
    expect(features.median).toBe(62.5);
    expect(features.energy).toBe(4 + 16 + 121 ** 2 + 161 ** 2);
    expect(features.totalEnergy).toBe(24 * features.energy);
  });

  it('bin by count: equal bins, the largest value in the last', () => {
    const { features } = firstOrderOfRegion(
      image(),
      mask((n) => n < 12),
      with_({ binCount: 3 }),
    );
    // 0 … 11 in edges 0, 11/3, 22/3, 11: four values each.
    expect(features.uniformity).toBeCloseTo(1 / 3, 12);
    expect(features.entropy).toBeCloseTo(Math.log2(3), 12);
  });

  it('keep what lies in the range: absolute, of the maximum, in deviations', () => {
    const all = mask(() => true);
    const keep = (changes: Partial<RadiomicsSettings>): readonly [number, number, number] => {
      const { features, voxelCount } = firstOrderOfRegion(image(), all, with_({ minimumROIDimensions: 1, ...changes }));
      return [voxelCount, features.minimum, features.maximum];
    };
    expect(keep({ resegmentRange: [5, 10] })).toEqual([6, 5, 10]);
    expect(keep({ resegmentRange: [20] })).toEqual([4, 20, 23]);
    expect(keep({ resegmentRange: [0.5, 1], resegmentMode: 'relative' })).toEqual([12, 12, 23]);
    // Mean 11.5, deviation √(575/12) = 6.92.
    expect(keep({ resegmentRange: [-1, 1], resegmentMode: 'sigma' })).toEqual([14, 5, 18]);
  });

  it('normalise by the whole image, and bring outliers in', () => {
    const normalised = firstOrderOfRegion(
      image(),
      mask(() => true),
      with_({ normalize: true, normalizeScale: 10 }),
    ).features;
    expect(normalised.mean).toBeCloseTo(0, 12);
    // Sample deviation: √(1150/23) = √50.
    expect(normalised.maximum).toBeCloseTo((10 * 11.5) / Math.sqrt(50), 12);
    const clipped = firstOrderOfRegion(
      image(),
      mask(() => true),
      with_({ normalize: true, removeOutliers: 1 }),
    ).features;
    expect([clipped.minimum, clipped.maximum]).toEqual([-1, 1]);
  });

  it('are refused where PyRadiomics refuses', () => {
    const refused = (inside: (n: number) => boolean, changes: Partial<RadiomicsSettings> = {}): unknown => {
      try {
        return firstOrderOfRegion(image(), mask(inside), with_(changes)).voxelCount;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(refused(() => false)).toBe('REGION_EMPTY');
    expect(refused((n) => n === 5)).toBe('REGION_TOO_SMALL');
    expect(refused((n) => n < 4)).toBe('REGION_TOO_FLAT');
    expect(refused((n) => n < 4, { minimumROIDimensions: 1 })).toBe(4);
    expect(refused((n) => n < 12, { minimumROISize: 12 })).toBe('REGION_TOO_SMALL');
    expect(refused((n) => n < 12, { minimumROISize: 11 })).toBe(12);
    expect(refused(() => true, { resegmentRange: [100, 200] })).toBe('REGION_EMPTY');
  });

  it('of a mask on another grid need correctMask', () => {
    const coarse: Grid = { sizeIjk: [2, 3, 2], affineIjkToLps: [4, 0, 0, 11, 0, 3, 0, -5, 0, 0, 4, 1] };
    const half = mask((n) => n % 2 === 0, 1, coarse);
    expect(() => firstOrderOfRegion(image(), half, settings)).toThrow(/correctMask/);
    // Each of its voxels holds two of the image's: columns 0 and 1.
    const { voxelCount, features } = firstOrderOfRegion(image(), half, with_({ correctMask: true }));
    expect(voxelCount).toBe(12);
    expect(features.maximum).toBe(21);
    const far = { ...half, grid: { ...coarse, affineIjkToLps: [4, 0, 0, 500, 0, 3, 0, -5, 0, 0, 4, 1] } };
    expect(() => firstOrderOfRegion(image(), far, with_({ correctMask: true }))).toThrow(/on the image/);
  });

  it('resampled to its own spacing are the same', () => {
    const same = with_({ resampledPixelSpacing: [2, 0, 4] });
    const all = mask(() => true);
    expect(firstOrderOfRegion(image(), all, same)).toEqual(firstOrderOfRegion(image(), all, settings));
  });
});

describe('a parameter file', () => {
  it('has PyRadiomics’ defaults, and says what it does not use', () => {
    const { settings: own, features, ignored } = parseParameters(
      'imageType:\n  Original: {}\n  LoG: { sigma: [1] }\nfeatureClass:\n  firstorder:\n  glcm:\nsetting:\n  label: 3\n  force2D: true\n  resegmentRange: 4\n',
      'p.yaml',
    ); // prettier-ignore
    expect(own).toEqual({ ...settings, label: 3, resegmentRange: [4] });
    expect(features).toHaveLength(18);
    expect(features).not.toContain('StandardDeviation');
    expect(ignored).toEqual(['setting.force2D', 'featureClass.glcm', 'imageType.LoG']);
    expect(parseParameters('', 'empty.yaml')).toEqual(DEFAULT_PARAMETERS);
  });

  it('names the deprecated feature when it wants it', () => {
    const { features } = parseParameters('featureClass: { firstorder: [StandardDeviation, Mean] }', 'p.yaml');
    expect(features).toEqual(['Mean', 'StandardDeviation']);
  });

  it.each([
    ['setting: { binWidth: -1 }', 'p.yaml: setting.binWidth'],
    ['setting: { resegmentMode: other }', 'p.yaml: setting.resegmentMode'],
    ['setting: { interpolator: sitkLinear }', 'p.yaml: setting.interpolator'],
    ['featureClass: { glcm: }', 'asks for no firstorder'],
    ['featureClass: { firstorder: [Meen] }', 'there is no Meen'],
    ['a: [', 'p.yaml: is no YAML'],
    ['- 1', 'p.yaml'],
  ])('is refused by name: %s', (text, message) => {
    expect(() => parseParameters(text, 'p.yaml')).toThrow(message);
  });
});
