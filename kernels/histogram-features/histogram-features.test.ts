import { type Backend, type DeviceFormat, type DeviceVolume } from '@efface/compute';
import { checkKernels, forEachBackend } from '@efface/compute/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exactFirstOrder } from './first-order.testing.ts';
import { type FirstOrderFeatures } from './first-order.ts';
import { cases } from './histogram-features.cases.ts';
import { firstOrderOfStructures, type FirstOrderRequest } from './histogram-features.ts';

checkKernels(cases);

const ARRAYS = { u8: Uint8Array, i8: Int8Array, u16: Uint16Array, i16: Int16Array, f32: Float32Array } as const;
// f32 holds whole numbers to 2²⁴.
const RANGES = { u8: [0, 255], i8: [-128, 127], u16: [0, 65_535], i16: [-32_768, 32_767], f32: [-2e6, 2e6] } as const;

interface Given {
  readonly format: DeviceFormat;
  readonly original: readonly number[];
  readonly defaced: readonly number[];
  readonly labels: readonly number[];
  readonly structureCount: number;
  /** Buffers each volume is cut into, at most. Default 1. */
  readonly parts?: number;
}

type Settings = Omit<FirstOrderRequest, 'original' | 'defaced' | 'labels' | 'structureCount'>;

async function featuresOf(backend: Backend, given: Given, settings: Settings) {
  const { format, parts = 1 } = given;
  const upload = (values: readonly number[]): DeviceVolume => {
    const stored = ARRAYS[format].from(values);
    const perWord = 4 / stored.BYTES_PER_ELEMENT;
    const chunkWords = Math.ceil(stored.length / perWord / parts);
    const starts = Array.from({ length: Math.ceil(stored.length / perWord / chunkWords) }, (_, c) => c * chunkWords);
    const chunks = starts.map((word) => {
      const part = stored.slice(word * perWord, (word + chunkWords) * perWord);
      return backend.createBuffer('part', Math.ceil(part.byteLength / 4) * 4, part);
    });
    return { sizeIjk: [values.length, 1, 1], format, chunks, chunkWords };
  };
  const original = upload(given.original);
  const defaced = upload(given.defaced);
  const labels = backend.createBuffer('labels', 4 * given.labels.length, Uint32Array.from(given.labels));
  try {
    return await firstOrderOfStructures(backend, { original, defaced, labels, structureCount: given.structureCount, ...settings }); // prettier-ignore
  } finally {
    for (const buffer of [...original.chunks, ...defaced.chunks, labels]) backend.release(buffer);
  }
}

/** Exact where only comparisons are behind a feature, else to 1e-12 of the scale that its terms have. */
function expectFeatures(actual: FirstOrderFeatures | undefined, expected: FirstOrderFeatures | undefined): void {
  if (actual === undefined || expected === undefined) {
    expect(actual).toBe(expected);
    return;
  }
  for (const name of ['minimum', 'maximum', 'median', 'range'] as const) expect(actual[name]).toBe(expected[name]);
  for (const [name, value] of Object.entries(actual) as [keyof FirstOrderFeatures, number][]) {
    const scale = name === 'mean' || name.startsWith('percentile') ? expected.range : 1;
    const error = Math.abs(value - expected[name]);
    if (Number.isNaN(expected[name])) expect(value, name).toBeNaN();
    else expect(error, name).toBeLessThanOrEqual(1e-12 * Math.max(Math.abs(expected[name]), scale));
  }
}

function expectStructures(
  actual: Awaited<ReturnType<typeof featuresOf>>,
  { original, defaced, labels, structureCount }: Given,
  settings: Settings,
): void {
  expect(actual.length).toBe(structureCount);
  actual.forEach((structure, r) => {
    const inside = labels.flatMap((label, index) => ((label >>> r) & 1 ? [index] : []));
    const expected = (values: readonly number[]) =>
      inside.length === 0 ? undefined : exactFirstOrder(inside.map((index) => values[index]), settings); // prettier-ignore
    const changes = inside.map((index) => Math.abs(original[index] - defaced[index]));
    expect(structure.voxelCount).toBe(inside.length);
    expect(structure.changedVoxelCount).toBe(changes.filter((change) => change > 0).length);
    expect(structure.maxChange).toBe(Math.max(0, ...changes));
    expectFeatures(structure.original, expected(original));
    expectFeatures(structure.defaced, expected(defaced));
    if (structure.changedVoxelCount === 0) expect(structure.defaced).toBe(structure.original);
  });
}

