import { dotRounded } from '../shared/rounded.ts';
import { CLIP_KINDS, CLIP_WORDS } from './clip.ts';
import { point, ray, type Scene } from './first-hit-field.cpu.ts';

// Twin of ray-clip.wgsl.
const f = Math.fround;

/** Offsets of the fields of a shape, in words. */
const [ORIGIN, KIND, COLUMN_I, MARGIN, COLUMN_J, KEEPS_INSIDE, COLUMN_K, NORMAL] = [0, 3, 4, 7, 8, 11, 12, 16];

/** A vector in a shape's own coordinates, and what the vector was before. */
const own = new Float64Array(3);
const voxels = new Float64Array(3);

/** Sets `own` to columns · `voxels`. */
function toOwn({ clipsF32 }: Scene, clip: number): void {
  const [x, y, z] = voxels;
  for (let d = 0; d < 3; d++) {
    const ij = f(f(clipsF32[clip + COLUMN_I + d] * x) + f(clipsF32[clip + COLUMN_J + d] * y));
    own[d] = f(ij + f(clipsF32[clip + COLUMN_K + d] * z));
  }
}

/** Sets `own` to `point` in the coordinates of the shape that starts at word `clip`. */
function pointToOwn(scene: Scene, clip: number): void {
  for (let d = 0; d < 3; d++) voxels[d] = f(point[d] - scene.clipsF32[clip + ORIGIN + d]);
  toOwn(scene, clip);
}

/** First word of the first shape that takes away `point`; −1 when none does. */
export function clipAt(scene: Scene): number {
  const { clipsU32, clipCount } = scene;
  for (let clip = 0; clip < CLIP_WORDS * clipCount; clip += CLIP_WORDS) {
    pointToOwn(scene, clip);
    const [x, y, z] = own;
    const kind = clipsU32[clip + KIND];
    let isInside = Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) <= 1;
    if (kind === CLIP_KINDS.plane) isInside = x <= 0;
    else if (kind === CLIP_KINDS.sphere) isInside = dotRounded(x, y, z, x, y, z) <= 1;
    if (isInside !== (clipsU32[clip + KEEPS_INSIDE] === 1)) return clip;
  }
  return -1;
}

/** Steps from `point`, which the shape takes away, for which it surely goes on to; at least 1. */
export function stepsClipped(scene: Scene, clip: number): number {
  const { clipsF32, clipsU32 } = scene;
  const keepsInside = clipsU32[clip + KEEPS_INSIDE] === 1;
  const kind = clipsU32[clip + KIND];
  for (let d = 0; d < 3; d++) voxels[d] = ray[3 + d];
  toOwn(scene, clip);
  const [dx, dy, dz] = own;
  pointToOwn(scene, clip);
  const [x, y, z] = own;
  const margin = keepsInside ? clipsF32[clip + MARGIN] : -clipsF32[clip + MARGIN];
  const radius = Math.max(1 + margin, 0);
  let enter = -1e9;
  let leave = 1e9;
  if (kind === CLIP_KINDS.plane) {
    const at = (margin - x) / awayFromZero(dx);
    if (awayFromZero(dx) > 0) leave = at;
    else enter = at;
  } else if (kind === CLIP_KINDS.sphere) {
    const square = Math.max(dx * dx + dy * dy + dz * dz, 1e-24);
    const middle = -(x * dx + y * dy + z * dz) / square;
    const nearest = (x + dx * middle) ** 2 + (y + dy * middle) ** 2 + (z + dz * middle) ** 2;
    const half = Math.sqrt((radius * radius - nearest) / square);
    enter = half >= 0 ? middle - half : 1e9;
    leave = half >= 0 ? middle + half : -1e9;
  } else {
    for (let d = 0; d < 3; d++) {
      const perStep = 1 / awayFromZero(d === 0 ? dx : d === 1 ? dy : dz);
      const a = (-radius - own[d]) * perStep;
      const b = (radius - own[d]) * perStep;
      enter = Math.max(enter, Math.min(a, b));
      leave = Math.min(leave, Math.max(a, b));
    }
  }
  const toInside = enter > leave || leave < 0 ? 1e9 : enter;
  const toOutside = enter < 0 && leave > 0 ? leave : 0;
  return Math.floor(Math.min(Math.max(keepsInside ? toInside : toOutside, 1), 1e6));
}

function awayFromZero(v: number): number {
  return Math.abs(v) < 1e-12 ? 1e-12 : v;
}

/** Is what the shape takes away outside of it? */
export function keepsInside({ clipsU32 }: Scene, clip: number): boolean {
  return clipsU32[clip + KEEPS_INSIDE] === 1;
}

/**
 * Sets three numbers of `inwardLps` to a vector into what is left at a face cut by the shape; `point` is on the shape's
 * outer side.
 */
export function inwardAtClip(scene: Scene, clip: number, inwardLps: Float64Array, to: number): void {
  const { clipsF32, clipsU32 } = scene;
  const kind = clipsU32[clip + KIND];
  pointToOwn(scene, clip);
  if (kind !== CLIP_KINDS.sphere) {
    const [x, y, z] = own.map(Math.abs);
    const face = kind === CLIP_KINDS.plane || (x >= y && x >= z) ? 0 : y >= z ? 1 : 2;
    const side = kind === CLIP_KINDS.plane || own[face] > 0 ? 1 : -1;
    own.fill(0);
    own[face] = side;
  }
  const sign = keepsInside(scene, clip) ? -1 : 1;
  for (let d = 0; d < 3; d++) {
    const at = clip + NORMAL + d;
    const ij = f(f(clipsF32[at] * own[0]) + f(clipsF32[at + 4] * own[1]));
    inwardLps[to + d] = sign * f(ij + f(clipsF32[at + 8] * own[2]));
  }
}
