import { analyseHead } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { openStudy } from '@efface/io';
import { type BuiltElement, type BuiltItem, buildDicom, writeSeriesFiles } from '@efface/io/testing';
import { openBackend } from '@efface/kernels/backends';
import { type DepthMap, faceDepthMap, matchDepthsBothWays } from '@efface/reidentify';
import { generateHead } from '@efface/test-data';
import { ijkToLps, spacingMm, type Volume } from '@efface/volume';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defacedCopy } from './defaced-again.ts';
import { leakedSurfaces } from './leak.ts';

const FRAME = '1.2.3.4.9';
const SKIN_HU = -300;

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await openBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'efface-leak-'));
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const realOf = ({ voxels, rescale }: Volume, n: number, k: number): number =>
  Math.round(Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k]);

function writeSeries(name: string, series: number, volume: Volume): void {
  const { grid } = volume;
  const [columns, rows, nSlices] = grid.sizeIjk;
  const [di, dj] = spacingMm(grid);
  writeSeriesFiles(join(folder, name), {
    columns, rows, nSlices,
    position: (k) => ijkToLps(grid, [0, 0, k]),
    elements: (k) => {
      const pixels = Int16Array.from({ length: columns * rows }, (_, n) => realOf(volume, k * columns * rows + n, k));
      return [
        ['00080018', 'UI', `1.2.3.4.5.${series}.${k + 1}`], ['0020000E', 'UI', `1.2.3.4.5.${series}`],
        ['00200011', 'IS', String(series)], ['00280030', 'DS', `${dj}\\${di}`], ['00281052', 'DS', '0'],
        ['7FE00010', 'OW', Buffer.from(pixels.buffer)],
      ];
    },
  }); // prettier-ignore
}

/** The outline of a slice by its rows: down their left ends, up their right ones; undefined where nothing is. */
function outline(volume: Volume, k: number): string | undefined {
  const { grid } = volume;
  const [ni, nj] = grid.sizeIjk;
  const left: string[] = [];
  const right: string[] = [];
  for (let j = 0; j < nj; j++) {
    const row = Array.from({ length: ni }, (_, i) => realOf(volume, i + ni * (j + nj * k), k) > SKIN_HU);
    if (!row.includes(true)) continue;
    const at = (i: number): string => ijkToLps(grid, [i, j, k]).map((mm) => mm.toFixed(3)).join('\\'); // prettier-ignore
    left.push(at(row.indexOf(true) - 0.5));
    right.unshift(at(row.lastIndexOf(true) + 0.5));
  }
  return left.length < 2 ? undefined : [...left, ...right].join('\\');
}

function writeStructures(volume: Volume): void {
  const item = (...elements: BuiltElement[]): BuiltItem => ({ elements });
  const outlines = Array.from({ length: volume.grid.sizeIjk[2] }, (_, k) => outline(volume, k));
  const contours = outlines.flatMap((points) =>
    points === undefined ? [] : [item(['30060042', 'CS', 'CLOSED_PLANAR'], ['30060050', 'DS', points])],
  );
  const elements: BuiltElement[] = [
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.481.3'], ['00080018', 'UI', '1.2.3.4.5.8.1'],
    ['30060020', 'SQ', [
      item(['30060022', 'IS', '1'], ['30060024', 'UI', FRAME], ['30060026', 'LO', 'Outline']),
      item(['30060022', 'IS', '2'], ['30060024', 'UI', FRAME], ['30060026', 'LO', 'Cord']),
    ]],
    ['30060039', 'SQ', [
      item(['30060040', 'SQ', contours], ['30060084', 'IS', '1']),
      item(['30060040', 'SQ', contours.slice(0, 1)], ['30060084', 'IS', '2']),
    ]],
    ['30060080', 'SQ', [item(['30060084', 'IS', '1'], ['300600A4', 'CS', 'EXTERNAL'])]],
  ]; // prettier-ignore
  writeFileSync(join(folder, 'structures'), buildDicom({ elements }));
}

