import type { Affine, Grid, Vec3 } from '@efface/volume';

/** Head-frame box a default grid covers, mm: low corner and high corner. */
const FIELD_LOW: Vec3 = [-104, -122, -142];
const FIELD_HIGH: Vec3 = [104, 132, 144];

/** Rotation of the head about the midpoint of its tragi. */
export interface Pose {
  /** To the left shoulder side: nose turns to the left, degrees. */
  readonly yawDeg?: number;
  /** Chin up, degrees. */
  readonly pitchDeg?: number;
  /** Left ear to the left shoulder, degrees. */
  readonly rollDeg?: number;
  /** LPS position of the midpoint between the tragi, mm. */
  readonly originLps?: Vec3;
}

/** Affine from LPS to the head frame (x left, y anterior, z superior, mm). */
export function affineLpsToHead(pose: Pose): Affine {
  const { yawDeg = 0, pitchDeg = 0, rollDeg = 0, originLps = [0, 0, 0] } = pose;
  const [cy, sy] = cosSin(yawDeg);
  const [cp, sp] = cosSin(pitchDeg);
  const [cr, sr] = cosSin(rollDeg);
  // Head to patient, both as (left, anterior, superior): Rz(−yaw) · Rx(pitch) · Ry(roll).
  const z = [cy, sy, 0, -sy, cy, 0, 0, 0, 1];
  const x = [1, 0, 0, 0, cp, -sp, 0, sp, cp];
  const y = [cr, 0, sr, 0, 1, 0, -sr, 0, cr];
  const r = multiply(z, multiply(x, y));
  // The inverse of a rotation is its transpose; LPS has the second axis turned round.
  const m: number[] = [];
  for (let row = 0; row < 3; row++) {
    const line = [r[row], -r[3 + row], r[6 + row]];
    m.push(...line, -(line[0] * originLps[0] + line[1] * originLps[1] + line[2] * originLps[2]));
  }
  return m;
}

/** Axial grid (LPS order) around an upright head at the origin: chin, nose, ears and vertex with a margin. */
export function defaultHeadGrid(spacingMm: Vec3): Grid {
  if (spacingMm.some((s) => !(s > 0)))
    throw new RangeError(`spacing must be positive, it is ${spacingMm.join(', ')} mm`);
  const [sx, sy, sz] = spacingMm;
  const sizeIjk: Vec3 = [
    Math.ceil((FIELD_HIGH[0] - FIELD_LOW[0]) / sx),
    Math.ceil((FIELD_HIGH[1] - FIELD_LOW[1]) / sy),
    Math.ceil((FIELD_HIGH[2] - FIELD_LOW[2]) / sz),
  ];
  const affineIjkToLps = [
    sx,
    0,
    0,
    FIELD_LOW[0] + sx / 2,
    0,
    sy,
    0,
    -FIELD_HIGH[1] + sy / 2,
    0,
    0,
    sz,
    FIELD_LOW[2] + sz / 2,
  ];
  return { sizeIjk, affineIjkToLps };
}

function cosSin(degrees: number): readonly [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = [];
  for (let r = 0; r < 3; r++)
    for (let c = 0; c < 3; c++) out.push(a[3 * r] * b[c] + a[3 * r + 1] * b[3 + c] + a[3 * r + 2] * b[6 + c]);
  return out;
}
