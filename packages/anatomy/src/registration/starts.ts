import { type Affine, type GridMask, type Vec3 } from '@efface/volume';
import { type HeadFrame } from '../frame.ts';
import { rotationMatrix } from '../pose.ts';
import { centroidLps, topMm } from './prepare.ts';

/** Below the crown, mm: what is deeper is neck in one image and cut off in the next. */
const HEAD_HEIGHT_MM = 150;
/**
 * Turns to try, degrees about left, posterior and superior: heads nod most (chin on the chest or in the air on a planning CT), and turn
 * more than they tilt. Half of the steps is within reach of the descent.
 */
const TURNS_DEGREES: readonly Vec3[] = [
  ...[0, 25, -25].flatMap((turn) => [0, 20, -20, 40, -40].map((nod): Vec3 => [nod, 0, turn])),
  [0, 25, 0],
  [0, -25, 0],
];

/** The map that turns about a fixed point and brings it to a moving one. */
export function turned(rotation: Vec3, fixedLps: Vec3, movingLps: Vec3): Affine {
  const r = rotationMatrix(rotation);
  return [0, 1, 2].flatMap((row) => {
    const [a, b, c] = r.slice(3 * row, 3 * row + 3);
    return [a, b, c, movingLps[row] - (a * fixedLps[0] + b * fixedLps[1] + c * fixedLps[2])];
  });
}

/** Middle of what lies below the crown of a body, LPS mm. */
export function headMiddleLps(body: GridMask): Vec3 {
  return centroidLps(body, topMm(body) - HEAD_HEIGHT_MM);
}

/** Starts when nothing is known: middles of bodies and of heads below the crown on each other in 17 turns. */
export function defaultStarts(fixed: GridMask, moving: GridMask): Affine[] {
  const middles = [
    [centroidLps(fixed, -Infinity), centroidLps(moving, -Infinity)],
    [headMiddleLps(fixed), headMiddleLps(moving)],
  ] as const;
  return TURNS_DEGREES.flatMap((degrees) => {
    const rotation = degrees.map((v) => (v * Math.PI) / 180) as unknown as Vec3;
    return middles.map(([from, to]) => turned(rotation, from, to));
  });
}

/** The rigid map that lays the head frame of a fixed image on that of a moving one. */
export function frameStart(fixed: HeadFrame, moving: HeadFrame): Affine {
  const axes = ({ leftLps, posteriorLps, superiorLps }: HeadFrame): readonly Vec3[] => [leftLps, posteriorLps, superiorLps]; // prettier-ignore
  const [from, to] = [axes(fixed), axes(moving)];
  const out: number[] = [];
  for (let row = 0; row < 3; row++) {
    const linear = [0, 1, 2].map((column) => from.reduce((sum, axis, n) => sum + to[n][row] * axis[column], 0));
    const shift = fixed.originLps.reduce((sum, v, column) => sum + linear[column] * v, 0);
    out.push(...linear, moving.originLps[row] - shift);
  }
  return out;
}
