import { createMask, uniformRescale, type Volume } from '@efface/volume';
import { expect, it } from 'vitest';
import { drawStructures, structureSheet } from './structure-slices.ts';
import { orthogonalPlanes } from './slices.ts';

const volume: Volume = {
  grid: { sizeIjk: [9, 9, 9], affineIjkToLps: [1, 0, 0, -4, 0, 1, 0, -4, 0, 0, 1, -4] },
  type: 'u8',
  voxels: new Uint8Array(729).fill(100),
  rescale: uniformRescale(9, 1, 0),
  modality: 'OT',
  unit: 'arbitrary',
};
const window = { low: 0, high: 255 };

/** Voxels 2..6 of all axes. */
const cube = createMask([9, 9, 9]);
for (let k = 2; k <= 6; k++) for (let j = 2; j <= 6; j++) cube.words[k * 9 + j] = 0b0111_1100;

it('outlines a cube by its 16 border voxels in its colour on all three planes, and leaves the rest', () => {
  for (const plane of Object.values(orthogonalPlanes([0, 0, 0]))) {
    const { rgb } = drawStructures(volume, [{ number: 1, colour: [1, 2, 3], mask: cube }], plane, window, 9, 9);
    for (let y = 0; y < 9; y++)
      for (let x = 0; x < 9; x++) {
        const isRim = Math.max(Math.abs(x - 4), Math.abs(y - 4)) === 2;
        expect([...rgb.subarray(3 * (9 * y + x), 3 * (9 * y + x) + 3)]).toEqual(isRim ? [1, 2, 3] : [100, 100, 100]);
      }
  }
});

it('puts a row for each volume and a legend with patch and number below', () => {
  const structures = [{ number: 1, colour: [9, 200, 7] as const, mask: cube }];
  const sheet = structureSheet({ volumes: [volume, volume], structures, centreLps: [0, 0, 0], window, sizePx: 40 });
  expect([sheet.widthPx, sheet.heightPx]).toEqual([3 * 44 - 4, 2 * 44 - 4 + 24]);
  const at = (x: number, y: number): number[] => [...sheet.rgb.subarray(3 * (y * sheet.widthPx + x), 3 * (y * sheet.widthPx + x) + 3)]; // prettier-ignore
  expect(at(10, 84 + 10)).toEqual([9, 200, 7]);
  // The middle dot of the top row of "1".
  expect(at(4 + 20 + 4, 84 + 5)).toEqual([255, 255, 255]);
});
