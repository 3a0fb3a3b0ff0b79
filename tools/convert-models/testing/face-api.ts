import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FacePicture, PixelBox } from '@efface/reidentify';
import type * as FaceApiBundle from '@vladmandic/face-api/dist/face-api.esm.js';
import jpeg from 'jpeg-js';
import { faceApiFolder } from '../convert.ts';

type FaceApi = typeof FaceApiBundle;

/** One of the six demonstration photographs of the package. */
export function demoPhotograph(number: number): FacePicture {
  const bytes = readFileSync(join(faceApiFolder(), `demo/sample${number}.jpg`));
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false });
  return { width, height, channels: 3, samples: data };
}

/** A box's pixels as a picture of their own; the box has whole pixels and lies inside. */
export function cutOut({ width, samples }: FacePicture, box: PixelBox): FacePicture {
  const part = new Uint8Array(box.widthPx * box.heightPx * 3);
  for (let row = 0; row < box.heightPx; row++) {
    const start = ((box.topPx + row) * width + box.leftPx) * 3;
    part.set(samples.subarray(start, start + box.widthPx * 3), row * box.widthPx * 3);
  }
  return { width: box.widthPx, height: box.heightPx, channels: 3, samples: part };
}

/** The package as its authors ship it: TensorFlow.js in plain JavaScript, float32. */
export interface Reference {
  /** Boxes (top, left, bottom, right in units of the input's edge) and scores of every anchor. */
  ssdOutputs(picture: FacePicture): Promise<{ readonly boxes: Float32Array; readonly scores: Float32Array }>;
  /** Detections as face-api reports them. */
  detect(net: 'ssd' | 'tiny', picture: FacePicture): Promise<{ readonly score: number; readonly box: PixelBox }[]>;
  /** x, y of 68 points, in units of the picture's width and height. */
  landmarks(picture: FacePicture): Promise<Float32Array>;
  descriptor(chip: FacePicture): Promise<Float32Array>;
}

function loadWeights(faceApi: FaceApi, net: { loadFromWeightMap(map: never): void }, name: string): void {
  const folder = join(faceApiFolder(), 'model');
  const [group] = JSON.parse(readFileSync(join(folder, `${name}-weights_manifest.json`), 'utf8')) as [
    { paths: string[]; weights: never },
  ];
  const bytes = Buffer.concat(group.paths.map((path) => readFileSync(join(folder, path))));
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  net.loadFromWeightMap(faceApi.tf.io.decodeWeights(buffer, group.weights) as never);
}

/** Opens the package's own networks. */
export async function openReference(): Promise<Reference> {
  // The bundle is made for browsers and has an empty stub for Node's util: it loads where there is a document.
  const host = globalThis as { window?: unknown };
  host.window = { document: {}, addEventListener: () => undefined };
  const faceApi = await import('@vladmandic/face-api/dist/face-api.esm.js');
  delete host.window;
  const { tf, nets } = faceApi;
  // Its type declarations leave these out.
  const engine = tf as unknown as {
    setBackend(name: string): Promise<boolean>;
    ready(): Promise<void>;
    env(): { set(flag: string, value: boolean): void };
  };
  // Keeps it from advertising another backend.
  engine.env().set('IS_TEST', true);
  await engine.setBackend('cpu');
  await engine.ready();
  loadWeights(faceApi, nets.ssdMobilenetv1, 'ssd_mobilenetv1_model');
  loadWeights(faceApi, nets.tinyFaceDetector, 'tiny_face_detector_model');
  loadWeights(faceApi, nets.faceLandmark68Net, 'face_landmark_68_model');
  loadWeights(faceApi, nets.faceRecognitionNet, 'face_recognition_model');
  const tensor = ({ width, height, samples }: FacePicture): ReturnType<typeof tf.tensor3d> =>
    tf.tensor3d(Int32Array.from(samples), [height, width, 3], 'int32');

  return {
    async ssdOutputs(picture) {
      const { boxes, scores } = await nets.ssdMobilenetv1.forward(tensor(picture));
      return { boxes: boxes[0].dataSync() as Float32Array, scores: scores[0].dataSync() as Float32Array };
    },
    async detect(net, picture) {
      const detector = net === 'ssd' ? nets.ssdMobilenetv1 : nets.tinyFaceDetector;
      const found = await detector.locateFaces(tensor(picture), {});
      return found.map(({ score, box: { x, y, width, height } }) => ({
        score,
        box: { leftPx: x, topPx: y, widthPx: width, heightPx: height },
      }));
    },
    async landmarks(picture) {
      return (await nets.faceLandmark68Net.forward(tensor(picture))).dataSync() as Float32Array;
    },
    async descriptor(chip) {
      return (await nets.faceRecognitionNet.computeFaceDescriptor(tensor(chip))) as Float32Array;
    },
  };
}
