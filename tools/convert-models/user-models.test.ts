import {
  addUserModel, DLIB_RECOGNISER, extractChip, FACE_MODELS, listUserModels, modelSource, OnnxFaceRecogniser, openUserRecogniser,
  removeUserModel, type UserModelRequest,
} from '@efface/reidentify'; // prettier-ignore
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { convertModels, MODELS_FOLDER } from './convert.ts';
import { OnnxGraph } from './onnx-graph.ts';
import { demoPhotograph } from './testing/face-api.ts';

describe('networks that users bring', () => {
  const file = join(MODELS_FOLDER, FACE_MODELS.recogniser.file);
  const request: UserModelRequest = {
    name: 'mine',
    sha256: FACE_MODELS.recogniser.sha256,
    licence: 'CC0-1.0',
    origin: 'dlib',
    chip: 'dlib',
    metric: 'euclidean',
    ...DLIB_RECOGNISER.normalisation,
  };
  let folder: string;
  beforeEach(async () => {
    convertModels(MODELS_FOLDER);
    folder = await mkdtemp(join(tmpdir(), 'efface-models-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are copied, listed with licence and origin, opened by name, and removed', async () => {
    const added = await addUserModel(folder, file, request);
    expect(added).toMatchObject({
      kind: 'recogniser',
      output: 'descriptors',
      descriptorLength: 128,
      licence: 'CC0-1.0',
    });
    expect(await listUserModels(folder)).toEqual([added]);
    const { recogniser } = await openUserRecogniser(folder, 'mine');
    const own = await OnnxFaceRecogniser.open(modelSource(FACE_MODELS.recogniser, MODELS_FOLDER));
    const landmarks = Array.from({ length: 68 }, (_, n) => ({
      xPx: 300 + 9 * (n % 9),
      yPx: 300 + 11 * Math.floor(n / 9),
    }));
    const chip = extractChip(demoPhotograph(1), landmarks, recogniser.layout);
    expect(await recogniser.describe([chip])).toEqual(await own.describe([chip]));
    await recogniser[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
    await removeUserModel(folder, 'mine');
    expect(await readdir(folder)).toEqual(['models.json']);
    expect(await listUserModels(folder)).toEqual([]);
  });

  it('are not run when their bytes are others than the hash says, at adding and at opening', async () => {
    const wrong = { ...request, sha256: '0'.repeat(64) };
    await expect(addUserModel(folder, file, wrong)).rejects.toMatchObject({ code: 'MODEL_HASH_MISMATCH' });
    expect(await readdir(folder)).toEqual([]);
    await addUserModel(folder, file, request);
    const copy = join(folder, 'mine.onnx');
    const bytes = await readFile(copy);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(copy, bytes);
    await expect(openUserRecogniser(folder, 'mine')).rejects.toMatchObject({ code: 'MODEL_HASH_MISMATCH' });
  });

  it.each(['batch', 1])('take one chip at a time where the network does: batch %s', async (batch) => {
    // Its descriptor is the mean colour.
    const graph = new OnnxGraph();
    const mean = graph.node('GlobalAveragePool', [graph.input('pixels', [batch, 3, 112, 112])]);
    graph.output('mean', graph.node('Flatten', [mean]), [batch, 3]);
    const bytes = graph.encode({ name: 'mean', licence: 'none', origin: 'this test' });
    const path = join(folder, 'mean-colour.onnx');
    await writeFile(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const own = { ...request, name: 'mean', sha256, chip: 'arcface', meanRgb: [0, 0, 0], divisor: 1 } as const;
    const added = await addUserModel(folder, path, own);
    expect(added).toMatchObject({ descriptorLength: 3, ...(batch === 1 ? { batchSize: 1 } : {}) });
    expect('batchSize' in added).toBe(batch === 1);
    const { recogniser } = await openUserRecogniser(folder, 'mean');
    const grey = (level: number) => ({ width: 112, height: 112, channels: 1, samples: new Uint8Array(112 * 112).fill(level) }) as const; // prettier-ignore
    const described = await recogniser.describe([10, 20, 30].map(grey));
    await recogniser[Symbol.asyncDispose]();
    for (const [n, level] of [10, 20, 30].entries())
      for (const value of described[n]) expect(value).toBeCloseTo(level, 3);
  });

  it('have names of their own, and give one descriptor of a picture of the chip’s size', async () => {
    for (const name of ['../up', 'a b', ''])
      await expect(addUserModel(folder, file, { ...request, name })).rejects.toMatchObject({
        code: 'MODEL_NAME_INVALID',
      });
    for (const name of ['dlib-resnet-v1', 'mine']) {
      if (name === 'mine') await addUserModel(folder, file, request);
      await expect(addUserModel(folder, file, { ...request, name })).rejects.toMatchObject({
        code: 'MODEL_NAME_TAKEN',
      });
    }
    const { ssd } = FACE_MODELS;
    const detector = { ...request, name: 'detector', sha256: ssd.sha256 };
    await expect(addUserModel(folder, join(MODELS_FOLDER, ssd.file), detector)).rejects.toMatchObject({ code: 'MODEL_UNEXPECTED' }); // prettier-ignore
    await expect(openUserRecogniser(folder, 'yours')).rejects.toThrow('there are mine');
    await expect(removeUserModel(folder, 'yours')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    const list = JSON.parse(await readFile(join(folder, 'models.json'), 'utf8')) as Record<string, unknown>[];
    for (const text of ['{', '{}', JSON.stringify([{ ...list[0], file: '../elsewhere.onnx' }])]) {
      await writeFile(join(folder, 'models.json'), text);
      await expect(listUserModels(folder)).rejects.toMatchObject({ code: 'MODEL_LIST_CORRUPT' });
    }
  });
});
