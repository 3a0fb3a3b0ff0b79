import { writeNifti, writeStudy } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { generateHead, generateStudy } from '@efface/test-data';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CohortPlan, workItems } from '../plan/cohort-plan.ts';
import { type Review } from '../run/journal.ts';
import { doCohort, journal, PLAIN_CONFIG, planCohort } from '../testing/made-cohort.ts';
import { type Release, releaseCohort, type ReleaseRequest } from './release-cohort.ts';

const { path: scratch, remove } = temporaryFolder();
const done = join(scratch, 'done');
let plan: CohortPlan;
let folder = '';
let count = 0;

beforeAll(async () => {
  const input = join(scratch, 'in');
  mkdirSync(input);
  const head = generateHead({ seed: 3, contrast: 'ct', spacingMm: [4, 4, 4] }).volume;
  await writeNifti(join(input, 'a.nii.gz'), head);
  await writeNifti(join(input, 'b.nii'), head);
  await writeStudy(join(input, 'study'), generateStudy({ seed: 7, ctSpacingMm: [4, 4, 5], ctOnly: true }));
  const [way] = PLAIN_CONFIG.ways;
  const deeper = { name: 'deeper', method: { ...way.method, bufferMm: 15 } as typeof way.method };
  plan = await planCohort(done, input, { ways: [way, deeper], pictures: false });
  await doCohort(done, plan);
  for (const { id } of workItems(plan)) {
    mkdirSync(join(done, 'cases', id, 'qc'));
    writeFileSync(join(done, 'cases', id, 'qc/before-front.png'), 'a face');
  }
});
afterAll(remove);

beforeEach(() => {
  folder = join(scratch, `cohort-${count++}`);
  cpSync(done, folder, { recursive: true });
});

const REQUEST: ReleaseRequest = { passed: false, overwrite: false, softwareVersion: 'test' };
const release = (request: Partial<ReleaseRequest> = {}): Promise<Release> => releaseCohort(folder, join(folder, '..', `out-${count}`), { ...REQUEST, ...request }); // prettier-ignore
const out = (...names: readonly string[]): string => join(scratch, `out-${count}`, ...names);
const allFiles = (path: string): string[] => readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)); // prettier-ignore

async function decide(decisions: Readonly<Record<string, Review['decision']>>, key?: string): Promise<void> {
  const lines = Object.entries(decisions).map(([id, decision]) => {
    const item = workItems(plan).find((own) => own.id === id);
    if (!item) throw new Error(`no ${id}: ${workItems(plan).map((own) => own.id).join()}`); // prettier-ignore
    return {
      event: 'review',
      item: id,
      key: key ?? item.key,
      decision,
      comment: '',
      at: new Date().toISOString(),
    } as const;
  });
  await journal(folder, lines);
}

/** Every file of a release but its own list is in the list, with the hash it has now; and nothing of `qc/` is there. */
function checkFiles({ cases }: Release): void {
  const listed = cases.flatMap(({ files }) => files);
  expect(allFiles(out()).sort()).toEqual([out('release.json'), ...listed.map(({ path }) => out(path))].sort());
  for (const { path, sha256, sizeBytes } of listed) {
    const bytes = readFileSync(out(path));
    expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sha256);
    expect(bytes.length).toBe(sizeBytes);
    expect(path).not.toMatch(/qc|png/);
  }
}

