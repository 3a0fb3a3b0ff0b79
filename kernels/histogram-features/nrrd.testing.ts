import { type Vec3 } from '@efface/volume';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const TYPES = { short: Int16Array, int: Int32Array } as const;

/** A little-endian gzip NRRD of 3 dimensions, as the oracle's images are. */
export interface Nrrd {
  readonly sizeIjk: Vec3;
  readonly values: Int16Array | Int32Array;
  /** Lengths of the space directions, mm. */
  readonly spacingMm: Vec3;
  /** mm³. */
  readonly voxelVolumeMm3: number;
}

/** Reads such a file (teem.sourceforge.net/nrrd/format.html). Throws RangeError for any other kind. */
export function readNrrd(path: string): Nrrd {
  const bytes = readFileSync(path);
  const headerEnd = bytes.indexOf('\n\n');
  const fields = new Map(
    bytes
      .toString('latin1', 0, headerEnd)
      .split('\n')
      .filter((line) => line.includes(': '))
      .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  );
  const type = fields.get('type') ?? '';
  if (!(type in TYPES) || fields.get('encoding') !== 'gzip' || fields.get('endian') !== 'little')
    throw new RangeError(`${path} is a NRRD of another kind`);
  const data = gunzipSync(bytes.subarray(headerEnd + 2));
  const Values = TYPES[type as keyof typeof TYPES];
  const size = (fields.get('sizes') ?? '').split(' ').map(Number);
  const values = new Values(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  const spacingMm = [...(fields.get('space directions') ?? '').matchAll(/\(([^)]*)\)/g)].map(([, vector]) =>
    Math.hypot(...vector.split(',').map(Number)),
  );
  if (size.length !== 3 || spacingMm.length !== 3 || values.length !== size[0] * size[1] * size[2])
    throw new RangeError(`${path} is not a volume of 3 dimensions`);
  const [di, dj, dk] = spacingMm;
  return { sizeIjk: [size[0], size[1], size[2]], values, spacingMm: [di, dj, dk], voxelVolumeMm3: di * dj * dk };
}
