import {
  DenseLandmarkFinder,
  descriptorDistance,
  DLIB_RECOGNISER,
  FACE_MODELS,
  type FacePicture,
  fillNetworkInput,
  modelSource,
  Network,
  OnnxFaceRecogniser,
  type PixelBox,
  squareAround,
  SsdFaceDetector,
  TinyFaceDetector,
  wholePicture,
} from '@efface/reidentify';
import { beforeAll, describe, expect, it } from 'vitest';
import { convertModels, MODELS_FOLDER } from './convert.ts';
import { cutOut, demoPhotograph, openReference, type Reference } from './testing/face-api.ts';

// Both sides compute in float32 with their sums in another order. A sum of n products errs by about √n · 2⁻²⁴ of its
// size; with n up to 4608 that is 4e-6 a layer, and over 30 layers, in quadrature, 2e-5 of the values.
const RELATIVE = 2e-5;

/** Boxes end at the scale of the picture's long edge, 1920 pixels. */
const BOX_PX = 1920 * RELATIVE;

/**
 * face-api scales rows by the picture's height after that was rounded to pixels of the network's input; the exact
 * place follows from its answer with that rounding undone.
 */
function unrounded(box: PixelBox, { width, height }: FacePicture, sizePx: number): PixelBox {
  const edge = Math.max(width, height);
  const factor = (side: number): number => (edge * Math.round((side * sizePx) / edge)) / (sizePx * side);
  const [x, y] = [factor(width), factor(height)];
  return { leftPx: box.leftPx * x, topPx: box.topPx * y, widthPx: box.widthPx * x, heightPx: box.heightPx * y };
}

/** A box in whole pixels whose sides differ by an even number: face-api centres odd ones on half a pixel. */
function evenBox({ leftPx, topPx, widthPx, heightPx }: PixelBox): PixelBox {
  const [width, height] = [Math.floor(widthPx), Math.floor(heightPx)];
  return {
    leftPx: Math.floor(leftPx),
    topPx: Math.floor(topPx),
    widthPx: width,
    heightPx: height - ((width + height) % 2),
  };
}

describe("the ONNX networks against the package's own TensorFlow.js, on its demonstration photographs", () => {
  let reference: Reference;
  const photographs = [1, 5].map(demoPhotograph);
  const source = (name: keyof typeof FACE_MODELS): ReturnType<typeof modelSource> =>
    modelSource(FACE_MODELS[name], MODELS_FOLDER);

  beforeAll(async () => {
    convertModels(MODELS_FOLDER);
    reference = await openReference();
  });

  it('SSD: every one of the 5118 boxes and scores', async () => {
    const network = await Network.open(source('ssd'), ['boxes', 'scores']);
    const [picture] = photographs;
    const whole = wholePicture(picture);
    const values = new Float32Array(3 * 512 * 512);
    fillNetworkInput(values, 0, picture, whole, squareAround(whole, 'end'), 512, {
      meanRgb: [127.5, 127.5, 127.5],
      divisor: 127.5,
    });
    const ours = await network.run({ values, dims: [1, 3, 512, 512] });
    const theirs = await reference.ssdOutputs(picture);
    for (const name of ['boxes', 'scores'] as const) {
      expect(ours[name].values.length).toBe(theirs[name].length);
      const largest = theirs[name].reduce(
        (most, value, n) => Math.max(most, Math.abs(value - ours[name].values[n])),
        0,
      );
      expect(largest).toBeLessThan(RELATIVE * theirs[name].reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    }
    await network[Symbol.asyncDispose]();
  });

  it.each(['ssd', 'tiny'] as const)('%s: the same faces, best first', async (name) => {
    const open = name === 'ssd' ? SsdFaceDetector : TinyFaceDetector;
    const detector = await open.open(source(name));
    const all = await detector.detect(photographs);
    for (const [n, picture] of photographs.entries()) {
      const theirs = await reference.detect(name, picture);
      expect(all[n].length).toBe(theirs.length);
      expect(theirs.length).toBeGreaterThan(0);
      for (const [face, { score, box }] of theirs.entries()) {
        expect(Math.abs(all[n][face].score - score)).toBeLessThan(RELATIVE);
        const expected = unrounded(box, picture, name === 'ssd' ? 512 : 416);
        for (const side of ['leftPx', 'topPx', 'widthPx', 'heightPx'] as const)
          expect(Math.abs(all[n][face].box[side] - expected[side]), side).toBeLessThan(BOX_PX);
      }
    }
    await detector[Symbol.asyncDispose]();
  });

  it('landmarks and descriptors of every face', async () => {
    const detector = await SsdFaceDetector.open(source('ssd'));
    const finder = await DenseLandmarkFinder.open(source('landmarks'));
    // face-api divides by 255 where dlib divides by 256.
    const normalisation = { ...DLIB_RECOGNISER.normalisation, divisor: 255 };
    const recogniser = await OnnxFaceRecogniser.open(source('recogniser'), { ...DLIB_RECOGNISER, normalisation });
    const found = await detector.detect(photographs);
    const faces = photographs.flatMap((picture, n) => found[n].map(({ box }) => ({ picture, box: evenBox(box) })));
    expect(faces.length).toBe(8);
    const points = await finder.find(faces);
    const chips = faces.map(({ picture, box }) => cutOut(picture, { ...box, widthPx: 150, heightPx: 150 }));
    const descriptors = await recogniser.describe(chips);
    for (const [n, { picture, box }] of faces.entries()) {
      const expected = await reference.landmarks(cutOut(picture, box));
      const edgePx = Math.max(box.widthPx, box.heightPx);
      for (const [landmark, { xPx, yPx }] of points[n].entries()) {
        const [x, y] = [expected[2 * landmark] * box.widthPx, expected[2 * landmark + 1] * box.heightPx];
        expect(Math.hypot(xPx - box.leftPx - x, yPx - box.topPx - y)).toBeLessThan(edgePx * RELATIVE);
      }
      const descriptor = await reference.descriptor(chips[n]);
      const length = Math.hypot(...descriptor);
      expect(descriptorDistance(descriptors[n], descriptor, 'euclidean')).toBeLessThan(length * RELATIVE);
    }
    await Promise.all([detector, finder, recogniser].map((network) => network[Symbol.asyncDispose]()));
  });
});
