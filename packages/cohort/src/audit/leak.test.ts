import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import type { Backend } from '@efface/compute';
import {
  buildDose, buildStructureSet, temporaryFolder, writeSeriesFiles, writeVolumeAsSeries,
} from '@efface/io/testing'; // prettier-ignore
import { openBackend } from '@efface/kernels/backends';
import { faceDepthMap, type DepthMap, matchDepthsBothWays } from '@efface/reidentify';
import { generateHead } from '@efface/test-data';
import { type Grid, ijkToLps, maskHas, type Vec3, type Volume } from '@efface/volume';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tracedContours } from '../testing/traced-contours.ts';
import { defacedCopy } from './defaced-again.ts';
import { type LeakFailure, type LeakProbe, leakProbes } from './leak.ts';

const VOXEL_MM = 2.5;
const SEED = 4;
const ROBUST = {
  method: 'quickshear',
  rule: 'robust',
  bufferMm: 10,
  bufferVoxels: 10,
  keepOutMm: 5,
  ears: false,
} as const;

/** 60 Gy in the neck that fall off to the crown, and no dose outside the skin; 3 mm, 16 bits. */
function doseOfHead(): Buffer {
  const grid: Grid = { sizeIjk: [66, 82, 88], affineIjkToLps: [3, 0, 0, -97, 0, 3, 0, -120, 0, 0, 3, -130] };
  const { truth } = generateHead({ seed: SEED, contrast: 'ct', grid });
  const [ni, nj, nk] = grid.sizeIjk;
  const stored = new Uint16Array(ni * nj * nk);
  for (let n = 0; n < stored.length; n++) {
    const p: Vec3 = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
    if (maskHas(truth.body, ...p)) stored[n] = Math.round(60_000 * Math.exp(-p[2] / 10)) + 3;
  }
  return buildDose({
    columns: ni,
    rows: nj,
    stored,
    scaling: 0.001,
    offsetsMm: Array.from({ length: nk }, (_, k) => 3 * k),
    positionLps: ijkToLps(grid, [0, 0, 0]),
    spacingMm: [3, 3],
  });
}

