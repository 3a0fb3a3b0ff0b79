import {
  describePhotograph,
  descriptorDistance,
  type FaceNetworks,
  type FacePicture,
  openFaceNetworks,
} from '@efface/reidentify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertModels, MODELS_FOLDER } from './convert.ts';
import { cutOut, demoPhotograph } from './testing/face-api.ts';

describe('photographs', () => {
  let networks: FaceNetworks;
  beforeAll(async () => {
    convertModels(MODELS_FOLDER);
    networks = await openFaceNetworks(MODELS_FOLDER);
  });
  afterAll(() => networks[Symbol.asyncDispose]());

  it('with one face are described, the same person whatever is around the face', async () => {
    const [face] = (await networks.detectors[0].detect([demoPhotograph(1)]))[0];
    const around = (margin: number): FacePicture => {
      const { leftPx, topPx, widthPx, heightPx } = face.box;
      const [left, top] = [Math.max(0, Math.floor(leftPx - margin)), Math.max(0, Math.floor(topPx - margin))];
      const box = {
        leftPx: left,
        topPx: top,
        widthPx: Math.floor(widthPx + 2 * margin),
        heightPx: Math.floor(heightPx + 2 * margin),
      };
      return cutOut(demoPhotograph(1), box);
    };
    const [wide, narrow] = [
      await describePhotograph(networks, around(60)),
      await describePhotograph(networks, around(35)),
    ];
    if (typeof wide === 'string' || typeof narrow === 'string') throw new Error('no description');
    // dlib's own threshold of one person.
    expect(descriptorDistance(wide.mean, narrow.mean, 'euclidean')).toBeLessThan(0.6);
    expect(wide.depth).toBeUndefined();
  });

  it('with several faces or none are failures to acquire', async () => {
    expect(await describePhotograph(networks, demoPhotograph(5))).toBe('SEVERAL_FACES_FOUND');
    const blank: FacePicture = { width: 80, height: 60, channels: 1, samples: new Uint8Array(4800).fill(90) };
    expect(await describePhotograph(networks, blank)).toBe('NO_FACE_FOUND');
  });
});
