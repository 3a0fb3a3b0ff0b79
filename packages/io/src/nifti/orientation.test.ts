import fc from 'fast-check';
import { compose, type Grid, ijkToLps, LPS_TO_RAS, orientationCode, sameGrid, type Vec3 } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { buildNifti, type NiftiRecipe } from '../testing/build-nifti.ts';
import { createHeader, quaternionOf } from './create.ts';
import { parseHeader } from './header.ts';
import { geometryFromHeader, type NiftiGeometry } from './orientation.ts';

function geometry(recipe: Partial<NiftiRecipe>, allowUnknown = false): NiftiGeometry {
  const full = { dim: [3, 10, 20, 30], voxels: new Uint8Array(0), ...recipe };
  const { version = 1 } = full;
  const bytes = new Uint8Array(buildNifti(full)).slice(0, version === 1 ? 348 : 540);
  return geometryFromHeader(parseHeader(bytes, version, full.littleEndian ?? true, 'x.nii'), 'x.nii', allowUnknown);
}

const codes = (g: NiftiGeometry): string[] => g.warnings.map((w) => w.code);

describe('sform', () => {
  it('is RAS millimetres, and the grid LPS', () => {
    const rows = [0, 0, 2, -10, -3, 0, 0, 20, 0, 4, 0, -30];
    const { grid, source } = geometry({ sform: { code: 2, rows } });
    expect(source).toBe('sform');
    expect(ijkToLps(grid, [0, 0, 0])).toEqual([10, -20, -30]);
    expect(ijkToLps(grid, [1, 0, 0])).toEqual([10, -17, -30]);
    expect(ijkToLps(grid, [0, 1, 0])).toEqual([10, -20, -26]);
    expect(ijkToLps(grid, [0, 0, 1])).toEqual([8, -20, -30]);
    expect(orientationCode(grid)).toBe('PSR');
  });

  it.each([
    [1, 1000],
    [2, 1],
    [3, 1e-3],
    [0, 1],
    [2 | 8, 1],
  ])('of unit code %i is %d mm per unit, offsets too', (xyztUnits, mm) => {
    const { grid } = geometry({ xyztUnits, sform: { code: 1, rows: [2, 0, 0, 5, 0, 2, 0, 6, 0, 0, 2, 7] } });
    const expected = [-2, 0, 0, -5, 0, -2, 0, -6, 0, 0, 2, 7].map((v) => v * mm);
    grid.affineIjkToLps.forEach((value, n) => expect(value).toBeCloseTo(expected[n], 12));
  });

  it('wins over qform, which is compared', () => {
    const sform = { code: 1, rows: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
    const same = { code: 1, quatern: [0, 0, 0], offset: [0.3, 0, 0] };
    expect(codes(geometry({ sform, qform: same }))).toEqual([]);
    const moved = geometry({ sform, qform: { ...same, offset: [0.6, 0, 0] } });
    expect(codes(moved)).toEqual(['NIFTI_FORMS_DISAGREE']);
    expect(ijkToLps(moved.grid, [0, 0, 0])[0]).toBeCloseTo(0, 12);
    expect(codes(geometry({ sform, qform: { ...same, quatern: [9, 9, 9] } }))).toEqual(['NIFTI_FORMS_DISAGREE']);
  });
});

describe('qform', () => {
  it('turns 90° about each axis as the quaternion says', () => {
    const h = Math.SQRT1_2;
    const offset = [0, 0, 0];
    const pixdim = [1, 2, 3, 4];
    const code = (quatern: number[], qfac = 1): string =>
      orientationCode(geometry({ qform: { code: 1, quatern, offset }, pixdim: [qfac, ...pixdim.slice(1)] }).grid);
    expect(code([0, 0, 0])).toBe('RAS');
    expect(code([0, 0, 0], -1)).toBe('RAI');
    // About z: x to y, y to −x.
    expect(code([0, 0, h])).toBe('ALS');
    expect(code([h, 0, 0])).toBe('RSP');
    expect(code([0, h, 0])).toBe('IAR');
    // The half turn of Siemens-style files, and one with a vector part a little too long.
    expect(code([0, 1, 0])).toBe('LAI');
    expect(code([0, 0, 1.0000002])).toBe('LPS');
  });

  it('takes an unknown qfac for 1 and an edge of 0 along a single slice for 1', () => {
    const { grid } = geometry({
      dim: [3, 5, 5, 1],
      qform: { code: 1, quatern: [0, 0, 0], offset: [0, 0, 0] },
      pixdim: [0, 1, 1, 0],
    });
    expect(orientationCode(grid)).toBe('RAS');
    expect(grid.affineIjkToLps[10]).toBe(1);
  });

  it('is what comes back from the header that this package makes, for any rotation, flip and spacing', () => {
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    const mm = fc.double({ min: 0.2, max: 6, noNaN: true });
    const offset = fc.double({ min: -500, max: 500, noNaN: true });
    fc.assert(
      fc.property(
        fc.tuple(unit, unit, unit, unit),
        fc.tuple(mm, mm, mm),
        fc.tuple(offset, offset, offset),
        fc.boolean(),
        (q, spacing, o, isFlipped) => {
          const n = Math.hypot(...q);
          fc.pre(n > 1e-3);
          const [a, b, c, d] = q.map((v) => v / n);
          // Rodrigues form of the rotation matrix; columns times spacing.
          const r = [
            1 - 2 * (c * c + d * d), 2 * (b * c - a * d), 2 * (b * d + a * c),
            2 * (b * c + a * d), 1 - 2 * (b * b + d * d), 2 * (c * d - a * b),
            2 * (b * d - a * c), 2 * (c * d + a * b), 1 - 2 * (b * b + c * c),
          ]; // prettier-ignore
          const s = [spacing[0], spacing[1], isFlipped ? -spacing[2] : spacing[2]];
          const ras = [0, 1, 2].flatMap((row) => [...s.map((mmPerStep, col) => r[3 * row + col] * mmPerStep), o[row]]);
          const grid: Grid = { sizeIjk: [64, 64, 64] as Vec3, affineIjkToLps: compose(LPS_TO_RAS, ras) };
          const made = createHeader(grid, 1);
          made.set('datatype', 4);
          made.set('sformCode', 0);
          const header = parseHeader(made.bytes.slice(0, 348), 1, made.littleEndian, 'x');
          const read = geometryFromHeader(header, 'x', false);
          expect(read.source).toBe('qform');
          // Rounding (b, c, d) to float32 moves b² + c² + d² by at most 2·2⁻²⁴, hence the scalar part a by √(2·2⁻²⁴)
          // near half turns and by 2⁻²⁴/a elsewhere; twice that is the angle, and 64 voxels × 6 mm its arm.
          const angle = Math.abs(a) > 0.1 ? 2 ** -20 : 2 * Math.sqrt(2 ** -23);
          expect(sameGrid(read.grid, grid, 64 * 6 * angle * 1.1 + 500 * 2 ** -23)).toBe(true);
          const back = quaternionOf(grid, isFlipped ? -1 : 1);
          const sign = a < 0 ? -1 : 1;
          if (Math.abs(a) > 1e-6) [b, c, d].forEach((v, t) => expect(back[t]).toBeCloseTo(sign * v, 9));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('neither form', () => {
  it('is taken for right, anterior, superior on request only, with a warning', () => {
    const { grid, source, warnings } = geometry({ pixdim: [1, 2, 3, 4] }, true);
    expect(source).toBe('pixdim');
    expect(orientationCode(grid)).toBe('RAS');
    expect(warnings.map((w) => w.code)).toEqual(['NIFTI_ORIENTATION_ASSUMED']);
    expect(() => geometry({ pixdim: [1, 2, 3, 4] })).toThrow('neither sform nor qform');
  });
});
