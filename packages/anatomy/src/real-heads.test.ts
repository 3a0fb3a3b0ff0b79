import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend } from '@efface/compute';
import { openNifti, openStudy } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { sharedPath } from '@efface/test-data';
import { length, type Mask, maskCount, maskFromNonzero, overlapCount, subtract, type Volume } from '@efface/volume';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyseHead, type HeadAnatomy } from './analyse-head.ts';
import { type BrainScore, maskOnGrid, referenceHeads, scoreBrain } from './evaluate-brain.ts';
import { codesOf } from './testing/heads.ts';

const WHY = 'because the shared data set is not beside the checkout';

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await openBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'efface-anatomy-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await backend[Symbol.asyncDispose]();
});

const heads = referenceHeads();

describe.skipIf(heads.length === 0)(`brain masks of 60 heads against their references (skipped ${WHY})`, () => {
  const scores: BrainScore[] = [];
  beforeAll(async () => {
    for (const head of heads) scores.push(await scoreBrain(backend, head));
  }, 600_000);

  for (const half of ['made with', 'held out'] as const) {
    it(`agrees with them on the half ${half}`, () => {
      const own = scores.filter((score) => score.head.half === half);
      expect(own).toHaveLength(30);
      expect(own.reduce((sum, score) => sum + score.dice, 0) / own.length).toBeGreaterThanOrEqual(0.93);
      for (const { head, dice, hausdorff95Mm, leftOutPercent } of own) {
        expect(dice, head.name).toBeGreaterThanOrEqual(0.88);
        expect(hausdorff95Mm, head.name).toBeLessThan(8);
        expect(leftOutPercent, head.name).toBeLessThanOrEqual(0.5);
      }
    });
  }

  it('objects to none of them and finds every face', () => {
    for (const { head, anatomy } of scores) {
      expect(codesOf(anatomy), head.name).toEqual([]);
      expect(anatomy.face.present, head.name).toBe(true);
      expect(Math.abs(anatomy.face.deficitMm), head.name).toBeLessThan(10);
    }
    // The images end at the tip of the nose in a part of them.
    const withTip = scores.filter(({ anatomy }) => anatomy.face.noseTipLps !== undefined);
    expect(withTip.length).toBeGreaterThan(30);
  });
});

const planning = sharedPath('data/openkbp_ct_rt');

describe.skipIf(planning === undefined)(`planning CTs with 4 mm voxels (skipped ${WHY})`, () => {
  const names = planning === undefined ? [] : readdirSync(planning).filter((name) => name.startsWith('pt_')).sort(); // prettier-ignore

  for (const name of names) {
    it(`has the brain stem inside the brain: ${name}`, async () => {
      const path = join(planning ?? '', name);
      const { volume } = await openNifti(join(path, 'ct.nii.gz'), { modality: 'CT' });
      const structures = (await openNifti(join(path, 'structures_bits.nii.gz'))).volume;
      // Bit 0 is the brain stem.
      const stem = maskFromNonzero(
        structures.grid.sizeIjk,
        Uint8Array.from({ length: structures.voxels.length }, (_, n) => Number(structures.voxels[n]) & 1),
      );
      const anatomy = await analyseHead(backend, volume);
      expect(anatomy.findings.filter((finding) => finding.severity === 'fail')).toEqual([]);
      expect(anatomy.face.present).toBe(true);
      const inside = await insideShare(anatomy, stem, structures);
      // Contours of 4 mm voxels: up to a layer of voxels at the lower end reaches below the skull.
      expect(inside).toBeGreaterThan(0.97);
    });
  }

  async function insideShare(anatomy: HeadAnatomy, part: Mask, on: Volume): Promise<number> {
    return overlapCount(await maskOnGrid(backend, anatomy.brain, on.grid), part) / maskCount(part);
  }
});

const archives = sharedPath('data/dicom');

/** The volumes of an archive, in order of the series numbers. */
async function volumesOf(name: string): Promise<Volume[]> {
  const target = mkdtempSync(join(folder, 'set-'));
  execFileSync('tar', ['-xJf', join(archives ?? '', `${name}.tar.xz`), '-C', target]);
  const { entries } = await openStudy(target, { allowResample: true });
  const volumes: Volume[] = [];
  for (const entry of entries) {
    if (entry.refusal === undefined && entry.modality !== 'OT') volumes.push((await entry.open()).volume);
  }
  return volumes;
}

