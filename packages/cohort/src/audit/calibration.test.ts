import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Calibration, DEFAULT_CALIBRATION, readCalibration, thresholdsFor } from './calibration.ts'; // prettier-ignore
import { measureThresholds } from './measure-thresholds.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'efface-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const networks = (recogniser: string): Parameters<typeof thresholdsFor>[2] =>
  ({
    recogniser: { name: recogniser },
    detectors: [{ name: 'ssd-mobilenet-v1' }, { name: 'tiny-face-detector' }],
  }) as never;

describe('thresholds', () => {
  it('are those of the portraits and the recogniser; shapes keep theirs', () => {
    const { geometry } = DEFAULT_CALIBRATION.distances['81'] ?? {};
    expect(thresholdsFor(DEFAULT_CALIBRATION, '81', networks('dlib-resnet-v1')).distances).toEqual(
      DEFAULT_CALIBRATION.distances['81'],
    );
    expect(thresholdsFor(DEFAULT_CALIBRATION, '9', networks('dlib-resnet-v1')).distances).toEqual({
      ...DEFAULT_CALIBRATION.distances['9'],
      geometry,
    });
    expect(thresholdsFor(DEFAULT_CALIBRATION, '81', networks('another')).distances).toEqual({ geometry });
  });

  it('are refused where a detector has no cut', () => {
    const calibration: Calibration = { ...DEFAULT_CALIBRATION, cuts: { 'ssd-mobilenet-v1': 0.5 } };
    expect(() => thresholdsFor(calibration, '81', networks('dlib-resnet-v1'))).toThrow(/no cut for tiny-face-detector/);
  });

  it('let 1 % of the controls and of the impostors pass', () => {
    // 200 pictures with scores 0, 0.005 … 0.995, and a table of 11 × 11 whose impostors have distances 1 … 110.
    const controls = Array.from({ length: 200 }, (_, n) => ({
      detectorScores: { d: [n / 200] },
      descriptors: [],
      mean: Float32Array.of(),
    }));
    const names = Array.from({ length: 11 }, (_, n) => String(n));
    let distance = 0;
    const scores = names.map((_, row) => Float64Array.from(names, (_, column) => (row === column ? 0 : -++distance)));
    const { cuts, distances, strangers, nPictures, nImpostors } = measureThresholds(controls, [{ attacker: 'mean', table: { unknown: names, known: names, scores } }]); // prettier-ignore
    expect([nPictures, nImpostors]).toEqual([200, 110]);
    expect(controls.filter(({ detectorScores: { d } }) => d[0] > cuts['d'])).toHaveLength(2);
    const impostors = scores.flatMap((row, n) => [...row].filter((_, column) => column !== n));
    expect(impostors.filter((score) => -score <= (distances.mean ?? 0))).toHaveLength(1);
    // Distances 1 … 110: half of them are within 55.
    expect(impostors.filter((score) => -score <= (strangers.mean ?? 0))).toHaveLength(55);
  });

  it('are not measured on fewer than a hundred', () => {
    const few = measureThresholds(
      [{ detectorScores: { d: [0.1] }, descriptors: [], mean: Float32Array.of() }],
      [{ attacker: 'best', table: { unknown: ['a'], known: ['a', 'b'], scores: [Float64Array.of(0, -1)] } }],
    );
    expect(few).toEqual({ cuts: {}, distances: {}, strangers: {}, nPictures: 1, nImpostors: 1 });
  });
});

describe('a calibration file', () => {
  const write = async (text: string): Promise<string> => {
    const path = join(folder, 'calibration.json');
    await writeFile(path, text);
    return path;
  };

  it('is read as an audit wrote it', async () => {
    expect(await readCalibration(await write(JSON.stringify(DEFAULT_CALIBRATION)))).toEqual(DEFAULT_CALIBRATION);
  });

  it.each([
    ['no JSON', 'thresholds', 'is no JSON'],
    ['another kind of file', '{"schema":"efface-audit/1"}', 'schema'],
    ['a text for a cut', JSON.stringify({ ...DEFAULT_CALIBRATION, cuts: { d: '0.1' } }), 'cuts.d'],
    ['other portraits', JSON.stringify({ ...DEFAULT_CALIBRATION, distances: { 12: {} } }), '12'],
    ['an attacker of its own', JSON.stringify({ ...DEFAULT_CALIBRATION, distances: { 9: { worst: 1 } } }), 'worst'],
    ['a number that is none', JSON.stringify({ ...DEFAULT_CALIBRATION, distances: { 9: { mean: null } } }), 'mean'],
  ])('with %s is refused by name', async (_, text, what) => {
    const path = await write(text);
    await expect(readCalibration(path)).rejects.toThrow(what);
    await expect(readCalibration(path)).rejects.toThrow(path);
  });

  it('that is not there is named', async () => {
    await expect(readCalibration(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});
