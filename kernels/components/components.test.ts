import { checkKernels, forEachBackend, randomMask } from '@efface/compute/testing';
import { maskFromNonzero, maskToBytes, type Vec3, wordsPerRow } from '@efface/volume';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cases } from './components.cases.ts';
import { components, componentSizes, type Connectivity, fillHoles, largestComponent } from './components.ts';

checkKernels(cases);

/** Flood fill from the definition; `flatAxis` is not crossed. */
function floodLabels(
  bytes: Uint8Array,
  [ni, nj, nk]: Vec3,
  connectivity: Connectivity,
  flatAxis?: number,
): Uint32Array {
  const labels = new Uint32Array(bytes.length);
  const reach = { 6: 1, 18: 2, 26: 3 }[connectivity];
  for (let seed = 0; seed < bytes.length; seed++) {
    if (bytes[seed] === 0 || labels[seed] !== 0) continue;
    const stack = [seed];
    labels[seed] = seed + 1;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
      for (let n = 0; n < 27; n++) {
        const [di, dj, dk] = [(n % 3) - 1, (Math.floor(n / 3) % 3) - 1, Math.floor(n / 9) - 1];
        if (Math.abs(di) + Math.abs(dj) + Math.abs(dk) > reach) continue;
        if (flatAxis !== undefined && [di, dj, dk][flatAxis] !== 0) continue;
        const [qi, qj, qk] = [i + di, j + dj, k + dk];
        if (qi < 0 || qj < 0 || qk < 0 || qi >= ni || qj >= nj || qk >= nk) continue;
        const q = (qk * nj + qj) * ni + qi;
        if (bytes[q] === 0 || labels[q] !== 0) continue;
        labels[q] = seed + 1;
        stack.push(q);
      }
    }
  }
  return labels;
}

/** What is not set and, within its slice or in space, not connected to the border, is filled. */
function fillByDefinition(bytes: Uint8Array, sizeIjk: Vec3, flatAxis?: number): Uint8Array {
  const [ni, nj] = sizeIjk;
  const background = bytes.map((v) => 1 - v);
  const labels = floodLabels(background, sizeIjk, 6, flatAxis);
  const open = new Set<number>();
  labels.forEach((label, n) => {
    const p = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
    if (label !== 0 && p.some((v, d) => d !== flatAxis && (v === 0 || v === sizeIjk[d] - 1))) open.add(label);
  });
  return Uint8Array.from(labels, (label) => (label !== 0 && open.has(label) ? 0 : 1));
}

/** The voxels in reverse order along one axis. */
function flipped(bytes: Uint8Array, [ni, nj, nk]: Vec3, axis: number): Uint8Array {
  const size = [ni, nj, nk];
  return bytes.map((_, n) => {
    const p = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
    p[axis] = size[axis] - 1 - p[axis];
    return bytes[(p[2] * nj + p[1]) * ni + p[0]];
  });
}

const SIZES: readonly Vec3[] = [[1, 1, 1], [33, 9, 7], [64, 5, 1], [5, 31, 13]]; // prettier-ignore

