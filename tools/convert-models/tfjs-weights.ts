import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A weight as TensorFlow.js keeps it: values in row-major order of `shape`, channels last. */
export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** All weights of one network by their names. */
export type Weights = ReadonlyMap<string, Weight>;

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
}

type Manifest = readonly { readonly paths: readonly string[]; readonly weights: readonly ManifestEntry[] }[];

function decode(entry: ManifestEntry, bytes: Uint8Array): Float32Array {
  const { quantization } = entry;
  // The sum is made in double precision and rounded once, as TensorFlow.js does it.
  if (quantization) return Float32Array.from(bytes, (value) => value * quantization.scale + quantization.min);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, n) => view.getFloat32(4 * n, true));
}

/**
 * Reads a TensorFlow.js weights manifest and its shards.
 *
 * Entries lie one after another in the concatenated shards of their group, little-endian, 8 bits each where they are
 * quantised (affine: `value · scale + min`), else float32. Throws an Error when the shards hold fewer or more bytes
 * than the manifest describes, or a type it does not know.
 */
export function readTfjsWeights(manifestPath: string): Weights {
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest;
  const weights = new Map<string, Weight>();
  for (const group of manifest) {
    const shards = Buffer.concat(group.paths.map((path) => readFileSync(join(dirname(manifestPath), path))));
    let offset = 0;
    for (const entry of group.weights) {
      const stored = entry.quantization?.dtype ?? entry.dtype;
      if (stored !== 'uint8' && stored !== 'float32')
        throw new Error(`${manifestPath}: ${entry.name} is stored as ${stored}, expected uint8 or float32`);
      const nBytes = entry.shape.reduce((product, size) => product * size, 1) * (stored === 'uint8' ? 1 : 4);
      if (offset + nBytes > shards.length)
        throw new Error(`${manifestPath}: the shards end in ${entry.name}, ${shards.length} bytes are there`);
      weights.set(entry.name, { shape: entry.shape, values: decode(entry, shards.subarray(offset, offset + nBytes)) });
      offset += nBytes;
    }
    if (offset !== shards.length)
      throw new Error(`${manifestPath}: the shards hold ${shards.length} bytes, the manifest describes ${offset}`);
  }
  return weights;
}

/** The weight of that name. Error when it is not there or its shape is another one. */
export function weightOf(weights: Weights, name: string, shape: readonly number[]): Float32Array {
  const weight = weights.get(name);
  if (!weight) throw new Error(`the weights hold no ${name}`);
  if (weight.shape.join() !== shape.join())
    throw new Error(`${name} has the shape ${weight.shape.join('×')}, expected ${shape.join('×')}`);
  return weight.values;
}
