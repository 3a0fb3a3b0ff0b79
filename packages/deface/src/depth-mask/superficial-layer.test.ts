import { depthWindow } from '@efface/kernels';
import { allocateVoxels, uniformRescale, type Volume } from '@efface/volume';
import { expect, it } from 'vitest';
import { layerValue, superficialLayer } from './superficial-layer.ts';

const SKIN_Y = 10;

/** Slabs across y: air, and below the skin at y = 10 mm a value of 100 per mm, with an offset that alternates along x. */
function slabs(spacing: number): Volume {
  const n = Math.round(40 / spacing);
  const voxels = allocateVoxels('f32', n ** 3) as Float32Array;
  for (let at = 0; at < voxels.length; at++) {
    const y = (Math.floor(at / n) % n) * spacing;
    voxels[at] = 100 * (y - SKIN_Y) + (at % n & 1 ? 50 : 0);
  }
  return {
    grid: { sizeIjk: [n, n, n], affineIjkToLps: [spacing, 0, 0, 0, 0, spacing, 0, 0, 0, 0, spacing, 0] },
    type: 'f32', voxels, rescale: uniformRescale(n, 1, 0), modality: 'OT', unit: 'arbitrary',
  }; // prettier-ignore
}

const window = depthWindow({ centreLps: [20, -30, 20], directionLps: [0, 1, 0], upLps: [0, 0, 1], pixelMm: 1, sizePx: [31, 31] }); // prettier-ignore
const skinMm = new Float32Array(31 * 31).fill(SKIN_Y + 30);

it('is what lies at each depth below the skin, from low to high', () => {
  const layer = superficialLayer(slabs(0.5), [{ window, skinMm }], 3);
  if (!layer) throw new Error('there is a skin');
  // Two values at each depth, half of the voxels each; voxels and bins are half a millimetre, so ±25 of 100 per mm.
  for (const depth of [-2.25, -1.25, -0.25, 0.75, 1.75]) {
    expect(Math.abs(layerValue(layer, depth, 0) - 100 * depth)).toBeLessThanOrEqual(25);
    expect(Math.abs(layerValue(layer, depth, 1) - 100 * depth - 50)).toBeLessThanOrEqual(25);
  }
  // Everything below is one distribution: that of 2 to 7 mm, cut at 15 % and 95 %.
  expect(layerValue(layer, 30, 0)).toBe(layerValue(layer, 3, 0));
  expect(layerValue(layer, 30, 0)).toBeGreaterThan(240);
  expect(layerValue(layer, 30, 0)).toBeLessThan(360);
  expect(layerValue(layer, 30, 1)).toBeGreaterThan(640);
  expect(layerValue(layer, 30, 1)).toBeLessThan(760);
});

it('leaves out skin seen from the side, padding and what lies beyond the image', () => {
  const volume = slabs(0.5);
  const steep = skinMm.map((depth, n) => depth + 2 * (n % 31));
  expect(superficialLayer(volume, [{ window, skinMm: steep }], 3)).toBeUndefined();
  expect(superficialLayer(volume, [{ window, skinMm: skinMm.map((depth) => depth + 100) }], 3)).toBeUndefined();
  expect(superficialLayer({ ...volume, paddingRange: [-1e6, 1e6] }, [{ window, skinMm }], 3)).toBeUndefined();
});
