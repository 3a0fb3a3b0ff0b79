import { inputErrorFrom } from '@efface/io';
import { EffaceError } from '@efface/volume';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

/** A `*.labels.json` that cannot be used; the message names the file. */
export class LabelNamesError extends EffaceError {
  constructor(message: string) {
    super('LABEL_NAMES_INVALID', 'inputCorrupt', message);
  }
}

const LABEL_NAMES = z.strictObject({
  /** values: a voxel holds the label of its one structure; bits: bit n of a voxel is set where it belongs to structure n. */
  encoding: z.enum(['values', 'bits']),
  names: z.record(z.string().regex(/^\d+$/), z.string().min(1)),
});

/** How the voxels of a label image say which structure they belong to, and what those are called. */
export type LabelNames = z.infer<typeof LABEL_NAMES>;

/** Name of the file that says what the labels of an image are called. */
export function labelNamesPath(image: string): string {
  return `${image.replace(/\.(nii|nii\.gz|nrrd|nhdr)$/i, '')}.labels.json`;
}

/** The names beside a label image; undefined when there is no such file. @throws LabelNamesError */
export async function readLabelNames(image: string): Promise<LabelNames | undefined> {
  const path = labelNamesPath(image);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw inputErrorFrom(error, path);
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new LabelNamesError(`${path}: is no JSON`);
  }
  const parsed = LABEL_NAMES.safeParse(found);
  if (parsed.success) return parsed.data;
  const [{ path: at, message }] = parsed.error.issues;
  throw new LabelNamesError(`${path}: ${at.join('.')}: ${message}; {"encoding": "values" or "bits", "names": {"1": "…"}} was expected`); // prettier-ignore
}

/** Turns label images into one u32 a voxel whose bit n stands for the n-th of some labels. */
export const ENCODINGS: Readonly<
  Record<LabelNames['encoding'], (values: ArrayLike<number>, labels: readonly number[]) => Uint32Array>
> = {
  values(values, labels) {
    const wordOf = new Map(labels.map((label, n) => [label, (1 << n) >>> 0]));
    const bits = new Uint32Array(values.length);
    // Neighbours are mostly alike.
    let last = 0;
    let word = 0;
    for (let n = 0; n < bits.length; n++) {
      if (values[n] !== last) {
        last = values[n];
        word = wordOf.get(last) ?? 0;
      }
      bits[n] = word;
    }
    return bits;
  },
  bits(values, labels) {
    const bits = new Uint32Array(values.length);
    for (let n = 0; n < bits.length; n++) {
      const value = values[n];
      let word = 0;
      for (let b = 0; value !== 0 && b < labels.length; b++) word |= ((value >>> labels[b]) & 1) << b;
      bits[n] = word;
    }
    return bits;
  },
};

/** Bit n of every voxel as a label image of 0 and 1. */
export function labelOfBit(bits: Uint32Array, n: number): Uint8Array {
  const label = new Uint8Array(bits.length);
  for (let v = 0; v < label.length; v++) label[v] = (bits[v] >>> n) & 1;
  return label;
}