describe.skipIf(archives === undefined)(`heads from scanners (skipped ${WHY})`, () => {
  it('finds a head of 1 mm voxels', async () => {
    const [volume] = await volumesOf('philips_T1');
    const anatomy = await analyseHead(backend, volume);
    expect(codesOf(anatomy)).toEqual([]);
    expect(anatomy.brainVolumeMl).toBeGreaterThan(1300);
    expect(anatomy.brainVolumeMl).toBeLessThan(1650);
  });

  it('finds a head in an enhanced multi-frame object', async () => {
    const [volume] = await volumesOf('xa30_T1_enhanced');
    expect(codesOf(await analyseHead(backend, volume))).toEqual([]);
  });

  it('finds the same man on his back, on his face and on either side', async () => {
    const volumes = await volumesOf('decubitus_T1');
    expect(volumes).toHaveLength(4);
    const found: HeadAnatomy[] = [];
    for (const volume of volumes) found.push(await analyseHead(backend, volume));
    for (const anatomy of found) {
      expect(anatomy.findings.filter((finding) => finding.severity === 'fail')).toEqual([]);
      expect(anatomy.face.present).toBe(true);
      // The table turned, not the neck: his own axes stay within the reach of a neck.
      for (const degrees of anatomy.frame.rotationDegrees) expect(Math.abs(degrees)).toBeLessThan(25);
    }
    // Two of the four scans hold his whole brain: the same volume.
    const volumesMl = found.map((anatomy) => anatomy.brainVolumeMl).sort((a, b) => a - b);
    expect(volumesMl[3] / volumesMl[2]).toBeLessThan(1.03);
    // The nose is as far from the middle of the brain in all of them; its tip is cut off or at the edge in some.
    const noses = found.flatMap(({ face, frame }) =>
      face.noseTipLps ? [length(subtract(face.noseTipLps, frame.originLps))] : [],
    );
    expect(noses.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...noses) - Math.min(...noses)).toBeLessThan(8);
  });

  it('says that a CT is not in HU and still finds its brain', async () => {
    const [volume] = await volumesOf('ct_headsq_64x64x93');
    const anatomy = await analyseHead(backend, volume);
    expect(codesOf(anatomy)).toContain('CT_NOT_IN_HU');
    expect(anatomy.brainSource).toBe('image');
    expect(anatomy.face.present).toBe(true);
  });

  it('finds brain and head on FDG PET', async () => {
    const volume = (await volumesOf('pet_qin_headneck_0024_with_SEG')).find(({ modality }) => modality === 'PT');
    if (volume === undefined) throw new Error('the archive has no PET series');
    const anatomy = await analyseHead(backend, volume);
    expect(codesOf(anatomy)).toEqual([]);
    expect(anatomy.brainVolumeMl).toBeGreaterThan(1100);
    expect(anatomy.face.present).toBe(true);
  });

  it('finds the brain of a CT with gantry tilt, and that little of the face is there', async () => {
    const [volume] = await volumesOf('ct_ge_tilt');
    const anatomy = await analyseHead(backend, volume);
    expect(anatomy.brainSource).toBe('image');
    expect(anatomy.brainVolumeMl).toBeGreaterThan(1200);
    expect(['FACE_PARTLY_OUTSIDE', 'FACE_OUTSIDE_FIELD_OF_VIEW']).toContain(codesOf(anatomy).at(-1));
  });

  it('refuses a fruit', async () => {
    for (const volume of await volumesOf('deident_fruit')) {
      const anatomy = await analyseHead(backend, volume);
      expect(anatomy.findings.find((finding) => finding.code === 'NOT_A_HEAD')?.severity).toBe('fail');
      expect(anatomy.brainSource).toBe('none');
    }
  });
});

const defaced = sharedPath('data/defaced_case/studyforrest_sub02_T1_defaced_half.nii.gz');

it.skipIf(defaced === undefined)(`knows a head that was defaced before (skipped ${WHY})`, async () => {
  const { volume } = await openNifti(defaced ?? '', { modality: 'MR' });
  const anatomy = await analyseHead(backend, volume);
  expect(codesOf(anatomy)).toEqual(['FACE_ALREADY_REMOVED']);
  expect(anatomy.findings[0].severity).toBe('fail');
  expect(anatomy.brainSource).toBe('image');
});
