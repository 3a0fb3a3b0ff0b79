import { analyseHead, type HeadTemplate, locateTemplate, TEMPLATE_LABELS } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { readTemplate, shippedTemplatePath } from '@efface/cohort';
import { openBackend } from '@efface/kernels/backends';
import { generateHead } from '@efface/test-data';
import { transformPoint } from '@efface/volume';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeadSource, headsTemplate } from './heads-template.ts';

const OPTIONS = { name: 'test', spacingMm: 4 };

let backend: Backend;
let reference: HeadTemplate;
beforeAll(async () => {
  backend = await openBackend('cpu');
  reference = await readTemplate(shippedTemplatePath());
});
afterAll(() => backend[Symbol.asyncDispose]());

const person = (seed: number, contrast: 'ct' | 't1' = 't1'): HeadSource => ({
  name: String(seed),
  open: () => Promise.resolve(generateHead({ seed, contrast, spacingMm: 4 }).volume),
});

describe('a template of heads', () => {
  it('lies on somebody who took no part, with the landmarks where they are', async () => {
    const lines: string[] = [];
    const template = await headsTemplate(backend, [61, 62, 63, 64, 65].map((seed) => person(seed)), reference, OPTIONS, (line) => {
      lines.push(line);
    }); // prettier-ignore
    expect(template.builtFrom).toBe(5);
    expect([template.images.ct, template.images.mr?.type]).toEqual([undefined, 'u8']);
    expect(lines.filter((line) => line.startsWith('round'))).toHaveLength(2);
    const counts = Object.values(TEMPLATE_LABELS).map((label) => template.labels.voxels.filter((v: number | bigint) => v === label).length);
    for (const count of counts) expect(count).toBeGreaterThan(100);
    const { volume, landmarksLps } = generateHead({ seed: 70, contrast: 't1', spacingMm: 3 });
    const { isLost, lpsOfTemplate, quality } = await locateTemplate(backend, volume, await analyseHead(backend, volume), template);
    expect(isLost).toBe(false);
    expect(quality).toBeGreaterThan(0.8);
    // People differ by some millimetres from any affine image of their average.
    for (const [ours, theirs] of [['noseTip', 'pronasale'], ['nasion', 'nasion'], ['eyeCentreLeft', 'eyeCentreLeft'], ['tragionRight', 'tragionRight']] as const) {
      const p = transformPoint(lpsOfTemplate, template.landmarksLps[ours]);
      expect([ours, Math.hypot(...p.map((mm, d) => mm - landmarksLps[theirs][d])) < 9]).toEqual([ours, true]);
    }
  }, 240_000); // prettier-ignore

  it('is refused of few people, and of several modalities', async () => {
    const of = (sources: readonly HeadSource[]): Promise<HeadTemplate> =>
      headsTemplate(backend, sources, reference, OPTIONS, () => undefined);
    await expect(of([1, 2, 3, 4].map((seed) => person(seed)))).rejects.toThrow(/average of 4 heads shows who they are/);
    await expect(of([person(1), person(2, 'ct'), person(3), person(4), person(5)])).rejects.toThrow(
      /^2: is CT; heads of one modality/,
    );
  });
});