describe('what else shows a face that was removed from an image', () => {
  const temporary = temporaryFolder();
  const study = join(temporary.path, 'study');
  let backend: Backend;
  let reference: HeadAnatomy;
  /** Of the head with its face, of that without, and of somebody else. */
  let original: DepthMap;
  let defaced: DepthMap;
  let other: DepthMap;
  let found: (LeakProbe | LeakFailure)[];

  const depths = (volume: Volume, thresholdReal: number, smoothMm: number, frame: HeadAnatomy['frame']) =>
    faceDepthMap(backend, { volume, thresholdReal, smoothMm, frame });
  const collect = async (path: string): Promise<(LeakProbe | LeakFailure)[]> => {
    const all = [];
    for await (const one of leakProbes(backend, path, reference)) all.push(one);
    return all;
  };

  beforeAll(async () => {
    backend = await openBackend('cpu');
    const { volume, truth } = generateHead({ seed: SEED, contrast: 'ct', spacingMm: VOXEL_MM });
    const altered = await defacedCopy(backend, volume, ROBUST);
    reference = await analyseHead(backend, altered);
    original = await depths(volume, -300, 0.7, reference.frame);
    defaced = await depths(altered, -300, 0.7, reference.frame);
    const stranger = generateHead({ seed: SEED + 1, contrast: 'ct', spacingMm: VOXEL_MM }).volume;
    other = await depths(stranger, -300, 0.7, (await analyseHead(backend, stranger)).frame);

    const series = (name: string, of: Volume, description: string, frame?: string): void =>
      writeVolumeAsSeries(join(study, name), of, {
        seriesInstanceUid: `1.2.3.4.5.${name}`,
        description,
        ...(frame === undefined ? {} : { frameOfReferenceUid: frame }),
      });
    const head = { seed: SEED, spacingMm: VOXEL_MM, type: 'u16' } as const;
    const turned = { yawDeg: 6, pitchDeg: -4, originLps: [40, -20, 300] } as const;
    const grid: Grid = { ...volume.grid, affineIjkToLps: volume.grid.affineIjkToLps.map((v, n) => v + (n % 4 === 3 ? turned.originLps[(n - 3) / 4] : 0)) }; // prettier-ignore
    series('1', altered, 'defaced');
    series('2', volume, 'forgotten');
    series('3', generateHead({ ...head, contrast: 't1' }).volume, 'MR');
    series('4', generateHead({ ...head, contrast: 'pet' }).volume, 'FDG');
    series('5', generateHead({ ...head, contrast: 't1', grid, pose: turned }).volume, 'before', '1.2.3.4.10');
    writeSeriesFiles(join(study, '6'), {
      elements: () => [
        ['0020000E', 'UI', '1.2.3.4.5.66'],
        ['00080008', 'CS', 'ORIGINAL\\PRIMARY\\LOCALIZER'],
      ],
    });
    mkdirSync(join(study, 'plan'));
    const contours = tracedContours(truth.body, volume.grid, 1);
    const sparse = tracedContours(truth.body, volume.grid, 2);
    writeFileSync(
      join(study, 'plan/RS'),
      buildStructureSet([
        { number: 1, name: 'Contour 1', interpretedType: 'EXTERNAL', contours },
        { number: 2, name: 'Skin', contours: sparse.filter((_, n) => n % 7 !== 0) },
        { number: 3, name: 'Brain', interpretedType: 'ORGAN', contours },
        { number: 4, name: 'Body', contours: [] },
      ]),
    );
    writeFileSync(join(study, 'plan/RD'), doseOfHead());
    writeFileSync(join(study, 'plan/RD-relative'), buildDose({
      columns: 1, rows: 1, stored: new Uint16Array(2), scaling: 1, offsetsMm: [0, 1], positionLps: [0, 0, 0],
      spacingMm: [1, 1], elements: [['30040002', 'CS', 'RELATIVE']],
    })); // prettier-ignore
    found = await collect(study);
  });
  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    temporary.remove();
  });

  const residualMm = (a: DepthMap, b: DepthMap): number => matchDepthsBothWays(a, b)?.residualMm ?? Infinity;

  const nSeen = ({ depthMm }: DepthMap): number => depthMm.filter((mm) => !Number.isNaN(mm)).length;

  it('is listed, one thing after the other, with what could not be looked at', () => {
    expect(found.map((one) => [one.channel, one.label, 'failure' in one ? one.failure.code : 'seen'])).toEqual([
      ['another series', 'forgotten', 'seen'],
      ['another series', 'MR', 'seen'],
      ['PET', 'FDG', 'seen'],
      ['another series', 'before', 'seen'],
      ['another series', 'Head', 'DICOM_LOCALISER'],
      ['contours of the body', 'RS, region 1', 'seen'],
      ['contours of the body', 'RS, region 2', 'seen'],
      ['edge of the dose', 'RD', 'seen'],
      ['edge of the dose', 'RD-relative', 'DICOM_DOSE_NOT_GY'],
    ]);
  });

  it('has the face of the original where the defaced image has none', async () => {
    // What is left of the head lies over less than half of the face.
    expect(nSeen(defaced)).toBeGreaterThan(1000);
    expect(nSeen(defaced)).toBeLessThan(nSeen(original));
    expect(matchDepthsBothWays(defaced, original)).toBeUndefined();
    const probes = found.filter((one) => 'volume' in one);
    expect(probes).toHaveLength(7);
    for (const { label, volume, thresholdReal, smoothMm, frame } of probes) {
      const seen = await depths(volume, thresholdReal, smoothMm, frame);
      const own = residualMm(seen, original);
      expect(own, label).toBeLessThan(VOXEL_MM / 5);
      expect(residualMm(seen, other), label).toBeGreaterThan(2 * own);
    }
  });

  it('is nothing beside a single image', async () => {
    writeVolumeAsSeries(join(temporary.path, 'alone'), generateHead({ seed: SEED, contrast: 'ct', spacingMm: 8 }).volume, {
      seriesInstanceUid: '1.2.3',
      description: 'alone',
    }); // prettier-ignore
    expect(await collect(join(temporary.path, 'alone'))).toEqual([]);
    await expect(collect(join(temporary.path, 'absent'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});