forEachBackend((_, backend) => {
  const upload = (words: Uint32Array) => backend().createBuffer('mask', words.byteLength, words);

  it('labels like a flood fill, for every connectivity and density', async () => {
    for (const sizeIjk of SIZES) {
      for (const connectivity of [6, 18, 26] as const) {
        // Near the percolation threshold of each connectivity components are long and winding.
        for (const density of [0.1, 0.31, 0.9]) {
          const words = randomMask(7, sizeIjk, density);
          const mask = upload(words);
          const { labels } = components(backend(), { mask, sizeIjk, connectivity });
          const bytes = maskToBytes({ sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words });
          expect(new Uint32Array(await backend().read(labels))).toEqual(floodLabels(bytes, sizeIjk, connectivity));
          backend().release(mask);
          backend().release(labels);
        }
      }
    }
  });

  it('lists components by size and finds the largest', async () => {
    const sizeIjk: Vec3 = [9, 3, 1];
    const bytes = Uint8Array.from('110011100' + '000000000' + '000100001', Number);
    const mask = upload(maskFromNonzero(sizeIjk, bytes).words);
    expect(await componentSizes(backend(), { mask, sizeIjk, connectivity: 6 })).toEqual([
      { label: 5, nVoxels: 3 },
      { label: 1, nVoxels: 2 },
      { label: 22, nVoxels: 1 },
      { label: 27, nVoxels: 1 },
    ]);
    const largest = largestComponent(backend(), { mask, sizeIjk, connectivity: 6 });
    expect(new Uint32Array(await backend().read(largest))).toEqual(Uint32Array.of(0b001110000, 0, 0));
    for (const buffer of [mask, largest]) backend().release(buffer);
  });

  it('an empty mask has no component and no largest one', async () => {
    const sizeIjk: Vec3 = [5, 4, 3];
    const mask = upload(new Uint32Array(12));
    expect(await componentSizes(backend(), { mask, sizeIjk, connectivity: 26 })).toEqual([]);
    const largest = largestComponent(backend(), { mask, sizeIjk, connectivity: 26 });
    expect(new Uint32Array(await backend().read(largest))).toEqual(new Uint32Array(12));
    for (const buffer of [mask, largest]) backend().release(buffer);
  });

  it('fills what is enclosed in space or in a slice, and nothing that is open', async () => {
    const sizeIjk: Vec3 = [7, 7, 3];
    const bytes = new Uint8Array(7 * 7 * 3);
    const at = (i: number, j: number, k: number): number => (k * 7 + j) * 7 + i;
    // A ring in each slice; its inside is open along k in space and closed within slices.
    for (let k = 0; k < 3; k++) for (let n = 1; n < 6; n++) for (const [i, j] of [[n, 1], [n, 5], [1, n], [5, n]]) bytes[at(i, j, k)] = 1; // prettier-ignore
    const filled = bytes.slice();
    for (let k = 0; k < 3; k++) for (let j = 2; j < 5; j++) for (let i = 2; i < 5; i++) filled[at(i, j, k)] = 1;
    const run = async (mode: '3d' | 'slices-i' | 'slices-j' | 'slices-k', values: Uint8Array): Promise<Uint8Array> => {
      const mask = upload(maskFromNonzero(sizeIjk, values).words);
      const dst = fillHoles(backend(), { mask, sizeIjk, mode });
      const words = new Uint32Array(await backend().read(dst));
      backend().release(mask);
      backend().release(dst);
      return maskToBytes({ sizeIjk, wordsPerRow: 1, words });
    };
    expect(await run('slices-k', bytes)).toEqual(filled);
    expect(await run('3d', bytes)).toEqual(bytes);
    // Lids on the first and last slice close it in space.
    const lidded = bytes.slice();
    const solid = filled.slice();
    for (const k of [0, 2]) for (let j = 2; j < 5; j++) for (let i = 2; i < 5; i++) lidded[at(i, j, k)] = 1;
    expect(await run('3d', lidded)).toEqual(solid);
  });

  it('fills by the definition, along every axis, and a mirrored mask mirrored', async () => {
    const sizeIjk: Vec3 = [45, 9, 7];
    const run = async (mode: '3d' | 'slices-i' | 'slices-j' | 'slices-k', values: Uint8Array): Promise<Uint8Array> => {
      const mask = upload(maskFromNonzero(sizeIjk, values).words);
      const dst = fillHoles(backend(), { mask, sizeIjk, mode });
      const words = new Uint32Array(await backend().read(dst));
      backend().release(mask);
      backend().release(dst);
      return maskToBytes({ sizeIjk, wordsPerRow: 2, words });
    };
    for (const density of [0.3, 0.55, 0.7]) {
      const bytes = maskToBytes({ sizeIjk, wordsPerRow: 2, words: randomMask(21, [45, 9, 7], density) });
      for (const [mode, flatAxis] of [
        ['3d', undefined],
        ['slices-i', 0],
        ['slices-j', 1],
        ['slices-k', 2],
      ] as const) {
        // prettier-ignore
        const filled = await run(mode, bytes);
        expect(filled, mode).toEqual(fillByDefinition(bytes, sizeIjk, flatAxis));
        for (const axis of [0, 1, 2])
          expect(await run(mode, flipped(bytes, sizeIjk, axis)), mode).toEqual(flipped(filled, sizeIjk, axis));
      }
    }
  });

  it('agrees with a flood fill on masks of any size and density', async () => {
    const size = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 1, max: 70 }), size, size),
        fc.constantFrom(6, 18, 26),
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (sizeIjk, connectivity, seed, density) => {
          const words = randomMask(seed, sizeIjk, density);
          const bytes = maskToBytes({ sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words });
          const expected = floodLabels(bytes, sizeIjk, connectivity);
          const mask = upload(words);
          const { labels } = components(backend(), { mask, sizeIjk, connectivity });
          const largest = largestComponent(backend(), { mask, sizeIjk, connectivity });
          expect(new Uint32Array(await backend().read(labels))).toEqual(expected);
          const [first] = await componentSizes(backend(), { mask, sizeIjk, connectivity });
          const chosen = maskFromNonzero(sizeIjk, expected.map((label) => (label === first?.label ? label : 0))); // prettier-ignore
          expect(new Uint32Array(await backend().read(largest))).toEqual(Uint32Array.from(chosen.words));
          for (const buffer of [mask, labels, largest]) backend().release(buffer);
        },
      ),
      { numRuns: 40 },
    );
  });
});
