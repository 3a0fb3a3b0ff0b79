import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FACE_MODELS, type FaceModel } from '@efface/reidentify';
import { dlibResnetGraph } from './dlib-resnet.ts';
import { landmarksGraph } from './landmarks.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import { ssdMobilenetGraph } from './ssd-mobilenet.ts';
import { readTfjsWeights, type Weights } from './tfjs-weights.ts';
import { tinyFaceGraph } from './tiny-face.ts';

/** Where the networks of a checkout lie: a cache, never committed. */
export const MODELS_FOLDER = join(import.meta.dirname, '../../node_modules/.cache/efface/models');

/** The installed package `@vladmandic/face-api`. */
export function faceApiFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
}

interface Conversion {
  readonly model: FaceModel;
  readonly manifest: string;
  readonly graph: (weights: Weights) => OnnxGraph;
}

const CONVERSIONS: readonly Conversion[] = [
  { model: FACE_MODELS.ssd, manifest: 'ssd_mobilenetv1_model', graph: ssdMobilenetGraph },
  { model: FACE_MODELS.tiny, manifest: 'tiny_face_detector_model', graph: tinyFaceGraph },
  { model: FACE_MODELS.landmarks, manifest: 'face_landmark_68_model', graph: landmarksGraph },
  { model: FACE_MODELS.recogniser, manifest: 'face_recognition_model', graph: dlibResnetGraph },
];

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What became of one network. */
export interface ConvertedModel {
  readonly model: FaceModel;
  readonly path: string;
  readonly nBytes: number;
  /** False: the file was there with the right hash. */
  readonly isNew: boolean;
}

/**
 * Writes the ONNX files of FACE_MODELS that are missing from a folder or have other bytes. Error when what comes out
 * has not the hash that FACE_MODELS names: the package or the converter changed, and nothing is written.
 */
export function convertModels(folder: string): ConvertedModel[] {
  return CONVERSIONS.map(({ model, manifest, graph }) => {
    const path = join(folder, model.file);
    if (existsSync(path)) {
      const there = readFileSync(path);
      if (sha256(there) === model.sha256) return { model, path, nBytes: there.length, isNew: false };
    }
    const weights = readTfjsWeights(join(faceApiFolder(), 'model', `${manifest}-weights_manifest.json`));
    const bytes = graph(weights).encode(model);
    const found = sha256(bytes);
    if (found !== model.sha256)
      throw new Error(`${model.file} comes out with SHA-256 ${found}, FACE_MODELS expects ${model.sha256}`);
    mkdirSync(folder, { recursive: true });
    // Renamed into place: a reader never sees half a file.
    const partial = `${path}.${process.pid}.part`;
    writeFileSync(partial, bytes);
    renameSync(partial, path);
    return { model, path, nBytes: bytes.length, isNew: true };
  });
}
