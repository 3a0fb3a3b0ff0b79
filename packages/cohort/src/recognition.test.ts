import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { maskOfPlan, planQuickshear } from '@efface/deface';
import { type Alteration, openStudy, writeNifti } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { openFaceNetworks } from '@efface/reidentify';
import { checkoutModels } from '@efface/reidentify/testing';
import { generateHead } from '@efface/test-data';
import { createMask, type Mask } from '@efface/volume';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCase } from './case/case.ts';
import { DEFAULT_CALIBRATION } from './audit/calibration.ts';
import { checkRecognition, describeOriginal, type Recognition, recognitionBy } from './recognition.ts';
import { planVerifier } from './verify-plan.ts';

const QUICKSHEAR = { rule: 'robust', bufferMm: 10, bufferVoxels: 10, keepOutMm: 5, ears: false } as const;
const models = checkoutModels();
const title = models === undefined ? 'recognition (skipped: no face networks; npm run models)' : 'recognition';

describe.skipIf(models === undefined)(title, () => {
  let backend: Backend;
  let recognition: Recognition;
  let anatomy: HeadAnatomy;
  const { volume } = generateHead({ seed: 1, contrast: 't1', spacingMm: 2 });
  beforeAll(async () => {
    backend = await openBackend('cpu');
    const networks = await openFaceNetworks(models ?? '');
    recognition = recognitionBy(DEFAULT_CALIBRATION, { mode: 'fast', networks, models: [] });
    anatomy = await analyseHead(backend, volume);
  });
  afterAll(async () => {
    await recognition.networks[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  const removing = (mask: Mask, fill: number): Alteration => ({
    mask,
    fill: { kind: 'constant', storedPerK: [new Float64Array(mask.sizeIjk[2]).fill(fill)] },
    methodText: 'test',
    softwareVersion: 'test',
    verified: false,
  });

  it('fails a head whose face is still there, passes it without', async () => {
    const nothing = removing(createMask(volume.grid.sizeIjk), 0);
    const kept = await checkRecognition(backend, recognition, { volume, label: 'head' }, nothing, anatomy);
    expect(kept.findings).toMatchObject([
      { code: 'FACE_RECOGNISED', severity: 'fail' },
      { code: 'FACE_SHAPE_RECOGNISED', severity: 'fail' },
    ]);
    expect(kept.measured.shapeDistanceMm).toBeLessThan(0.1);
    expect(kept.measured.faceSeenShareAfter).toBeGreaterThanOrEqual(0.5);
    const plan = await planQuickshear(backend, volume, anatomy, QUICKSHEAR);
    const { mask } = await maskOfPlan(backend, plan, volume);
    const gone = await checkRecognition(backend, recognition, { volume, label: 'head' }, removing(mask, 0), anatomy);
    expect(gone.findings).toEqual([]);
    expect(gone.measured.descriptorDistance).toBeGreaterThan(kept.measured.descriptorDistance);
  });

  it('says when there was no face to be seen before', async () => {
    // The same head seen from behind.
    const { frame } = anatomy;
    const turned = { ...anatomy, frame: { ...frame, leftLps: flip(frame.leftLps), posteriorLps: flip(frame.posteriorLps) } }; // prettier-ignore
    const nothing = removing(createMask(volume.grid.sizeIjk), 0);
    const look = (as: typeof anatomy) => checkRecognition(backend, recognition, { volume, label: 'head' }, nothing, as);
    // Its back is that of the same person, and no face; at 2 mm somebody should ask why.
    expect((await look(turned)).findings).toMatchObject([{ code: 'FACE_NOT_SEEN_BEFORE', severity: 'review' }]);
    // Who searches for a plan is not told that every one is recognised: this one just leaves the back as it is.
    const scan = { volume, label: 'head' };
    const describe = () => describeOriginal(backend, recognition, volume, turned);
    expect(await planVerifier(backend, recognition, scan, turned, describe)(await planQuickshear(backend, volume, anatomy, QUICKSHEAR))).toBe('near'); // prettier-ignore
    const { volume: coarse } = generateHead({ seed: 1, contrast: 't1', spacingMm: 6 });
    const small = await checkRecognition(backend, recognition, { volume: coarse, label: 'head' }, removing(createMask(coarse.grid.sizeIjk), 0), turned); // prettier-ignore
    expect(small.findings).toMatchObject([{ code: 'FACE_NOT_SEEN_BEFORE', severity: 'note' }]);
  });

  it('looks at every image of a case: a face that another series keeps is a face', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'efface-test-'));
    try {
      const entries = [];
      for (const [name, contrast] of [
        ['first', 't1'],
        ['second', 'ct'],
      ] as const) {
        const path = join(scratch, `${name}.nii`);
        await writeNifti(path, generateHead({ seed: 1, contrast, spacingMm: 2.5 }).volume);
        entries.push(...(await openStudy(path)).entries);
      }
      const options = {
        method: { method: 'quickshear', ...QUICKSHEAR },
        seed: 0, pictures: false, overwrite: false, dryRun: true, inputs: [scratch], softwareVersion: 'test', recognition,
      } as const; // prettier-ignore
      const { images, verdict } = await runCase(
        backend,
        { name: 'two', entries, companions: [] },
        join(scratch, 'out'),
        options,
      );
      expect(verdict).toBe('pass');
      expect(images).toHaveLength(2);
      for (const image of images) {
        expect(image.recognition?.faceSeenShareBefore).toBeGreaterThanOrEqual(0.5);
        expect(image.recognition?.faceSeenShareAfter).toBeLessThan(0.5);
      }
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  it('refuses a calibration that has no distance for these eyes', () => {
    const { networks } = recognition;
    const blind = { ...DEFAULT_CALIBRATION, distances: { 81: { mean: 0.3 } } };
    expect(() => recognitionBy(blind, { mode: 'fast', networks, models: [] })).toThrow(/no distance for --verify fast/);
    expect(recognitionBy(blind, { mode: 'full', networks, models: [] }).distance).toBe(0.3);
  });
});

function flip([x, y, z]: readonly [number, number, number]): readonly [number, number, number] {
  return [-x, -y, -z];
}
