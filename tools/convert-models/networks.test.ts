import {
  descriptorDistance,
  extractChip,
  FACE_MODELS,
  type FaceNetworks,
  type FacePicture,
  InferenceError,
  modelSource,
  Network,
  openFaceNetworks,
  TinyFaceDetector,
} from '@efface/reidentify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertModels, MODELS_FOLDER } from './convert.ts';
import { demoPhotograph } from './testing/face-api.ts';

describe('the face networks', () => {
  let networks: FaceNetworks;
  beforeAll(async () => {
    convertModels(MODELS_FOLDER);
    networks = await openFaceNetworks(MODELS_FOLDER);
  });
  afterAll(() => networks[Symbol.asyncDispose]());

  it('find nothing in a picture without a face, whatever its size', async () => {
    const grey = (width: number, height: number): FacePicture => ({
      width,
      height,
      channels: 1,
      samples: new Uint8Array(width * height).fill(90),
    });
    for (const detector of networks.detectors)
      expect(await detector.detect([grey(1, 1), grey(640, 3), grey(97, 512)])).toEqual([[], [], []]);
    for (const detector of networks.detectors) expect(await detector.detect([])).toEqual([]);
  });

  it('give one picture the same faces alone and in a batch, in colour and from any batch size', async () => {
    const photographs = [1, 2, 3, 4, 5, 6].map(demoPhotograph);
    for (const detector of networks.detectors) {
      const together = await detector.detect(photographs);
      expect(together.map((faces) => faces.length > 0)).toEqual(photographs.map(() => true));
      expect([(await detector.detect([photographs[4]]))[0]]).toEqual([together[4]]);
    }
    const [picture] = photographs;
    const [faces] = await networks.detectors[0].detect([picture]);
    const points = await networks.landmarks.find(faces.map(({ box }) => ({ picture, box })));
    expect((await networks.landmarks.find([{ picture, box: faces[2].box }]))[0]).toEqual(points[2]);
    const chips = points.map((face) => extractChip(picture, face, networks.recogniser.layout));
    const descriptors = await networks.recogniser.describe(chips);
    expect((await networks.recogniser.describe([chips[2]]))[0]).toEqual(descriptors[2]);
  });

  it('put eyes, nose and mouth of upright faces in their order', async () => {
    const picture = demoPhotograph(1);
    const [faces] = await networks.detectors[0].detect([picture]);
    const points = await networks.landmarks.find(faces.map(({ box }) => ({ picture, box })));
    for (const [n, face] of points.entries()) {
      const { topPx, heightPx } = faces[n].box;
      const [rightEye, leftEye, nose, mouth] = [face[36], face[45], face[33], face[66]];
      expect(rightEye.xPx).toBeLessThan(leftEye.xPx);
      expect(Math.max(rightEye.yPx, leftEye.yPx)).toBeLessThan(nose.yPx);
      expect(nose.yPx).toBeLessThan(mouth.yPx);
      expect(mouth.yPx).toBeLessThan(topPx + heightPx);
    }
  });

  it('refuse chips of another size, faces without a place, and inputs that are no multiple of 32', async () => {
    const picture: FacePicture = { width: 4, height: 4, channels: 1, samples: new Uint8Array(16) };
    await expect(networks.recogniser.describe([picture])).rejects.toThrow('wants 150×150');
    const box = { leftPx: Number.NaN, topPx: 0, widthPx: 4, heightPx: 4 };
    await expect(networks.landmarks.find([{ picture, box }])).rejects.toThrow(RangeError);
    const source = modelSource(FACE_MODELS.tiny, MODELS_FOLDER);
    await expect(TinyFaceDetector.open(source, { sizePx: 400 })).rejects.toThrow('multiple of 32');
  });

  it('tell a network of another kind', async () => {
    const opening = Network.open(modelSource(FACE_MODELS.tiny, MODELS_FOLDER), ['descriptors']);
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_UNEXPECTED' });
    await expect(opening).rejects.toThrow('cells');
  });

  it.each(['cuda', 'webgpu'] as const)('run on %s, or say that it is not there', async (provider) => {
    const source = modelSource(FACE_MODELS.recogniser, MODELS_FOLDER);
    const chip: FacePicture = {
      width: 150,
      height: 150,
      channels: 1,
      samples: Uint8Array.from({ length: 22500 }, (_, n) => (n * 7) & 255),
    };
    let network: Network;
    try {
      network = await Network.open(source, ['descriptors'], { provider });
    } catch (error) {
      expect(error).toBeInstanceOf(InferenceError);
      expect(error).toMatchObject({ code: 'INFERENCE_PROVIDER_UNAVAILABLE', exit: 'unavailable' });
      return;
    }
    const values = Float32Array.from({ length: 3 * 22500 }, (_, n) => chip.samples[n % 22500] / 256 - 0.45);
    const input = { values, dims: [1, 3, 150, 150] };
    const onProvider = (await network.run(input))['descriptors'].values;
    await network[Symbol.asyncDispose]();
    const onCpu = await Network.open(source, ['descriptors']);
    const expected = (await onCpu.run(input))['descriptors'].values;
    await onCpu[Symbol.asyncDispose]();
    expect(onProvider.length).toBe(128);
    // float32 in another order, see face-api.test.ts; TF32 multipliers would be some 1e-3.
    expect(descriptorDistance(onProvider, expected, 'euclidean')).toBeLessThan(5e-3);
  });
});
