import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  allocateVoxels,
  type Grid,
  maskCount,
  maskFromNonzero,
  sameGrid,
  uniformRescale,
  type Volume,
} from '@efface/volume';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram, hasPydicom, run } from '../../testing/other-software.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import type { DataSet } from '../data-set.ts';
import { readDicomFile } from '../file.ts';
import { readSegmentation } from '../seg/read-segmentation.ts';
import { TAG } from '../tags.ts';
import type { SegmentToWrite, StudyToWrite } from './study-to-write.ts';
import { writeStudy } from './write-study.ts';

/** Columns · rows is no multiple of 8: frames start inside bytes. */
const GRID: Grid = { sizeIjk: [5, 3, 6], affineIjkToLps: [1.5, 0, 0, -4, 0, 2, 0, -7, 0, 0, 3, -20] };
const MR_GRID: Grid = { sizeIjk: [4, 4, 2], affineIjkToLps: [1, 0, 0, 0, 0, 0.8, -1.8, 0, 0, 0.6, 2.4, 0] };

function image(grid: Grid, modality: 'CT' | 'MR'): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = (allocateVoxels('u16', ni * nj * nk) as Uint16Array).map((_, v) => (37 * v) % 1000);
  return { grid, type: 'u16', voxels, rescale: uniformRescale(nk, 1, 0), modality, unit: 'HU' };
}

/** Voxels of slices `from` to `to` whose index is divisible by `divisor`. */
function segment(label: string, from: number, to: number, divisor: number): SegmentToWrite {
  const inside = Uint8Array.from({ length: 90 }, (_, v) =>
    Number(v >= 15 * from && v < 15 * (to + 1) && v % divisor === 0),
  );
  return {
    label,
    mask: maskFromNonzero(GRID.sizeIjk, inside),
    category: { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' },
    type: { value: '108369006', scheme: 'SCT', meaning: 'Neoplasm' },
  };
}

const SEGMENTS = [segment('A', 1, 3, 2), segment('B', 2, 4, 3)] as const;

const STUDY: StudyToWrite = {
  identity: {
    patientName: 'Nobody^At All', patientId: 'N', birthDate: '19000101', sex: 'O', weightKg: 70, heightM: 1.7,
    date: '20000101', time: '120000', description: 'Segments',
  },
  uidKey: 'segmentation test',
  ct: image(GRID, 'CT'),
  mr: image(MR_GRID, 'MR'),
  regions: [],
  segments: SEGMENTS,
}; // prettier-ignore

const folder = temporaryFolder();
const seg = join(folder.path, 'SEG.dcm');
const registration = join(folder.path, 'REG.dcm');
let files: string[] = [];
beforeAll(async () => {
  files = await writeStudy(folder.path, STUDY);
});
afterAll(folder.remove);

const load = async (path: string): Promise<DataSet> => {
  const file = await readDicomFile(path);
  if ('error' in file) throw file.error;
  return file.dataSet;
};

/** SOP Instance UIDs that any item of the data set refers to. */
function referred(dataSet: DataSet): string[] {
  return dataSet
    .sorted()
    .flatMap(({ tag, items }) =>
      tag === TAG.referencedSopInstanceUid ? [...dataSet.texts(tag)] : (items ?? []).flatMap(referred),
    );
}

describe('a written segmentation', () => {
  it('gives the voxels back, segment by segment, on the slices of the CT from the first to the last with voxels', async () => {
    const read = await readSegmentation(seg);
    expect(read.kind).toBe('BINARY');
    expect(read.segments.map(({ label }) => label)).toEqual(['A', 'B']);
    const fromSlice1 = { sizeIjk: [5, 3, 4], affineIjkToLps: GRID.affineIjkToLps.with(11, -17) } as const;
    expect(sameGrid(read.grid, fromSlice1)).toBe(true);
    SEGMENTS.forEach(({ mask }, n) => {
      expect(maskCount(mask)).toBeGreaterThan(10);
      expect([...read.mask(n + 1).words]).toEqual([...mask.words.subarray(3, 15)]);
    });
  });

  it('refuses segments without a voxel', async () => {
    const empty = { ...STUDY, segments: [segment('A', 1, 0, 2)] };
    await expect(writeStudy(join(folder.path, 'empty'), empty)).rejects.toThrow(/needs a segment with voxels/);
  });

  it.skipIf(!hasPydicom())('has the same pixels for pydicom (needs python3 with pydicom and numpy)', () => {
    const script = 'import json, sys, pydicom; print(json.dumps(pydicom.dcmread(sys.argv[1]).pixel_array.tolist()))';
    const frames = JSON.parse(run('python3', ['-c', script, seg])) as number[][][];
    const inside = (divisor: number, k: number): number[][] =>
      [0, 1, 2].map((j) => [0, 1, 2, 3, 4].map((i) => Number((15 * k + 5 * j + i) % divisor === 0)));
    expect(frames).toEqual([...[1, 2, 3].map((k) => inside(2, k)), ...[2, 3, 4].map((k) => inside(3, k))]);
  });
});

describe('a written segmentation and a written registration', () => {
  it('refer to images that are written beside them and to nothing else', async () => {
    const instances = new Map<string, string>();
    for (const path of files) instances.set((await load(path)).text(TAG.sopInstanceUid) ?? '', path);
    const names = async (path: string): Promise<string[]> => {
      const found = referred(await load(path)).map((uid) => instances.get(uid)?.slice(folder.path.length + 1) ?? uid);
      return [...new Set(found)].sort();
    };
    expect(await names(seg)).toEqual([2, 3, 4, 5].map((n) => join('CT', `CT000${n}.dcm`)));
    const all = [1, 2, 3, 4, 5, 6].map((n) => join('CT', `CT000${n}.dcm`));
    expect(await names(registration)).toEqual([...all, ...[1, 2].map((n) => join('MR', `MR000${n}.dcm`))]);
  });

  it.skipIf(!hasProgram('dciodvfy')).each(['SEG', 'REG'])(
    '%s.dcm has no error for dciodvfy (needs dicom3tools)',
    (name) => {
      const { stderr } = spawnSync('dciodvfy', [join(folder.path, `${name}.dcm`)], { encoding: 'utf8' });
      expect(stderr).not.toMatch(/^(Error|dciodvfy:)/m);
      expect(stderr).toMatch(name === 'SEG' ? /^Segmentation/m : /^SpatialRegistration/m);
    },
  );
});
