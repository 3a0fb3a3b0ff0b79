import { maskOfPlan } from '@efface/deface';
import { openBackend } from '@efface/kernels/backends';
import { type Backend } from '@efface/compute';
import { openNifti, openStudy, type StudyEntry, writeNifti } from '@efface/io';
import { generateHead, sharedPath } from '@efface/test-data';
import { compose, type Grid, ijkToLps, invert, maskCount, maskHas, transformPoint, type Vec3 } from '@efface/volume';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CaseOptions } from './case-options.ts';
import { runCase } from './case.ts';
import { planCase } from './plan-case.ts';
import { type CaseGroup, groupByFrameOfReference } from '../groups.ts';

const ROBUST = {
  method: 'quickshear',
  rule: 'robust',
  bufferMm: 10,
  bufferVoxels: 10,
  keepOutMm: 5,
  ears: false,
} as const;

let backend: Backend;
let scratch: string;
beforeAll(async () => {
  backend = await openBackend('cpu');
  scratch = mkdtempSync(join(tmpdir(), 'efface-cohort-'));
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});

function options(inputs: readonly string[]): CaseOptions {
  return {
    method: ROBUST, seed: 0, pictures: false, overwrite: false, dryRun: false, inputs, softwareVersion: 'test',
  }; // prettier-ignore
}

async function groupsOf(path: string): Promise<CaseGroup[]> {
  return groupByFrameOfReference(await openStudy(path));
}

/** The head's own lattice with axes permuted and flipped: the same points of the patient in another storage order. */
function reordered(grid: Grid, order: Vec3, flips: readonly boolean[]): Grid {
  const sizeIjk = order.map((axis) => grid.sizeIjk[axis]) as unknown as Vec3;
  const toOld: number[] = new Array<number>(12).fill(0);
  order.forEach((axis, n) => {
    toOld[4 * axis + n] = flips[n] ? -1 : 1;
    toOld[4 * axis + 3] = flips[n] ? grid.sizeIjk[axis] - 1 : 0;
  });
  return { sizeIjk, affineIjkToLps: compose(grid.affineIjkToLps, toOld) };
}

