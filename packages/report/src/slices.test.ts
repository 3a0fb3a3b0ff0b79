import {
  allocateVoxels,
  type Grid,
  ijkToLps,
  maskFromNonzero,
  uniformRescale,
  type Vec3,
  type Volume,
} from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { blankPicture, contactSheet, paste, pictureFromGrey } from './picture.ts';
import { displayWindow, drawSlice, extentMm, orthogonalPlanes } from './slices.ts';

/** A volume whose real value is a function of patient position, on any grid. */
function volumeOf(grid: Grid, realAt: (pLps: Vec3) => number): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  let n = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) voxels[n++] = realAt(ijkToLps(grid, [i, j, k]));
  return { grid, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0), modality: 'MR', unit: 'arbitrary' };
}

/** The same 21 mm cube of points, stored left-posterior-superior and stored superior-right-anterior. */
const LPS: Grid = { sizeIjk: [21, 21, 21], affineIjkToLps: [1, 0, 0, -10, 0, 1, 0, -10, 0, 0, 1, -10] };
const SRA: Grid = { sizeIjk: [21, 21, 21], affineIjkToLps: [0, -1, 0, 10, 0, 0, -1, 10, 1, 0, 0, -10] };
const ramp = ([x, y, z]: Vec3): number => x + 100 * y + 10_000 * z;

describe('drawSlice', () => {
  it('draws the patient, not the array: both storage orders give the same pictures', () => {
    for (const plane of Object.values(orthogonalPlanes([0, 0, 0]))) {
      const window = { low: -1_010_000, high: 1_010_000 };
      const a = drawSlice(volumeOf(LPS, ramp), undefined, plane, window, 21, 21);
      const b = drawSlice(volumeOf(SRA, ramp), undefined, plane, window, 21, 21);
      expect(b.rgb).toEqual(a.rgb);
    }
  });

  it('puts left of the patient right, anterior up and superior up', () => {
    const at = (axis: 0 | 1 | 2) => volumeOf(LPS, (p) => p[axis]);
    const window = { low: -10, high: 10 };
    const { axial, coronal, sagittal } = orthogonalPlanes([0, 0, 0]);
    const grey = (volume: Volume, plane: typeof axial, x: number, y: number): number =>
      drawSlice(volume, undefined, plane, window, 21, 21).rgb[3 * (21 * y + x)];
    expect(grey(at(0), axial, 20, 10)).toBe(255);
    expect(grey(at(1), axial, 10, 0)).toBe(0);
    expect(grey(at(2), coronal, 10, 0)).toBe(255);
    expect(grey(at(1), sagittal, 0, 10)).toBe(0);
    expect(grey(at(2), sagittal, 10, 20)).toBe(0);
  });

  it('outlines the mask in red and is black outside the grid', () => {
    const volume = volumeOf(LPS, () => 5);
    const inside = new Uint8Array(21 ** 3);
    // A column of 3×3 voxels along z: in the axial cut its rim is 8 pixels around one.
    for (let k = 0; k < 21; k++)
      for (let j = 9; j < 12; j++) for (let i = 9; i < 12; i++) inside[(k * 21 + j) * 21 + i] = 1;
    const { axial } = orthogonalPlanes([0, 0, 0]);
    const picture = drawSlice(volume, maskFromNonzero(LPS.sizeIjk, inside), axial, { low: 0, high: 10 }, 41, 41);
    let red = 0;
    for (let p = 0; p < 41 * 41; p++) if (picture.rgb[3 * p] === 255 && picture.rgb[3 * p + 1] === 40) red++;
    expect(red).toBe(8);
    expect(picture.rgb.subarray(0, 3)).toEqual(Uint8Array.of(0, 0, 0));
  });

  it('measures the extent from the centre to the farthest corner', () => {
    expect(extentMm(LPS, [0, 0, 0])).toBe(20);
    expect(extentMm(LPS, [5, 0, 0])).toBe(30);
  });
});

describe('displayWindow', () => {
  it('is the soft tissue window on CT and the 1st to 99th percentile of the foreground elsewhere', () => {
    const mr = volumeOf({ ...LPS, sizeIjk: [101, 1, 1] }, ([x]) => x + 10);
    expect(displayWindow({ ...mr, unit: 'HU' })).toEqual({ low: -160, high: 240 });
    // Values 0..100, the smallest is background: foreground 1..100, ranks 0.99 and 98.01 of 99.
    expect(displayWindow(mr)).toEqual({ low: 1, high: 99 });
    expect(displayWindow(volumeOf(LPS, () => 3))).toEqual({ low: 0, high: 1 });
  });
});

describe('picture', () => {
  it('repeats grey over three channels and refuses a wrong count', () => {
    expect(pictureFromGrey(2, 1, Uint8Array.of(7, 9)).rgb).toEqual(Uint8Array.of(7, 7, 7, 9, 9, 9));
    expect(() => pictureFromGrey(2, 2, Uint8Array.of(7, 9))).toThrow(RangeError);
  });

  it('pastes and cuts off what lies outside', () => {
    const target = blankPicture(3, 2);
    paste(target, pictureFromGrey(2, 2, Uint8Array.of(1, 2, 3, 4)), 2, 1);
    expect([...target.rgb]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
  });

  it('lays pictures on a grid, centred in cells of the largest size', () => {
    const sheet = contactSheet([blankPicture(4, 4, 255), blankPicture(2, 2, 200), blankPicture(4, 4, 255)], 2, 1);
    expect([sheet.widthPx, sheet.heightPx]).toEqual([9, 9]);
    expect(sheet.rgb[3 * (1 * 9 + 6)]).toBe(200);
    expect(sheet.rgb[3 * (1 * 9 + 5)]).toBe(40);
  });
});
