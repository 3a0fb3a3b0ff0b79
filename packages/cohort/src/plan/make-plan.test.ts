import { temporaryFolder } from '@efface/io/testing';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { TWO_WAYS } from '../testing/planned-cohort.ts';
import { type CohortConfig, type CohortPlan, readPlan, shardCount, workItems } from './cohort-plan.ts';
import { makePlan } from './make-plan.ts';
import { writePlan } from './write-plan.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
let root = '';
let count = 0;
beforeEach(() => {
  root = join(scratch, `input-${count++}`);
  mkdirSync(root);
});

const plan = (path: string, config: CohortConfig = TWO_WAYS, casesPerShard = 2): Promise<CohortPlan> =>
  makePlan(path, { config, casesPerShard, softwareVersion: 'test' });

const text = (name: string, contents: string): string => {
  writeFileSync(join(root, name), contents);
  return join(root, name);
};

/** A manifest of subjects, each with a file of its own. */
function manifest(subjects: readonly string[], more: object = {}): string {
  const rows = subjects.map((subject, n) => {
    text(`${n}.nii`, `image ${n}`);
    return { subject, path: `${n}.nii`, ...more };
  });
  return text('all.json', JSON.stringify(rows));
}

const keysOf = (made: CohortPlan): string[] => workItems(made).map(({ key }) => key);

describe('a plan', () => {
  it('is the same bytes whenever it is made, and knows files by what is in them', async () => {
    const path = manifest(['a', 'b', 'c']);
    const [first, second] = [await plan(path), await plan(path)];
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    // SHA-256 of "abc", of FIPS 180-4.
    writeFileSync(join(root, '0.nii'), 'abc');
    const [{ files }] = (await plan(path)).inputs;
    expect(files).toEqual([{ path: '0.nii', sizeBytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' }]); // prettier-ignore
  });

  it('cuts inputs into shards, all ways of one in the same', async () => {
    const made = await plan(manifest(['a', 'b', 'c', 'd', 'e']));
    expect(shardCount(made)).toBe(3);
    const items = workItems(made);
    expect(items.map(({ id }) => id).slice(0, 4)).toEqual(['a/quickshear', 'a/depth-mask', 'b/quickshear', 'b/depth-mask']); // prettier-ignore
    expect(items.map(({ shard }) => shard)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
  });

  it('gives an item another key when a byte, a setting or its way changes, and no other item', async () => {
    const path = manifest(['a', 'b']);
    const before = keysOf(await plan(path));
    expect(new Set(before).size).toBe(4);
    appendFileSync(join(root, '1.nii'), 'x');
    const changed = keysOf(await plan(path));
    expect(changed.map((key, n) => key === before[n])).toEqual([true, true, false, false]);
    const [quickshear, depthMask] = TWO_WAYS.ways;
    const wider = { ...quickshear, method: { ...quickshear.method, bufferMm: 11 } as typeof quickshear.method };
    const other = keysOf(await plan(path, { ...TWO_WAYS, ways: [wider, depthMask] }));
    expect(other.map((key, n) => key === changed[n])).toEqual([false, true, false, true]);
    const seeded = keysOf(await plan(path, { ...TWO_WAYS, seed: 1 }));
    expect(seeded.some((key) => changed.includes(key))).toBe(false);
    const newer = await makePlan(path, { config: TWO_WAYS, casesPerShard: 2, softwareVersion: 'newer' });
    expect(keysOf(newer).some((key) => changed.includes(key))).toBe(false);
    // How it is cut into shards decides nothing.
    expect(keysOf(await plan(path, TWO_WAYS, 1))).toEqual(changed);
  });

  it('gives an item another key when structures, or what they are called, change', async () => {
    text('organs.nii.gz', 'labels');
    const path = manifest(['a'], { structures: 'organs.nii.gz' });
    const keys = [await plan(path)];
    text('organs.labels.json', '{"1": "Brain"}');
    keys.push(await plan(path));
    text('organs.labels.json', '{"1": "Eye_L"}');
    keys.push(await plan(path));
    expect(new Set(keys.map((made) => keysOf(made)[0])).size).toBe(3);
    expect(keys[2].inputs[0].structures?.files.map((file) => file.path)).toEqual(['organs.nii.gz', 'organs.labels.json']); // prettier-ignore
  });

  it.each([
    ['../../etc/passwd', '__.._etc_passwd'],
    ['/root', '_root'],
    ['..', '_'],
    ['.hidden', '_hidden'],
    ['-rf', '_rf'],
    ['Müller^Anna', 'M_ller_Anna'],
    ['a\\b\0c', 'a_b_c'],
    ['x'.repeat(500), 'x'.repeat(100)],
  ])('calls %j %s', async (subject, id) => {
    const [input] = (await plan(manifest([subject]))).inputs;
    expect([input.id, input.subject]).toEqual([id, subject]);
  });

  it('gives names that stay in the folder and differ in more than case, whatever people are called', async () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }),
      fc.constantFrom('a', 'A', 'a-2', 'A-2', '..', '../a', '/'),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), async (subjects) => {
        const made = await plan(manifest(subjects));
        const ids = made.inputs.map(({ id }) => id);
        expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(subjects.length);
        for (const id of ids) {
          expect(join('/base', id)).toBe(`/base${sep}${id}`);
          expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$/);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is not made of files that are not there', async () => {
    const path = manifest(['a']);
    rmSync(join(root, '0.nii'));
    await expect(plan(path)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND', exit: 'inputNotFound' });
  });
});

describe('a plan that is written', () => {
  const options = (): { input: string; overwrite: boolean } => ({ input: root, overwrite: false });

  it('comes back; again it changes nothing; another one takes its place only when told', async () => {
    const folder = join(scratch, `out-${count}`);
    const path = manifest(['a', 'b']);
    const made = await plan(path);
    expect(await writePlan(folder, made, options())).toBe('new');
    expect(await readPlan(folder)).toEqual(JSON.parse(JSON.stringify(made)));
    const secret = readFileSync(join(folder, 'uid-key'));
    expect([secret.length, statSync(join(folder, 'uid-key')).mode & 0o777]).toEqual([32, 0o600]);
    expect(await writePlan(folder, await plan(path), options())).toBe('unchanged');
    const other = await plan(path, { ...TWO_WAYS, seed: 1 });
    await expect(writePlan(folder, other, options())).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(await writePlan(folder, other, { ...options(), overwrite: true })).toBe('replaced');
    expect((await readPlan(folder)).fingerprint).toBe(other.fingerprint);
    expect(readFileSync(join(folder, 'uid-key'))).toEqual(secret);
    await expect(writePlan(join(root, 'inside'), made, options())).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' });
  });

  it('is refused when it is not there, damaged, or somebody changed it', async () => {
    const folder = join(scratch, `out-${count}`);
    await expect(readPlan(folder)).rejects.toMatchObject({ code: 'PLAN_NOT_THERE', exit: 'inputNotFound' });
    await writePlan(folder, await plan(manifest(['a'])), options());
    const file = join(folder, 'plan.json');
    const good = readFileSync(file, 'utf8');
    const attempts = [
      [good.slice(0, -20), 'PLAN_INVALID'],
      [good.replace('"id": "a"', '"id": "../a"'), 'PLAN_INVALID'],
      [good.replace('"seed": 0', '"seed": 1'), 'PLAN_CHANGED'],
    ] as const;
    for (const [bad, code] of attempts) {
      expect(bad).not.toBe(good);
      writeFileSync(`${file}.new`, bad);
      renameSync(`${file}.new`, file);
      await expect(readPlan(folder)).rejects.toMatchObject({ code });
    }
  });
});