describe('a case', () => {
  it('removes the same part of the patient whatever the storage order of the image', async () => {
    const straight = generateHead({ seed: 3, contrast: 'ct', spacingMm: [3, 3, 3] });
    const path = join(scratch, 'straight.nii');
    await writeNifti(path, straight.volume);
    const mask = async (file: string) => {
      const [group] = await groupsOf(file);
      const { plan, scan } = await planCase(backend, group, { method: ROBUST, seed: 0 });
      if (!plan) throw new Error('no plan');
      return { grid: scan.volume.grid, mask: (await maskOfPlan(backend, plan, scan.volume)).mask };
    };
    const expected = await mask(path);
    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const; // prettier-ignore
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...orders),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        async (order, flips) => {
          const grid = reordered(straight.volume.grid, order, flips);
          const file = join(scratch, `reordered-${order.join('')}-${flips.map(Number).join('')}.nii`);
          if (!existsSync(file)) await writeNifti(file, generateHead({ seed: 3, contrast: 'ct', grid }).volume);
          const found = await mask(file);
          const toStraight = invert(expected.grid.affineIjkToLps);
          let [both, either] = [0, 0];
          const [ni, nj, nk] = found.grid.sizeIjk;
          for (let n = 0; n < ni * nj * nk; n++) {
            const p: Vec3 = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
            const q = transformPoint(toStraight, ijkToLps(found.grid, p)).map(Math.round);
            const [a, b] = [maskHas(found.mask, ...p), maskHas(expected.mask, q[0], q[1], q[2])];
            if (a && b) both++;
            if (a || b) either++;
          }
          expect(maskCount(expected.mask)).toBeGreaterThan(1000);
          // Working grids start at another corner of the image, so that surfaces are sampled a fraction of a voxel apart.
          expect(both / either).toBeGreaterThan(0.97);
        },
      ),
      { numRuns: 5 },
    );
  });

  it('leaves image, record and nothing else; pictures in qc/ when asked', async () => {
    const path = join(scratch, 'head.nii.gz');
    await writeNifti(path, generateHead({ seed: 5, contrast: 't1', spacingMm: [2.5, 2.5, 2.5] }).volume);
    const [group] = await groupsOf(path);
    const record = await runCase(backend, group, join(scratch, 'plain'), options([path]));
    expect(record.verdict).toBe('pass');
    expect(readdirSync(join(scratch, 'plain')).sort()).toEqual(['head.nii.gz', 'record.json']);
    expect(JSON.parse(readFileSync(join(scratch, 'plain/record.json'), 'utf8'))).toEqual(record);
    await runCase(backend, group, join(scratch, 'pictured'), { ...options([path]), pictures: true });
    expect(readdirSync(join(scratch, 'pictured')).sort()).toEqual(['head.nii.gz', 'qc', 'record.json']);
    // The phantom's own masks: no brain is lost, most of the skin between eyes and chin is.
    const { truth } = generateHead({ seed: 5, contrast: 't1', spacingMm: [2.5, 2.5, 2.5] });
    const before = (await openNifti(path)).volume.voxels;
    const after = (await openNifti(join(scratch, 'plain/head.nii.gz'))).volume.voxels;
    const [ni, nj] = truth.brain.sizeIjk;
    let brainChanged = 0;
    for (let n = 0; n < before.length; n++)
      if (before[n] !== after[n] && maskHas(truth.brain, n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))))
        brainChanged++;
    expect(brainChanged).toBe(0);
    expect(record.measured['faceSurfaceRemovedShare']).toBeGreaterThan(0.6);
  });

  it('that fails leaves its record alone', async () => {
    // The upper half of a head has no face in it.
    const grid: Grid = { sizeIjk: [80, 96, 34], affineIjkToLps: [2.5, 0, 0, -100, 0, 2.5, 0, -120, 0, 0, 2.5, 40] };
    const path = join(scratch, 'vault.nii');
    await writeNifti(path, generateHead({ seed: 5, contrast: 'ct', grid }).volume);
    const [group] = await groupsOf(path);
    const record = await runCase(backend, group, join(scratch, 'vault'), options([path]));
    expect(record.verdict).toBe('fail');
    expect(record.findings.map(({ code }) => code)).toContain('FACE_OUTSIDE_FIELD_OF_VIEW');
    expect(readdirSync(join(scratch, 'vault'))).toEqual(['record.json']);
  });
});

interface RealSet {
  readonly archive: string;
  readonly folder: string;
  /** Verdicts of the groups in order, or the reason code of the refusal. */
  readonly expected: readonly string[];
}

/** What each real DICOM set must come to, and why: see the provenance of the shared data. */
const REAL_SETS: readonly RealSet[] = [
  { archive: 'data/dicom/philips_T1.tar.xz', folder: 'philips_T1', expected: ['pass'] },
  { archive: 'data/dicom/xa30_T1_enhanced.tar.xz', folder: '6_anat-T1w_acq-tfl', expected: ['pass'] },
  { archive: 'data/dicom/ct_ge_tilt.tar.xz', folder: 'GE', expected: ['DICOM_GANTRY_TILT'] },
  { archive: 'data/dicom/deident_fruit.tar.xz', folder: 'deident', expected: ['DICOM_MISSING_SLICES'] },
  { archive: 'data/defaced_case/studyforrest_defaced_dicom_20slices.tar.xz', folder: '', expected: ['fail'] },
];

describe.each(REAL_SETS)('$archive', ({ archive, folder, expected }) => {
  const source = sharedPath(archive);
  it.skipIf(source === undefined)(
    `comes to ${expected.join(', ')} (skipped when the shared data are not there)`,
    async () => {
      const unpacked = mkdtempSync(join(scratch, 'set-'));
      execFileSync('tar', ['xf', source ?? '', '-C', unpacked]);
      const input = join(unpacked, folder);
      const study = await openStudy(input);
      const outcomes = study.entries.flatMap(({ refusal }: StudyEntry) => (refusal ? [refusal.code] : []));
      for (const group of groupByFrameOfReference(study)) {
        const out = join(scratch, `out-${group.name}-${outcomes.length}-${unpacked.slice(-6)}`);
        const { verdict } = await runCase(backend, group, out, options([input]));
        outcomes.push(verdict);
        const hasImage = readdirSync(out).length > 1;
        expect(hasImage).toBe(verdict !== 'fail');
      }
      expect(outcomes).toEqual(expected);
    },
  );
});