describe('a release', () => {
  it('is what was accepted: images, objects and records, and no picture', async () => {
    await decide({ 'a/quickshear': 'accept', 'b/deeper': 'accept', 'study-0001/quickshear': 'accept' });
    expect(existsSync(join(folder, 'cases/a/quickshear/qc/before-front.png'))).toBe(true);
    const made = await release();
    expect(made.cases.map(({ item, because }) => [item, because])).toEqual([
      ['study-0001/quickshear', 'accepted'],
      ['a/quickshear', 'accepted'],
      ['b/deeper', 'accepted'],
    ]);
    expect(made.problems).toEqual([]);
    expect(JSON.parse(readFileSync(out('release.json'), 'utf8'))).toEqual(made);
    checkFiles(made);
    expect(readdirSync(out('a', 'quickshear')).sort()).toEqual(['a.nii.gz', 'record.json']);
    // A study has its slices in folders, and structure set, plan and dose beside them.
    expect(made.cases[0].files.length).toBeGreaterThan(20);
    expect(readdirSync(out('study-0001', 'quickshear')).filter((name) => name.endsWith('.dcm')).length).toBeGreaterThan(
      1,
    );
  });

  it('is nothing while nobody accepted anything, unless passing is enough; then not what was rejected', async () => {
    await expect(release()).rejects.toMatchObject({ code: 'RELEASE_NOTHING', exit: 'inputRefused' });
    expect(existsSync(out())).toBe(false);
    await decide({ 'a/quickshear': 'reject' });
    const made = await release({ passed: true, way: 'quickshear' });
    expect(made.cases.map(({ item, because }) => [item, because])).toEqual([
      ['study-0001/quickshear', 'passed'],
      ['b/quickshear', 'passed'],
    ]);
    checkFiles(made);
  });

  it('never lets two ways of one input out together', async () => {
    await decide({ 'a/quickshear': 'accept', 'a/deeper': 'accept', 'b/deeper': 'accept' });
    await expect(release()).rejects.toMatchObject({ code: 'RELEASE_TWO_WAYS' });
    expect(existsSync(out())).toBe(false);
    const made = await release({ way: 'deeper' });
    expect(made.cases.map(({ item }) => item)).toEqual(['a/deeper', 'b/deeper']);
    await expect(release({ way: 'nonsense' })).rejects.toMatchObject({ code: 'RELEASE_NO_WAY', exit: 'usage' });
  });

  it('knows no decision about other settings', async () => {
    await decide({ 'a/quickshear': 'accept' }, '0'.repeat(64));
    await expect(release()).rejects.toMatchObject({ code: 'RELEASE_NOTHING' });
  });

  it('says what is missing or is not as recorded, and lets nothing of that case out', async () => {
    await decide({ 'a/quickshear': 'accept', 'b/quickshear': 'accept', 'study-0001/quickshear': 'accept' });
    const image = join(folder, 'cases/a/quickshear/a.nii.gz');
    const bytes = readFileSync(image);
    writeFileSync(image, Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes[bytes.length - 1] ^ 1)]));
    const slices = allFiles(join(folder, 'cases/study-0001/quickshear')).filter((path) =>
      /\/series.*\.dcm$/.test(path),
    );
    rmSync(slices[0]);
    const made = await release();
    expect(made.cases.map(({ item }) => item)).toEqual(['b/quickshear']);
    expect(made.problems.map(({ item, code }) => [item, code])).toEqual([
      ['study-0001/quickshear', 'RELEASE_FILE_MISSING'],
      ['a/quickshear', 'RELEASE_FILE_CHANGED'],
    ]);
    checkFiles(made);
    expect(readdirSync(out()).sort()).toEqual(['b', 'release.json']);
  });

  it('takes no file that is in no record, and no other record', async () => {
    await decide({ 'a/quickshear': 'accept', 'b/quickshear': 'accept' });
    writeFileSync(join(folder, 'cases/a/quickshear/notes.txt'), 'x');
    appendFileSync(join(folder, 'cases/b/quickshear/record.json'), ' {');
    const failed = release();
    await expect(failed).rejects.toMatchObject({ code: 'RELEASE_ALL_WRONG', exit: 'someFailed' });
    await expect(failed).rejects.toThrow(/notes\.txt: is in no record.*\n.*b\/quickshear\/record\.json/s);
    expect(existsSync(out())).toBe(false);
  });

  it('takes no place that something else has', async () => {
    await decide({ 'a/quickshear': 'accept' });
    mkdirSync(out());
    writeFileSync(out('mine.txt'), '');
    await expect(release({ overwrite: true })).rejects.toMatchObject({ code: 'OUTPUT_NOT_OURS' });
    await expect(releaseCohort(folder, join(folder, 'release'), REQUEST)).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' }); // prettier-ignore
  });
});
