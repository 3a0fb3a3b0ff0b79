// Writes dlib-reference.json with dlib itself: node tools/convert-models/testing/dlib-reference.ts PYTHON
// PYTHON is an interpreter with the packages that dlib-reference.py names.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFaceNetworks, type PixelPoint } from '@efface/reidentify';
import { format } from 'prettier';
import { convertModels, MODELS_FOLDER } from '../convert.ts';
import { dlibPoints, PATTERN_CASES, PATTERN_SIZE, patternLandmarks, patternPicture } from './dlib-cases.ts';
import { demoPhotograph } from './face-api.ts';

interface Face {
  readonly photograph: number;
  readonly points: readonly (readonly [number, number])[];
}

convertModels(MODELS_FOLDER);
const networks = await openFaceNetworks(MODELS_FOLDER);
const folder = mkdtempSync(join(tmpdir(), 'efface-dlib-'));
const pattern = patternPicture(PATTERN_SIZE.width, PATTERN_SIZE.height);
writeFileSync(join(folder, 'pattern.rgb'), pattern.samples);
const cases: object[] = PATTERN_CASES.map((one) => ({
  picture: 'pattern',
  ...PATTERN_SIZE,
  points: dlibPoints(one.layout, patternLandmarks(one)),
  isFace: false,
}));

const faces: Face[] = [];
for (const photograph of [1, 2, 3, 4, 5, 6]) {
  const picture = demoPhotograph(photograph);
  writeFileSync(join(folder, `${photograph}.rgb`), picture.samples);
  const [found] = await networks.detectors[0].detect([picture]);
  for (const landmarks of await networks.landmarks.find(found.map(({ box }) => ({ picture, box })))) {
    const whole = landmarks.map(({ xPx, yPx }): PixelPoint => ({ xPx: Math.round(xPx), yPx: Math.round(yPx) }));
    const points = dlibPoints(5, whole);
    faces.push({ photograph, points });
    cases.push({ picture: photograph, width: picture.width, height: picture.height, points, isFace: true });
  }
}
await networks[Symbol.asyncDispose]();

writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
const script = join(import.meta.dirname, 'dlib-reference.py');
const { stdout, status } = spawnSync(process.argv[2] ?? 'python3', [script, folder], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
rmSync(folder, { recursive: true });
if (status !== 0) throw new Error(`${script} ended with ${status ?? 'a signal'}`);
const { dlib, hashes, distances } = JSON.parse(stdout) as { dlib: string; hashes: string[]; distances: number[] };
const reference = {
  source: `dlib ${dlib} with dlib_face_recognition_resnet_model_v1.dat, by dlib-reference.ts`,
  patternChips: hashes.slice(0, PATTERN_CASES.length),
  faces: faces.map((face, n) => ({ ...face, chip: hashes[PATTERN_CASES.length + n] })),
  distances,
};
const path = join(import.meta.dirname, 'dlib-reference.json');
writeFileSync(path, await format(JSON.stringify(reference), { filepath: path, printWidth: 120 }));
console.log(`${path}: ${hashes.length} chips, ${distances.length} distances`);