function writeDose(volume: Volume): void {
  const { grid } = volume;
  const [ni, nj, nk] = grid.sizeIjk;
  const [di, dj, dk] = spacingMm(grid);
  const values = Uint16Array.from({ length: ni * nj * nk }, (_, n) =>
    realOf(volume, n, Math.floor(n / (ni * nj))) > SKIN_HU ? 5000 : 0,
  );
  const elements: BuiltElement[] = [
    ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.481.2'], ['00080018', 'UI', '1.2.3.4.5.9.1'],
    ['00200032', 'DS', ijkToLps(grid, [0, 0, 0]).join('\\')], ['00200037', 'DS', '1\\0\\0\\0\\1\\0'],
    ['00280002', 'US', [1]], ['00280004', 'CS', 'MONOCHROME2'], ['00280008', 'IS', String(nk)],
    ['00280010', 'US', [nj]], ['00280011', 'US', [ni]], ['00280030', 'DS', `${dj}\\${di}`],
    ['00280100', 'US', [16]], ['00280101', 'US', [16]], ['00280102', 'US', [15]], ['00280103', 'US', [0]],
    ['30040002', 'CS', 'GY'], ['3004000C', 'DS', Array.from({ length: nk }, (_, k) => k * dk).join('\\')],
    ['3004000E', 'DS', '0.01'], ['7FE00010', 'OW', Buffer.from(values.buffer)],
  ]; // prettier-ignore
  writeFileSync(join(folder, 'dose'), buildDicom({ elements }));
}

it('finds the face of a defaced CT in another series, the contours of the body and the edge of the dose', async () => {
  const { volume: intact } = generateHead({ seed: 4, contrast: 'ct', spacingMm: 3 });
  const quickshear = { rule: 'robust', bufferMm: 10, bufferVoxels: 10, keepOutMm: 5 } as const;
  const defaced = await defacedCopy(backend, intact, quickshear);
  // Of two series as long as each other the first UID is the reference.
  writeSeries('a', 6, defaced);
  writeSeries('b', 7, intact);
  writeStructures(intact);
  writeDose(intact);
  writeFileSync(join(folder, 'broken-dose'), buildDicom({ elements: [['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.481.2'], ['00080018', 'UI', '1.2.3.4.5.9.2']] })); // prettier-ignore

  const [entry] = (await openStudy(join(folder, 'a'))).entries;
  const { volume } = await entry.open();
  const anatomy = await analyseHead(backend, volume);
  const head = { path: folder, volume, anatomy, thresholdReal: SKIN_HU, smoothMm: 0.7 };
  const { frame } = anatomy;
  const look = (seen: Volume, thresholdReal: number, smoothMm: number): Promise<DepthMap> =>
    faceDepthMap(backend, { volume: seen, frame, thresholdReal, smoothMm });
  const face = await look(intact, SKIN_HU, 0.7);
  const residualMm = async (seen: Volume, thresholdReal: number, smoothMm: number): Promise<number> =>
    matchDepthsBothWays(face, await look(seen, thresholdReal, smoothMm))?.residualMm ?? Infinity;

  const found: [string, number][] = [];
  const failures: string[] = [];
  for await (const probed of leakedSurfaces(backend, head)) {
    if ('failure' in probed) failures.push(`${probed.name}: ${probed.failure.code}`);
    else found.push([probed.name, await residualMm(probed.volume, probed.thresholdReal, probed.smoothMm)]);
  }
  expect(found.map(([name]) => name)).toEqual(['another series', 'contours of the body', 'edge of the dose']);
  // What was cut away is centimetres deep; contours and dose lie on the skin to half a voxel.
  expect(await residualMm(volume, SKIN_HU, 0.7)).toBeGreaterThan(3);
  for (const [, mm] of found) expect(mm).toBeLessThan(1);
  expect(failures).toEqual(['edge of the dose: DICOM_BAD_FIELD']);
}, 60_000);

it('has nothing to look at beside a single file', async () => {
  const { volume } = generateHead({ seed: 4, contrast: 'ct', spacingMm: 6 });
  const anatomy = await analyseHead(backend, volume);
  const path = join(folder, 'single');
  writeFileSync(path, '');
  const found = [];
  for await (const probed of leakedSurfaces(backend, { path, volume, anatomy, thresholdReal: SKIN_HU, smoothMm: 0 }))
    found.push(probed);
  expect(found).toEqual([]);
});
