import type { Backend } from '@efface/compute';
import { openScan, openStudy, readDose, readStructureSet } from '@efface/io';
import {
  buildDicom, buildDose, type BuiltElement, buildStructureSet, hasProgram, hasPydicom, listFiles, readUids, run,
  temporaryFolder, writeVolumeAsSeries,
} from '@efface/io/testing'; // prettier-ignore
import { openBackend } from '@efface/kernels/backends';
import { rasterContours } from '@efface/kernels';
import type { CaseRecord } from '@efface/report';
import { generateHead } from '@efface/test-data';
import { type Grid, ijkToLps, type Mask, maskHas, type Vec3 } from '@efface/volume';
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCase } from '../case/case.ts';
import { groupByFrameOfReference } from '../groups.ts';
import { tracedContours } from '../testing/traced-contours.ts';

const STORED = '1.2.840.10008.5.1.4.1.1.';
const QUICKSHEAR = {
  method: 'quickshear',
  rule: 'robust',
  bufferMm: 10,
  bufferVoxels: 10,
  keepOutMm: 5,
  ears: false,
} as const;
const CT = '1.2.840.10008.5.1.4.1.1.2';

const reference = (sopClass: string, uid: string): readonly BuiltElement[] => [
  ['00081150', 'UI', sopClass],
  ['00081155', 'UI', uid],
];

