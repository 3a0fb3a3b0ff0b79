import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createMask } from '@efface/volume';
import { openScan, openStudy } from '../open.ts';
import { type BuiltElement, buildDicom, type BuiltItem } from '../testing/build-dicom.ts';
import { temporaryFolder } from '../testing/temp-folder.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let count = 0;

/** Frames of 3 × 2 pixels; pixel n of frame f has the value 10 f + n. */
const N_FRAMES = 5;
const item = (...elements: BuiltElement[]): BuiltItem => ({ elements });
const within = (tag: string, ...elements: BuiltElement[]): BuiltElement => [tag, 'SQ', [item(...elements)]];

const ORIENTATION = within('00209116', ['00200037', 'DS', '1\\0\\0\\0\\1\\0']);
const MEASURES = within('00289110', ['00280030', 'DS', '3\\2']);
const FRAME_TYPE = within('00189226', ['00089007', 'CS', 'ORIGINAL\\PRIMARY\\M\\NONE']);
const position = (z: number): BuiltElement => within('00209113', ['00200032', 'DS', `0\\0\\${z}`]);

function enhanced(perFrame: (f: number) => BuiltElement[], change: readonly BuiltElement[] = []): string {
  const folder = join(temporary.path, String(count++));
  mkdirSync(folder);
  const pixels = Array.from({ length: 6 * N_FRAMES }, (_, n) => 10 * Math.floor(n / 6) + (n % 6));
  const file = buildDicom({
    elements: [
      ['00080008', 'CS', 'ORIGINAL\\PRIMARY\\M\\NONE'],
      ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.4.1'],
      ['00080018', 'UI', '1.2.3.1'],
      ['0020000E', 'UI', '1.2.3'],
      ['00200052', 'UI', '1.2.9'],
      ['00280002', 'US', [1]],
      ['00280004', 'CS', 'MONOCHROME2'],
      ['00280008', 'IS', String(N_FRAMES)],
      ['00280010', 'US', [2]],
      ['00280011', 'US', [3]],
      ['00280100', 'US', [16]],
      ['00280101', 'US', [16]],
      ['00280102', 'US', [15]],
      ['00280103', 'US', [0]],
      ['52009229', 'SQ', [item(ORIENTATION, MEASURES, FRAME_TYPE)]],
      ['52009230', 'SQ', Array.from({ length: N_FRAMES }, (_, f) => item(...perFrame(f)))],
      ['7FE00010', 'OW', pixels],
      ...change,
    ],
  });
  writeFileSync(join(folder, 'image'), file);
  return folder;
}

describe('enhanced multi-frame images', () => {
  it('take position from each frame, the rest from the shared groups', async () => {
    const { volume } = await openScan(enhanced((f) => [position(7 + 4 * f)]));
    expect(volume.grid).toEqual({ sizeIjk: [3, 2, 5], affineIjkToLps: [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 7] });
    expect(Array.from(volume.voxels.slice(0, 8), Number)).toEqual([0, 1, 2, 3, 4, 5, 10, 11]);
    expect(volume.modality).toBe('MR');
  });

  it('let a frame override what is shared, with a rescale of its own', async () => {
    const { volume } = await openScan(
      enhanced(
        (f) => [position(f), within('00289145', ['00281052', 'DS', String(f)], ['00281053', 'DS', '2'])],
        [['52009229', 'SQ', [item(ORIENTATION, MEASURES, within('00289145', ['00281053', 'DS', '9']))]]],
      ),
    );
    expect(Array.from(volume.rescale.slopePerK)).toEqual([2, 2, 2, 2, 2]);
    expect(Array.from(volume.rescale.interceptPerK)).toEqual([0, 1, 2, 3, 4]);
  });

  it('are sorted by position and written in the order of their frames', async () => {
    const folder = enhanced((f) => [position(-f)]);
    const scan = await openScan(folder);
    expect(Array.from(scan.volume.voxels.slice(0, 3), Number)).toEqual([40, 41, 42]);
    const mask = createMask(scan.volume.grid.sizeIjk);
    mask.words[0] = 0b10;
    const output = join(temporary.path, 'out');
    await scan.write(
      {
        mask,
        fill: { kind: 'constant', storedPerK: [new Float64Array(N_FRAMES).fill(999)] },
        methodText: 'one voxel',
        softwareVersion: '1',
        verified: false,
      },
      output,
    );
    // k = 0 is the last frame: only its second pixel differs.
    const pixelsOf = (path: string): number[] => {
      const bytes = readFileSync(path).subarray(-2 * 6 * N_FRAMES);
      return Array.from({ length: 6 * N_FRAMES }, (_, n) => bytes.readUInt16LE(2 * n));
    };
    const expected = pixelsOf(join(folder, 'image'));
    expected[6 * 4 + 1] = 999;
    expect(pixelsOf(join(output, 'IM0001.dcm'))).toEqual(expected);
    expect(readFileSync(join(output, 'IM0001.dcm')).toString('latin1')).not.toContain('ORIGINAL');
  });

  it.each([
    [
      'DICOM_BAD_FIELD',
      'other numbers of frames and of groups',
      enhanced((f) => [position(f)], [['52009230', 'SQ', []]]),
    ],
    ['DICOM_BAD_FIELD', 'no frames', enhanced((f) => [position(f)], [['00280008', 'IS', '0']])],
    ['DICOM_NO_POSITION', 'a frame without a position', enhanced((f) => (f === 2 ? [] : [position(f)]))],
    ['DICOM_DUPLICATE_SLICES', 'two frames at one place, as of two echoes', enhanced((f) => [position(f % 3)])],
    [
      'DICOM_MIXED_SERIES',
      'two orientations',
      enhanced((f) => [position(f), ...(f === 1 ? [within('00209116', ['00200037', 'DS', '0\\1\\0\\0\\0\\-1'])] : [])]),
    ],
  ])('%s: %s', async (code, _, folder) => {
    const { entries } = await openStudy(folder);
    expect(entries.map(({ refusal }) => refusal?.code)).toEqual([code]);
  });
});
