import { describe, expect, it } from 'vitest';
import { type ChipLayout, DLIB_CHIP_5, DLIB_CHIP_68 } from './chip-layouts.ts';
import { extractChip } from './face-chip.ts';
import type { FacePicture, PixelPoint } from './face-picture.ts';

/** Landmarks that lie at `scale` times the layout's places, plus a shift. */
function landmarksAt(layout: ChipLayout, scale: number, shiftPx: number): PixelPoint[] {
  const points = Array.from({ length: 68 }, () => ({ xPx: Number.NaN, yPx: Number.NaN }));
  for (const {
    landmarks: [landmark],
    xPx,
    yPx,
  } of layout.targets)
    points[landmark] = { xPx: scale * xPx + shiftPx, yPx: scale * yPx + shiftPx };
  return points;
}

function picture(size: number, value: (x: number, y: number) => number): FacePicture {
  const samples = Uint8Array.from({ length: size * size }, (_, n) => value(n % size, Math.floor(n / size)));
  return { width: size, height: size, channels: 1, samples };
}

describe('layouts', () => {
  it('have the points dlib uses', () => {
    expect(DLIB_CHIP_5.targets.map(({ landmarks: [landmark] }) => landmark)).toEqual([45, 42, 36, 39, 33]);
    // Nose and eyes (27…47), upper lip (48…54, 60…64).
    expect(DLIB_CHIP_68.targets.map(({ landmarks: [landmark] }) => landmark)).toEqual(
      Array.from({ length: 68 }, (_, n) => n).filter((n) => (n >= 27 && n <= 54) || (n >= 60 && n <= 64)),
    );
    for (const { xPx, yPx } of [...DLIB_CHIP_5.targets, ...DLIB_CHIP_68.targets]) {
      expect(xPx).toBeGreaterThan(25);
      expect(xPx).toBeLessThan(125);
      expect(yPx).toBeGreaterThan(25);
      expect(yPx).toBeLessThan(125);
    }
  });
});

// dlib's rectangle of w pixels around a centre c reaches from c − (w − 1) / 2 to c + (w − 1) / 2, and the centre of a
// chip of 150 is taken at 75: sample n of a chip at scale s lies at 75·s + shift + (n − 74.5)·(150·s − 1) / 149.
const sampleAt = (n: number, scale: number, shiftPx: number): number =>
  75 * scale + shiftPx + ((n - 74.5) * (150 * scale - 1)) / 149;

describe.each([
  ['five points', DLIB_CHIP_5],
  ['68 points', DLIB_CHIP_68],
])('extractChip from %s', (_, layout) => {
  it.each([0.25, 0.5, 1, 1.5])('is bilinear, rounded down, at scale %d', (scale) => {
    const size = Math.ceil(150 * scale) + 40;
    const chip = extractChip(
      picture(size, (x, y) => (x + y) / 4 + 20),
      landmarksAt(layout, scale, 20),
      layout,
    );
    expect([chip.width, chip.height, chip.channels]).toEqual([150, 150, 1]);
    for (const row of [0, 1, 77, 149])
      for (const column of [0, 30, 149]) {
        const exact = (sampleAt(column, scale, 20) + sampleAt(row, scale, 20)) / 4 + 20;
        // The picture's own samples are rounded down by up to 3 / 4, then the chip's by less than 1.
        const value = chip.samples[row * 150 + column];
        expect(value).toBeLessThanOrEqual(exact + 1e-9);
        expect(value).toBeGreaterThan(exact - 1.75);
      }
  });

  it('averages what would be skipped: a checkerboard eight times as fine becomes its mean', () => {
    const board = picture(1300, (x, y) => ((x + y) % 2) * 200);
    const { samples } = extractChip(board, landmarksAt(layout, 8, 50), layout);
    // The binomial filter takes the finest checkerboard to its mean exactly.
    expect(new Set(samples)).toEqual(new Set([100]));
  });

  it('turns with the face', () => {
    const square = picture(200, (x, y) => (x >= 100 ? 200 : 0) + (y >= 100 ? 50 : 0));
    const upright = landmarksAt(layout, 1, 25);
    // A quarter turn about (100, 100): (x, y) → (200 − y, x).
    const turned = upright.map(({ xPx, yPx }) => ({ xPx: 200 - yPx, yPx: xPx }));
    const corner = (chip: FacePicture, x: number, y: number): number => chip.samples[y * 150 + x];
    const chips = [extractChip(square, upright, layout), extractChip(square, turned, layout)];
    expect([corner(chips[0], 20, 20), corner(chips[0], 130, 20), corner(chips[0], 20, 130)]).toEqual([0, 200, 50]);
    // The chip's top left shows what was top right.
    expect([corner(chips[1], 20, 20), corner(chips[1], 130, 20), corner(chips[1], 20, 130)]).toEqual([200, 250, 0]);
  });

  it('is black outside the picture', () => {
    const white = picture(200, () => 255);
    const partly = extractChip(white, landmarksAt(layout, 1, -75), layout);
    expect([partly.samples[0], partly.samples[149 * 150 + 149]]).toEqual([0, 255]);
    const nowhere = extractChip(white, landmarksAt(layout, 1, 5000), layout);
    expect(nowhere.samples.every((sample) => sample === 0)).toBe(true);
  });

  it('refuses landmarks it cannot use', () => {
    const white = picture(20, () => 255);
    expect(() => extractChip(white, [], layout)).toThrow('missing or not finite');
    expect(() => extractChip(white, landmarksAt(layout, Number.NaN, 0), layout)).toThrow('missing or not finite');
    expect(() => extractChip(white, landmarksAt(layout, 0, 10), layout)).toThrow('coincide');
  });
});
