import { type Backend } from '@efface/compute';
import { DEPTH_MASK_DEFAULTS, type Method } from '@efface/deface';
import { openStudy, writeNifti } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { type CaseRecord } from '@efface/report';
import { generateHead } from '@efface/test-data';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupByFrameOfReference } from '../groups.ts';
import { runCase } from './case.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
const input = join(scratch, 'head.nii');
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend('cpu');
  await writeNifti(input, generateHead({ seed: 5, contrast: 'ct', spacingMm: [3, 3, 3] }).volume);
});
afterAll(() => backend[Symbol.asyncDispose]());

/** A plane so far from the brain that it meets no face, part of it, or all. */
const quickshear = (bufferMm: number): Method => ({
  method: 'quickshear',
  rule: 'robust',
  bufferMm,
  bufferVoxels: 10,
  keepOutMm: 5,
  ears: false,
});
const TOO_FAR = quickshear(90);
const DEPTH_MASK: Method = { method: 'depth-mask', ...DEPTH_MASK_DEFAULTS };

async function run(name: string, method: Method, otherwise?: readonly Method[]): Promise<CaseRecord> {
  const [group] = groupByFrameOfReference(await openStudy(input));
  return runCase(backend, group, join(scratch, name), {
    method,
    ...(otherwise ? { otherwise } : {}),
    seed: 0,
    pictures: false,
    overwrite: false,
    dryRun: false,
    inputs: [input],
    softwareVersion: 'test',
  });
}

const image = (name: string): Buffer => readFileSync(join(scratch, name, 'head.nii'));

describe('a case with methods to choose from', () => {
  it('is as the method that passes leaves it, and the record says why the others were not taken', async () => {
    const record = await run('chosen', TOO_FAR, [DEPTH_MASK, quickshear(10)]);
    expect(record).toMatchObject({ verdict: 'pass', method: 'depth-mask' });
    expect(record.tried?.map(({ method, verdict }) => [method, verdict])).toEqual([
      ['quickshear', 'fail'],
      ['depth-mask', 'pass'],
    ]);
    const why = record.findings.find(({ code }) => code === 'METHOD_CHOSEN');
    expect(why?.message).toMatch(/^depth-mask was taken; quickshear: fail \(.+\)$/);
    await run('alone', DEPTH_MASK);
    expect(image('chosen').equals(image('alone'))).toBe(true);
  });

  it('tries no other when the first passes', async () => {
    const record = await run('first', quickshear(10), [DEPTH_MASK]);
    expect(record.tried?.map(({ method }) => method)).toEqual(['quickshear']);
    expect(record.findings.map(({ code }) => code)).not.toContain('METHOD_CHOSEN');
  });

  it('leaves its record alone when none passes', async () => {
    const record = await run('none', TOO_FAR, [quickshear(95)]);
    expect(record.verdict).toBe('fail');
    expect(record.tried).toHaveLength(2);
    expect(readdirSync(join(scratch, 'none'))).toEqual(['record.json']);
  });

  it('takes what is for review when none passes, whole', async () => {
    const forReview = await reviewed();
    const record = await run('review', forReview, [TOO_FAR]);
    expect(record.verdict).toBe('review');
    await run('review-alone', forReview);
    expect(image('review').equals(image('review-alone'))).toBe(true);
  });
});

/** The nearest plane that leaves so much of the face that it is for review. */
async function reviewed(): Promise<Method> {
  for (let bufferMm = 20; bufferMm < 90; bufferMm += 5) {
    const { verdict } = await run(`plane-${bufferMm}`, quickshear(bufferMm));
    if (verdict === 'review') return quickshear(bufferMm);
  }
  throw new Error('no plane is for review');
}