describe('a study goes through as one', () => {
  const temporary = temporaryFolder();
  const input = join(temporary.path, 'study');
  const output = join(temporary.path, 'out');
  const { volume, truth } = generateHead({ seed: 4, contrast: 'ct', spacingMm: 2.5 });
  const doseGrid: Grid = { sizeIjk: [66, 82, 88], affineIjkToLps: [3, 0, 0, -97, 0, 3, 0, -120, 0, 0, 3, -130] };
  const stored = new Uint32Array(66 * 82 * 88).map((_, n) => 1000 + (n % 977));
  let backend: Backend;
  let record: CaseRecord;
  /** UIDs of the input that may not be in the output. */
  let oldUids: string[];

  beforeAll(async () => {
    backend = await openBackend('cpu');
    writeVolumeAsSeries(join(input, 'CT'), volume, { seriesInstanceUid: '1.2.3.4.5.1', description: 'CT' });
    const slices = (await Promise.all(listFiles(join(input, 'CT')).map(readUids))).map(({ instance }) => instance);
    mkdirSync(join(input, 'rt'));
    const body = tracedContours(truth.body, volume.grid);
    const brain = tracedContours(truth.brain, volume.grid);
    const frame = [
      ['00200052', 'UI', '1.2.3.4.9'],
      ['30060012', 'SQ', [{ elements: [
        ...reference('1.2.840.10008.3.1.2.3.1', '1.2.3.4.5'),
        ['30060014', 'SQ', [{ elements: [
          ['0020000E', 'UI', '1.2.3.4.5.1'],
          ['30060016', 'SQ', slices.map((uid) => ({ elements: reference(CT, uid) }))],
        ] }]],
      ] }]],
    ] as unknown as BuiltElement[]; // prettier-ignore
    writeFileSync(
      join(input, 'rt/RS.dcm'),
      buildStructureSet(
        [
          { number: 1, name: 'BODY', interpretedType: 'EXTERNAL', contours: body },
          { number: 2, name: 'Brain', interpretedType: 'ORGAN', contours: brain },
          { number: 3, name: 'Nose mask', interpretedType: '', contours: [] },
        ],
        { elements: [['30060010', 'SQ', [{ elements: frame }]]] },
      ),
    );
    const dose = buildDose({
      columns: 66, rows: 82, stored, scaling: 0.001, offsetsMm: Array.from({ length: 88 }, (_, k) => 3 * k),
      positionLps: ijkToLps(doseGrid, [0, 0, 0]), spacingMm: [3, 3],
      elements: [
        ['00080018', 'UI', '1.2.3.4.7.2'],
        ['300C0002', 'SQ', [{ elements: reference(`${STORED}481.5`, '1.2.3.4.7.3') }]],
        ['300C0060', 'SQ', [{ elements: reference(`${STORED}481.3`, '1.2.3.4.7.1') }]],
        ['30040050', 'SQ', [{ elements: [['30040001', 'CS', 'CUMULATIVE']] }]],
      ],
    }); // prettier-ignore
    writeFileSync(join(input, 'rt/RD.dcm'), dose);
    const object = (sopClass: string, uid: string, ...elements: readonly BuiltElement[]): Buffer =>
      buildDicom({
        elements: [
          ['00080016', 'UI', sopClass], ['00080018', 'UI', uid], ['0020000D', 'UI', '1.2.3.4.5'],
          ['0020000E', 'UI', `${uid}.9`], ['00200052', 'UI', '1.2.3.4.9'], ...elements,
        ],
      }); // prettier-ignore
    const plan = object(`${STORED}481.5`, '1.2.3.4.7.3',
      ['300C0060', 'SQ', [{ elements: reference(`${STORED}481.3`, '1.2.3.4.7.1') }]],
      ['300C0080', 'SQ', [{ elements: reference(`${STORED}481.2`, '1.2.3.4.8.8') }]],
    ); // prettier-ignore
    writeFileSync(join(input, 'rt/RP.dcm'), plan);
    writeFileSync(join(input, 'rt/report.dcm'), object(`${STORED}88.11`, '1.2.3.4.7.4'));
    writeFileSync(join(input, 'rt/elsewhere.dcm'), buildStructureSet([{ number: 1, name: 'x', frameOfReferenceUid: '1.2.3.4.77', contours: [] }], { elements: [['00080018', 'UI', '1.2.3.4.7.5'], ['00200052', 'UI', '1.2.3.4.77']] })); // prettier-ignore
    oldUids = [...slices, '1.2.3.4.5.1', '1.2.3.4.7.1', '1.2.3.4.7.2', '1.2.3.4.7.3', '1.2.3.4.8.8'];
    const [group] = groupByFrameOfReference(await openStudy(input, { uidKey: 'secret' }));
    record = await runCase(backend, group, output, {
      method: QUICKSHEAR, seed: 0, pictures: false, overwrite: false, dryRun: false, inputs: [input], softwareVersion: 'test',
    }); // prettier-ignore
  });
  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    temporary.remove();
  });

  it('with every object that belongs to its images, and no other', async () => {
    expect(record.verdict).toBe('pass');
    expect(readdirSync(output).filter((name) => name.endsWith('.dcm')).sort()).toEqual(['rtdose-1.dcm', 'rtplan-1.dcm', 'rtstruct-1.dcm']); // prettier-ignore
    expect(record.companions.map(({ kind, input: [{ name }], danglingReferences }) => [kind, name, danglingReferences])).toEqual([
      ['dose', 'RD.dcm', 0], ['plan', 'RP.dcm', 1], ['structure set', 'RS.dcm', 0],
    ]); // prettier-ignore
    const { skipped, companions } = await openStudy(input);
    expect(skipped).toMatchObject([{ code: 'DICOM_NO_IMAGE', message: expect.stringContaining('report.dcm') as string }]); // prettier-ignore
    expect(companions).toHaveLength(4);
    const uncleaned = await openStudy(input, { allowUncleaned: true });
    expect(uncleaned.companions.map(({ kind }) => kind)).toContain('uncleaned');
  });

  it('and every reference leads to what was written, none to what was read', async () => {
    const paths = globSync('**/*.dcm', { cwd: output }).map((name) => join(output, name));
    const files = await Promise.all(paths.map(async (path) => ({ path, ...(await readUids(path)) })));
    expect(files).toHaveLength(volume.grid.sizeIjk[2] + 3);
    const there = new Set(files.flatMap(({ instance, series }) => [instance, series]));
    expect(oldUids.filter((uid) => there.has(uid))).toEqual([]);
    const of = (name: string): readonly string[] => files.find(({ path }) => path.endsWith(name))?.referenced ?? [];
    expect(of('rtstruct-1.dcm')).toHaveLength(volume.grid.sizeIjk[2] + 1);
    expect(of('rtstruct-1.dcm').filter((uid) => !there.has(uid))).toEqual([]);
    const instance = (name: string): string | undefined => files.find(({ path }) => path.endsWith(name))?.instance;
    expect(of('rtdose-1.dcm')).toEqual([instance('rtplan-1.dcm'), instance('rtstruct-1.dcm')]);
    // The plan also names a dose that is not in the study.
    const [set, away] = of('rtplan-1.dcm');
    expect(set).toBe(instance('rtstruct-1.dcm'));
    expect(away).toMatch(/^2\.25\.\d+$/);
    expect(there.has(away)).toBe(false);
    for (const { referenced } of files) expect(referenced.filter((uid) => oldUids.includes(uid))).toEqual([]);
    expect(readFileSync(join(output, 'rtstruct-1.dcm')).includes('1.2.3.4.9')).toBe(true);
  });

  it('contours of the surface stop where the face was removed, others are as they were', async () => {
    const before = await readStructureSet(join(input, 'rt/RS.dcm'));
    const after = await readStructureSet(join(output, 'rtstruct-1.dcm'));
    expect(after.regions.map(({ name }) => name)).toEqual(['BODY', 'Brain', 'Nose mask']);
    expect(after.regions[1]).toEqual(before.regions[1]);
    const [clipped] = record.companions.find(({ kind }) => kind === 'structure set')?.clippedRegions ?? [];
    expect(clipped.region).toBe(1);
    expect(clipped.areaRemovedMm2).toBeGreaterThan(10_000);
    const bitsOf = async (contours: (typeof before)['regions'][number]['contours']): Promise<Uint32Array> => {
      const { labels } = rasterContours(backend, { grid: volume.grid, regions: [contours] });
      const bits = new Uint32Array(await backend.read(labels));
      backend.release(labels);
      return bits;
    };
    const [was, is] = [await bitsOf(before.regions[0].contours), await bitsOf(after.regions[0].contours)];
    const { volume: image } = await openScan(output);
    let [wrong, gone] = [0, 0];
    for (let v = 0; v < was.length; v++) {
      const isRemoved = image.voxels[v] !== volume.voxels[v];
      // Removed air outside of the body was air before: it does not differ.
      if (isRemoved && is[v] !== 0) wrong++;
      if (is[v] > was[v]) wrong++;
      if (was[v] !== is[v]) gone++;
    }
    expect(wrong).toBe(0);
    expect(gone).toBeGreaterThan(1000);
  });

  it('the dose is 0 where the face was, and the same elsewhere', async () => {
    const { volume: before } = await readDose(join(input, 'rt/RD.dcm'));
    const { volume: after } = await readDose(join(output, 'rtdose-1.dcm'));
    expect(after.rescale).toEqual(before.rescale);
    expect(after.type).toBe(before.type);
    const [was, is] = [before.voxels as Uint32Array, after.voxels as Uint32Array];
    let zeroed = 0;
    for (let v = 0; v < was.length; v++) {
      if (is[v] === was[v]) continue;
      expect(is[v]).toBe(0);
      zeroed++;
    }
    const companion = record.companions.find(({ kind }) => kind === 'dose');
    expect(zeroed).toBe(companion?.zeroedVoxels);
    expect(zeroed).toBeGreaterThan(5000);
    expect(companion?.warnings.map(({ code }) => code)).toEqual(['DICOM_DVH_REMOVED']);
    const at = (mask: Mask, p: Vec3): boolean => maskHas(mask, ...p);
    // Nothing in the brain: every voxel of the dose whose centre is in it keeps its value.
    let kept = 0;
    for (let k = 0, v = 0; k < 88; k++)
      for (let j = 0; j < 82; j++)
        for (let i = 0; i < 66; i++, v++) {
          const [x, y, z] = ijkToLps(doseGrid, [i, j, k]);
          const [a, , , ox, , b, , oy, , , c, oz] = volume.grid.affineIjkToLps;
          const p: Vec3 = [Math.round((x - ox) / a), Math.round((y - oy) / b), Math.round((z - oz) / c)];
          if (p.some((n, d) => n < 0 || n >= volume.grid.sizeIjk[d]) || !at(truth.brain, p)) continue;
          if (is[v] !== was[v]) throw new Error(`dose of the brain at ${i}, ${j}, ${k} changed`);
          kept++;
        }
    expect(kept).toBeGreaterThan(10_000);
  });

  it('and comes out alike with the same key', async () => {
    const [group] = groupByFrameOfReference(await openStudy(input, { uidKey: 'secret' }));
    const again = join(temporary.path, 'again');
    await runCase(backend, group, again, {
      method: QUICKSHEAR, seed: 0, pictures: false, overwrite: false, dryRun: false, inputs: [input], softwareVersion: 'test',
    }); // prettier-ignore
    for (const name of ['rtdose-1.dcm', 'rtplan-1.dcm', 'rtstruct-1.dcm'])
      expect(readFileSync(join(again, name)).equals(readFileSync(join(output, name))), name).toBe(true);
  });

  it.skipIf(!hasPydicom())('pydicom reads it (skipped where it is not installed)', async () => {
    const code = [
      'import pydicom, sys',
      'd = pydicom.dcmread(sys.argv[1]); print(int(d.pixel_array.astype("int64").sum()), "DVHSequence" in d)',
      's = pydicom.dcmread(sys.argv[2])',
      'print([len(r.ContourSequence) if "ContourSequence" in r else 0 for r in s.ROIContourSequence])',
      'print(pydicom.dcmread(sys.argv[3]).SOPClassUID)',
    ].join('\n');
    const paths = ['rtdose-1.dcm', 'rtstruct-1.dcm', 'rtplan-1.dcm'].map((name) => join(output, name));
    const { volume: dose } = await readDose(paths[0]);
    const { regions } = await readStructureSet(paths[1]);
    expect(
      run('python3', ['-c', code, ...paths])
        .trim()
        .split('\n'),
    ).toEqual([
      `${(dose.voxels as Uint32Array).reduce((sum, v) => sum + v, 0)} False`,
      `[${regions.map(({ contours }) => contours.length).join(', ')}]`,
      `${STORED}481.5`,
    ]);
  });

  it.skipIf(!hasProgram('plastimatch'))(
    'plastimatch draws what is left as it drew it before (skipped where it is not installed)',
    async () => {
      const series = readdirSync(output).find((name) => name.startsWith('series')) ?? '';
      const drawn = async (set: string, images: string, region: string): Promise<Uint8Array> => {
        const prefix = join(temporary.path, `ss-${images.length}`);
        run('plastimatch', ['convert', '--input', set, '--output-prefix', prefix, '--prefix-format', 'nii.gz', '--referenced-ct', images]); // prettier-ignore
        return (await openScan(join(prefix, `${region}.nii.gz`), { modality: 'OT' })).volume.voxels as Uint8Array;
      };
      const before = [join(input, 'rt/RS.dcm'), join(input, 'CT')] as const;
      const after = [join(output, 'rtstruct-1.dcm'), join(output, series)] as const;
      const brain = await drawn(...before, 'Brain');
      expect(brain.reduce((sum, v) => sum + v, 0)).toBeGreaterThan(60_000);
      expect(Buffer.from(await drawn(...after, 'Brain')).equals(Buffer.from(brain))).toBe(true);
      const count = (mask: Uint8Array): number => mask.reduce((sum, v) => sum + (v === 0 ? 0 : 1), 0);
      expect(count(await drawn(...after, 'BODY'))).toBeLessThan(0.9 * count(await drawn(...before, 'BODY')));
    },
  );
});
