import { jacobianRange, type Warp } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { exponentialOfField, peakOfField, sampleField } from '@efface/kernels';
import { type Grid, ijkToLps, type Volume } from '@efface/volume';
import { Lumps, scattered } from '../depth-mask/lumps.ts';

/** Standard deviation of the velocities along each axis well inside of the new face, mm: nearly that of the displacements. */
const AMPLITUDE_MM = 7;
/** Nodes of the random field; bumps are some three of them wide: a longer nose, a broader cheek, not a wrinkle. */
const NODE_MM = 30;
/** The displacement grows from nothing at what stays to its full size this far away, mm. */
const RIM_MM = 24;
/** No place may shrink below this share of its volume; a flow that would is made slower. */
const LEAST_JACOBIAN = 0.2;
const SHRINK = 0.9;

/** A warp, and what was added to it. */
export interface Disguise {
  readonly warp: Warp;
  /** Standard deviation that was used, mm. */
  readonly amplitudeMm: number;
  /** Of the added displacement alone. */
  readonly minJacobian: number;
}

/**
 * Adds a smooth random displacement to a laid template, in the face alone. An average face that was scaled and deformed to fit
 * the head has the head's proportions, and those alone give a shape away; now it is a different average face for every
 * image. `keptMm`: distance to the tissue that stays, one for each voxel of `grid`.
 */
export async function disguise(
  backend: Backend,
  { movingOfFixed, field }: Warp,
  { grid, keptMm, seed }: { readonly grid: Grid; readonly keptMm: Float32Array; readonly seed: number },
): Promise<Disguise> {
  const velocity = bumps(grid, keptMm, seed);
  let amplitudeMm = AMPLITUDE_MM;
  let added = await flowOf(backend, velocity, grid);
  let { minJacobian } = jacobianRange(added, grid);
  while (minJacobian < LEAST_JACOBIAN) {
    for (let n = 0; n < velocity.length; n++) velocity[n] *= SHRINK;
    amplitudeMm *= SHRINK;
    added = await flowOf(backend, velocity, grid);
    ({ minJacobian } = jacobianRange(added, grid));
  }
  let displacementMm: Float32Array = added;
  if (field) {
    const source = backend.createBuffer('reface/field', field.displacementMm.byteLength, field.displacementMm);
    const own = backend.createBuffer('reface/disguise', added.byteLength, added);
    const sum = sampleField(backend, { source, sourceGrid: field.grid, targetGrid: grid, added: own });
    displacementMm = new Float32Array(await backend.read(sum)).subarray(0, added.length);
    for (const buffer of [source, own, sum]) backend.release(buffer);
  }
  return { warp: { movingOfFixed, field: { grid, displacementMm } }, amplitudeMm, minJacobian };
}

/** Where a stationary velocity carries every voxel, mm: large displacements without a fold. */
async function flowOf(
  backend: Backend,
  velocityMm: Float32Array<ArrayBuffer>,
  grid: Grid,
): Promise<Float32Array<ArrayBuffer>> {
  const velocity = backend.createBuffer('reface/velocity', velocityMm.byteLength, velocityMm);
  const peakMm = await peakOfField(backend, velocity, velocityMm.length / 3);
  const flow = exponentialOfField(backend, velocity, grid, peakMm);
  const displacementMm = new Float32Array(await backend.read(flow)).slice(0, velocityMm.length);
  backend.release(velocity);
  backend.release(flow);
  return displacementMm;
}

/** Velocities, LPS mm for a unit of time, three for each voxel. */
function bumps(grid: Grid, keptMm: Float32Array, seed: number): Float32Array<ArrayBuffer> {
  const fields = [0, 1, 2].map((axis) => new Lumps(scattered(seed + 101 * (axis + 1))));
  const [ni, nj, nk] = grid.sizeIjk;
  const displacementMm = new Float32Array(3 * ni * nj * nk);
  for (let k = 0, n = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, n++) {
        if (!(keptMm[n] > 0)) continue;
        const t = Math.min(1, keptMm[n] / RIM_MM);
        const weight = AMPLITUDE_MM * t * t * (3 - 2 * t);
        const [x, y, z] = ijkToLps(grid, [i, j, k]);
        for (let c = 0; c < 3; c++)
          displacementMm[3 * n + c] = weight * fields[c].at(x / NODE_MM, y / NODE_MM, z / NODE_MM);
      }
  return displacementMm;
}

/** A seed that whoever has not got the image cannot know: its voxels and the seed that was asked for (FNV-1a). */
export function seedOfImage({ voxels }: Volume, seed: number): number {
  const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  let hash = 0x811c9dc5 ^ seed;
  for (let n = 0; n < bytes.length; n++) hash = Math.imul(hash ^ bytes[n], 0x01000193);
  return scattered(hash) & 0x7fffffff;
}
