import type { FirstOrderFeatures } from '@efface/kernels';
import { openScan } from '@efface/io';
import { sharedPath } from '@efface/test-data';
import { uniformRescale } from '@efface/volume';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FirstOrderExtractor } from './first-order-extractor.ts';
import { IBSI_FIRST_ORDER_NAMES } from './ibsi.ts';
import { parseParameters } from './settings.ts';

// Consensus values and tolerances of IBSI 1, from oncoray/mirp @ d8a6a72; the phantom is theibsi/data_sets @ 6da9602.
const oracle = sharedPath('oracles/ibsi');

describe.skipIf(oracle === undefined)(
  `IBSI's digital phantom${oracle === undefined ? ' (skipped: no ../shared)' : ''}`,
  () => {
    it('every value within its tolerance', async () => {
      const folder = join(oracle ?? '', 'digital_phantom');
      const { volume } = await openScan(join(folder, 'phantom.nii.gz'), { modality: 'OT' });
      const { volume: mask } = await openScan(join(folder, 'mask.nii.gz'), { modality: 'OT' });
      const { settings } = parseParameters('setting: { binWidth: 1 }', 'parameters');
      const { features, voxelCount } = new FirstOrderExtractor(volume, settings, 'ibsi').featuresOf({
        grid: mask.grid,
        labels: mask.voxels as ArrayLike<number>,
      });
      expect(voxelCount).toBe(74);
      const lines = readFileSync(join(oracle ?? '', 'reference_values/ibsi_1_dig_phantom.csv'), 'utf8').split(/\r?\n/);
      const expected = new Map(
        lines.map((line) => line.split(';')).map((cells) => [cells.at(-1)?.trim() ?? '', cells] as const),
      );
      const compared = Object.entries(IBSI_FIRST_ORDER_NAMES).map(([key, tag]) => {
        const cells = expected.get(tag);
        expect(cells, tag).toBeDefined();
        const [value, tolerance] = (cells ?? []).slice(-3).map(Number);
        const own = features[key as keyof FirstOrderFeatures];
        // The published values are rounded to three digits.
        const rounding = 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) - 2);
        expect(Math.abs(own - value), tag).toBeLessThanOrEqual(Math.max(tolerance, rounding));
        return tag;
      });
      expect(compared).toHaveLength(17);
    });
  },
);

describe('by the convention of IBSI', () => {
  const image = {
    grid: { sizeIjk: [4, 2, 1] as const, affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
    type: 'i16' as const,
    voxels: Int16Array.of(13, 13, 24, 26, 37, 38, 62, 63),
    rescale: uniformRescale(1, 1, 0),
    modality: 'CT' as const,
    unit: 'HU' as const,
  };
  const mask = { grid: image.grid, labels: new Uint8Array(8).fill(1) };
  const entropy = (text: string, convention: 'ibsi' | 'pyradiomics'): number =>
    new FirstOrderExtractor(image, parseParameters(text, 'p').settings, convention).featuresOf(mask).features.entropy;

  const bits = (...counts: number[]): number => -counts.reduce((sum, n) => sum + (n / 8) * Math.log2(n / 8), 0);

  it('bins start at the smallest value', () => {
    // 13 to 37, 38 to 62, 63; PyRadiomics' edges are at 25 and 50.
    expect(entropy('setting: { binWidth: 25 }', 'ibsi')).toBeCloseTo(bits(5, 2, 1), 12);
    expect(entropy('setting: { binWidth: 25 }', 'pyradiomics')).toBeCloseTo(bits(3, 3, 2), 12);
  });

  it('bins start at the lower bound of re-segmentation where there is one', () => {
    expect(entropy('setting: { binWidth: 25, resegmentRange: [12.5, 100] }', 'ibsi')).toBeCloseTo(bits(5, 2, 1), 12);
    expect(entropy('setting: { binWidth: 25, resegmentRange: [0, 100] }', 'ibsi')).toBeCloseTo(bits(3, 3, 2), 12);
  });

  it('kurtosis is an excess and nothing is shifted', () => {
    const [own, other] = (['ibsi', 'pyradiomics'] as const).map(
      (convention) =>
        new FirstOrderExtractor(image, parseParameters('setting: { voxelArrayShift: 100 }', 'p').settings, convention)
          .featuresOf(mask).features,
    ); // prettier-ignore
    expect(own.kurtosis).toBe(other.kurtosis - 3);
    expect(own.energy).toBe([13, 13, 24, 26, 37, 38, 62, 63].reduce((sum, v) => sum + v * v, 0));
  });
});
