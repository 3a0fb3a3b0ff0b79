import { type DeviceVolume } from '@efface/compute';
import { forEachBackend } from '@efface/compute/testing';
import { openScan, readNrrd } from '@efface/io';
import { sharedPath } from '@efface/test-data';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spacingMm, type Vec3, voxelVolumeMm3 } from '@efface/volume';
import { beforeAll, describe, expect, it } from 'vitest';
import { CubicSpline } from '../resample/cubic-spline.ts';
import { type FirstOrderFeatures, firstOrderFromValues, PYRADIOMICS_FIRST_ORDER_NAMES } from './first-order.ts';
import { firstOrderOfStructures } from './histogram-features.ts';

/** An image or mask of the oracle. */
interface OracleImage {
  readonly sizeIjk: Vec3;
  readonly values: Int16Array | Int32Array;
  readonly spacingMm: Vec3;
  readonly voxelVolumeMm3: number;
}

async function readImage(name: string): Promise<OracleImage> {
  const { grid, voxels } = await readNrrd(join(pyradiomics, name));
  return {
    sizeIjk: grid.sizeIjk, values: voxels as Int16Array, spacingMm: spacingMm(grid), voxelVolumeMm3: voxelVolumeMm3(grid),
  }; // prettier-ignore
}

const FEATURES = Object.keys(PYRADIOMICS_FIRST_ORDER_NAMES) as (keyof FirstOrderFeatures)[];

// github.com/AIM-Harvard/pyradiomics @ 8ed5793, data/baseline/baseline_firstorder.csv; StandardDeviation is not in it.
const pyradiomics = sharedPath('oracles/pyradiomics/data') ?? '';

function baseline(column: string): Map<string, number> {
  const lines = readFileSync(join(pyradiomics, 'baseline/baseline_firstorder.csv'), 'utf8').trim().split(/\r?\n/);
  const at = lines[0].split(',').indexOf(column);
  const rows = lines.filter((line) => line.startsWith('original_firstorder_')).map((line) => line.split(','));
  return new Map(rows.map((row) => [row[0].replace('original_firstorder_', ''), Number(row[at])]));
}

/** All 18 features of the baseline to 1e-9 relative; upstream's own gate is 3 %. */
function expectBaseline(features: FirstOrderFeatures | undefined, column: string): void {
  if (features === undefined) throw new Error('no voxel');
  const expected = baseline(column);
  expect(expected.size).toBe(18);
  for (const feature of FEATURES) {
    const value = expected.get(PYRADIOMICS_FIRST_ORDER_NAMES[feature]);
    if (value === undefined) expect(feature).toBe('standardDeviation');
    else expect(Math.abs(features[feature] - value) / Math.abs(value), `${column} ${feature}`).toBeLessThan(1e-9);
  }
  expect(features.standardDeviation).toBe(Math.sqrt(features.variance));
}

function insideValues({ values }: OracleImage, label: OracleImage): number[] {
  return [...values].filter((_, index) => label.values[index] === 1);
}

/** The line that SimpleITK's Normalize and PyRadiomics' scale apply: mean and sample deviation of the whole image. */
function normalizing({ values }: OracleImage, scale: number): { readonly slope: number; readonly intercept: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, v) => sum + v, 0) / all.length;
  const squares = all.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const slope = scale / Math.sqrt(squares / (all.length - 1));
  return { slope, intercept: -mean * slope };
}

/** Mask without the voxels further than three population deviations from the mean inside (resegmentMode sigma). */
function resegmented(image: OracleImage, label: OracleImage): OracleImage {
  const inside = insideValues(image, label);
  const mean = inside.reduce((sum, v) => sum + v, 0) / inside.length;
  const reach = 3 * Math.sqrt(inside.reduce((sum, v) => sum + (v - mean) ** 2, 0) / inside.length);
  const values = label.values.map((v, index) => (v === 1 && Math.abs(image.values[index] - mean) <= reach ? 1 : 0));
  return { ...label, values };
}

/**
 * Values inside after `imageoperations.resampleImage`: grids aligned at the corner of the first voxel, the image by
 * cubic spline and truncated to its integers, the mask by the nearest voxel.
 */
function resampledValues(image: OracleImage, label: OracleImage, toMm: number): number[] {
  const [ni, nj, nk] = image.sizeIjk;
  const axes = image.sizeIjk.map((n, axis) => {
    const ratio = image.spacingMm[axis] / toMm;
    return Array.from({ length: Math.ceil(n * ratio) }, (_, index) => (index + 0.5) / ratio - 0.5);
  });
  const nearest = (x: number): number => Math.floor(x + 0.5);
  const spline = new CubicSpline(image.sizeIjk, image.values);
  const inside: number[] = [];
  for (const k of axes[2].filter((x) => nearest(x) < nk))
    for (const j of axes[1].filter((x) => nearest(x) < nj))
      for (const i of axes[0].filter((x) => nearest(x) < ni))
        if (label.values[nearest(i) + ni * (nearest(j) + nj * nearest(k))] === 1)
          inside.push(Math.trunc(spline.valueAt(i, j, k)));
  return inside;
}