const given: fc.Arbitrary<Given> = fc
  .record({
    format: fc.constantFrom<DeviceFormat>('u8', 'i8', 'u16', 'i16', 'f32'),
    count: fc.integer({ min: 1, max: 150 }),
    structureCount: fc.integer({ min: 1, max: 32 }),
    parts: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ format, count, structureCount, parts }) => {
    const [min, max] = RANGES[format];
    const value = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max), fc.integer({ min: 0, max: 90 }));
    const label = fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 31 }).map((r) => (1 << r) >>> 0),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.constant(0xffffffff),
    );
    const list = { minLength: count, maxLength: count };
    return fc
      .record({
        original: fc.array(value, list),
        other: fc.array(fc.option(value), list),
        labels: fc.array(label, list),
      })
      .map(({ original, other, labels }) => ({
        format,
        structureCount,
        parts,
        original,
        labels,
        defaced: original.map((v, index) => other[index] ?? v),
      }));
  });

forEachBackend((_, backend) => {
  it('agrees with exact rational arithmetic for any integers, structures and settings', async () => {
    await fc.assert(
      fc.asyncProperty(
        given,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: -9, max: 1500 }),
        async (g, w, shift) => {
          const settings = { voxelVolumeMm3: 0.75, binWidth: w, voxelArrayShift: shift };
          expectStructures(await featuresOf(backend(), g, settings), g, settings);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('one voxel, a flat structure, an empty one, all 32 at once, both ends of the type', async () => {
    const settings = { voxelVolumeMm3: 2 };
    const g: Given = {
      format: 'i16',
      original: [-32_768, 5, 5, 5, 32_767, 9],
      defaced: [-32_768, 5, 5, 5, -32_768, 9],
      labels: [0x80000000, 2, 2, 0xffffffff, 0x80000000, 8].map((label) => label & ~0x40),
      structureCount: 32,
    };
    const structures = await featuresOf(backend(), g, settings);
    expectStructures(structures, g, settings);
    expect(structures[6]).toEqual({ voxelCount: 0, changedVoxelCount: 0, maxChange: 0, original: undefined, defaced: undefined }); // prettier-ignore
    expect(structures[1].original).toMatchObject({ mean: 5, variance: 0, skewness: 0, kurtosis: 0, uniformity: 1 });
    expect(structures[31]).toMatchObject({ changedVoxelCount: 1, maxChange: 65_535 });
    expect(structures[31].original?.range).toBe(65_535);
  });

  it('applies the rescale to every value: the features of slope·x + intercept, for slopes of both signs', async () => {
    const original = [3, 9, 200, 17, 17, 54, 120];
    const labels = original.map(() => 1);
    const g: Given = { format: 'u8', original, defaced: original.with(2, 190), labels, structureCount: 1 };
    for (const [slope, intercept] of [
      [2, -1024],
      [-3, 7],
      [0, 4],
    ]) {
      const real = (values: readonly number[]): number[] => values.map((v) => v * slope + intercept);
      const settings = { voxelVolumeMm3: 1, binWidth: 10, voxelArrayShift: 30 };
      const [structure] = await featuresOf(backend(), g, { ...settings, slope, intercept });
      expectFeatures(structure.original, exactFirstOrder(real(original), settings));
      expectFeatures(structure.defaced, exactFirstOrder(real([...g.defaced]), settings));
      expect(structure.maxChange).toBe(10 * Math.abs(slope));
    }
  });

  it('refuses volumes that are no pair, short labels and impossible numbers of structures', async () => {
    const volume = (format: 'u8' | 'i8', count: number): DeviceVolume => ({
      sizeIjk: [count, 1, 1],
      format,
      chunks: [backend().createBuffer('volume', 8)],
      chunkWords: 0xffffffff,
    });
    const original = volume('u8', 5);
    const other = volume('i8', 5);
    const shorter = volume('u8', 4);
    const labels = backend().createBuffer('labels', 20);
    const ask = (change: Partial<FirstOrderRequest>) =>
      firstOrderOfStructures(backend(), { original, labels, structureCount: 1, voxelVolumeMm3: 1, ...change });
    await expect(ask({ defaced: other })).rejects.toThrow(/no pair/);
    await expect(ask({ defaced: shorter })).rejects.toThrow(/no pair/);
    await expect(ask({ labels: original.chunks[0] })).rejects.toThrow(/5 labels need 20/);
    for (const structureCount of [0, 33, 1.5]) await expect(ask({ structureCount })).rejects.toThrow(RangeError);
    expect(await ask({})).toMatchObject([{ voxelCount: 0, original: undefined, defaced: undefined }]);
    for (const buffer of [original.chunks[0], other.chunks[0], shorter.chunks[0], labels]) backend().release(buffer);
  });
});