describe.skipIf(pyradiomics === '').each(['brain1', 'breast1'])(
  'PyRadiomics baseline %s (skipped where ../shared is absent)',
  (name) => {
    let image: OracleImage;
    let label: OracleImage;
    let voxelVolume = 0;
    beforeAll(async () => {
      image = await readImage(`${name}_image.nrrd`);
      label = await readImage(`${name}_label.nrrd`);
      voxelVolume = image.voxelVolumeMm3;
    });

    it('plain lists', () => {
      const inside = insideValues(image, label);
      expectBaseline(firstOrderFromValues(inside, { voxelVolumeMm3: voxelVolume, voxelArrayShift: 2000 }), name);
      expectBaseline(
        firstOrderFromValues(insideValues(image, resegmented(image, label)), { voxelVolumeMm3: voxelVolume }),
        `${name}_resegmentation`,
      );
      const { slope, intercept } = normalizing(image, 100);
      const normalized = inside.map((v) => v * slope + intercept);
      expectBaseline(
        firstOrderFromValues(normalized, { voxelVolumeMm3: voxelVolume, binWidth: 5 }),
        `${name}_normalization`,
      );
    });

    it('resampled to 2 mm', () => {
      const inside = resampledValues(image, label, 2);
      expect(inside.length).toBe(name === 'brain1' ? 1915 : 23);
      expectBaseline(firstOrderFromValues(inside, { voxelVolumeMm3: 8 }), `${name}_resampling`);
    });

    forEachBackend((_, backend) => {
      it.each([
        ['i16', Int16Array],
        ['f32', Float32Array],
      ] as const)('%s on the device, the mask and its re-segmented part as two structures', async (format, Stored) => {
        const stored = Stored.from(image.values);
        const volume: DeviceVolume = {
          sizeIjk: image.sizeIjk,
          format,
          chunks: [backend().createBuffer('image', stored.byteLength, stored)],
          chunkWords: 0xffffffff,
        };
        const part = resegmented(image, label).values;
        const bits = Uint32Array.from(label.values, (v, index) => (v === 1 ? 4 : 0) | (part[index] << 31));
        const labels = backend().createBuffer('labels', bits.byteLength, bits);
        const request = { original: volume, labels, structureCount: 32, voxelVolumeMm3: voxelVolume };
        const shifted = await firstOrderOfStructures(backend(), { ...request, voxelArrayShift: 2000 });
        const plain = await firstOrderOfStructures(backend(), request);
        const normalized = await firstOrderOfStructures(backend(), {
          ...request,
          ...normalizing(image, 100),
          binWidth: 5,
        });
        backend().release(volume.chunks[0]);
        backend().release(labels);
        expectBaseline(shifted[2].original, name);
        expectBaseline(plain[31].original, `${name}_resegmentation`);
        expectBaseline(normalized[2].original, `${name}_normalization`);
        expect(plain[0].original).toBeUndefined();
        expect(plain[2].changedVoxelCount).toBe(0);
      });
    });
  },
);

// theibsi/data_sets @ 6da9602 and the consensus values of IBSI 1, printed with three digits.
const ibsi = sharedPath('oracles/ibsi') ?? '';

it.skipIf(ibsi === '')('IBSI digital phantom, to the digits printed (skipped where ../shared is absent)', async () => {
  const scan = await openScan(join(ibsi, 'digital_phantom/phantom.nii.gz'));
  const mask = await openScan(join(ibsi, 'digital_phantom/mask.nii.gz'));
  const inside = Array.from(scan.volume.voxels, Number).filter((_, index) => Number(mask.volume.voxels[index]) !== 0);
  expect(inside.length).toBe(74);
  const features = firstOrderFromValues(inside, { voxelVolumeMm3: 8, binWidth: 1 });
  if (features === undefined) throw new Error('no voxel');
  const references = JSON.parse(readFileSync(join(ibsi, 'intensity_reference.json'), 'utf8')) as Record<
    string,
    Record<string, readonly [number, number]>
  >;
  const own: Readonly<Record<string, number>> = {
    stat_mean: features.mean,
    stat_var: features.variance,
    stat_skew: features.skewness,
    stat_kurt: features.kurtosis - 3,
    stat_median: features.median,
    stat_min: features.minimum,
    stat_p10: features.percentile10,
    stat_p90: features.percentile90,
    stat_max: features.maximum,
    stat_iqr: features.interquartileRange,
    stat_range: features.range,
    stat_mad: features.meanAbsoluteDeviation,
    stat_rmad: features.robustMeanAbsoluteDeviation,
    stat_energy: features.energy,
    stat_rms: features.rootMeanSquared,
    stat_cov: features.standardDeviation / features.mean,
    ih_entropy: features.entropy,
    ih_uniformity: features.uniformity,
  };
  for (const [tag, value] of Object.entries(own))
    expect(Number(value.toPrecision(3)), tag).toBe(references['digital_phantom'][tag][0]);
  expect(features.totalEnergy).toBe(8 * 567);
});
