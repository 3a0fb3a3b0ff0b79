import { isInsideLps, isMeasuredLps, type Sampled } from './working-image.ts';
import { transformPoint, type Vec3 } from '@efface/volume';
import { headToLps, type Pose } from './pose.ts';
import { quantile } from './quantile.ts';

/** What the front of the head looks like. */
export interface Face {
  /** A face is in the image: enough of its region is inside, and the skin is where a face has it. */
  readonly present: boolean;
  /** Share of the average face's region that lies inside the image. */
  readonly coverage: number;
  /**
   * How far the skin lies behind the average face's, relative to the forehead (medians over both regions), mm of the
   * head frame; NaN when no point of the region is in the image.
   */
  readonly deficitMm: number;
  /** The most anterior point of the nose. Absent when it is not in the image or there is no face. */
  readonly noseTipLps?: Vec3;
  /** The deepest point of the midline between forehead and nose. */
  readonly nasionLps?: Vec3;
  /** The most anterior point of the midline below the lips. */
  readonly chinLps?: Vec3;
}

/**
 * Where the skin of the average face lies in front of the middle of the brain, mm of the head frame: rows 20 to 100 mm
 * below it, columns 0, 15, 30 and 45 mm from the midline. Means over the same 30 heads as the average brain; single
 * heads differ by 4 to 9 mm.
 */
const AVERAGE_FACE_MM: readonly { readonly belowMm: number; readonly depthsMm: readonly number[] }[] = [
  { belowMm: 20, depthsMm: [108, 104, 100, 96] },
  { belowMm: 30, depthsMm: [109, 98, 97, 92] },
  { belowMm: 40, depthsMm: [116, 101, 94, 89] },
  { belowMm: 50, depthsMm: [123, 108, 96, 92] },
  { belowMm: 60, depthsMm: [128, 113, 99, 94] },
  { belowMm: 70, depthsMm: [125, 112, 100, 94] },
  { belowMm: 80, depthsMm: [115, 107, 99, 92] },
  { belowMm: 90, depthsMm: [112, 108, 98, 88] },
  { belowMm: 100, depthsMm: [110, 107, 95, 84] },
];
/** The same for the forehead. */
const AVERAGE_FOREHEAD_MM: typeof AVERAGE_FACE_MM = [
  { belowMm: -10, depthsMm: [105, 104, 99, 88] },
  { belowMm: 0, depthsMm: [108, 107, 102, 92] },
];
const COLUMN_MM = 15;

/** Skin this far behind the average face (median) is no face any more; defaced heads measure 25 to 60. */
const REMOVED_MM = 17;
/** With less of the region inside the image nothing can be said about the face. */
const LEAST_COVERAGE = 0.1;
/** The skin is looked for between these depths, mm of the head frame, and must go on for RUN_MM. */
const SEARCH_MM = { from: 170, to: -20 };
const RUN_MM = 4;

/** Looks for the face in front of a posed brain. */
export function findFace(image: Sampled, body: Sampled, pose: Pose): Face {
  const toLps = headToLps(pose);
  const at = (x: number, depth: number, z: number): Vec3 => transformPoint(toLps, [x, -depth, z]);
  const isInside = (p: Vec3): boolean => isMeasuredLps(image, p[0], p[1], p[2]);
  const skinDepth = (x: number, z: number): number => {
    let run = 0;
    for (let depth = SEARCH_MM.from; depth > SEARCH_MM.to; depth--) {
      const p = at(x, depth, z);
      run = isInsideLps(body, p[0], p[1], p[2]) ? run + 1 : 0;
      if (run >= RUN_MM) return depth + RUN_MM - 1;
    }
    return SEARCH_MM.to;
  };

  const compare = (rows: typeof AVERAGE_FACE_MM): { readonly coverage: number; readonly deficitMm: number } => {
    const deficits: number[] = [];
    let all = 0;
    for (const { belowMm, depthsMm } of rows) {
      depthsMm.forEach((average, column) => {
        for (const side of column === 0 ? [1] : [1, -1]) {
          const x = side * column * COLUMN_MM;
          all++;
          if (isInside(at(x, average, -belowMm))) deficits.push(average - skinDepth(x, -belowMm));
        }
      });
    }
    return { coverage: deficits.length / all, deficitMm: quantile(deficits, 0.5) };
  };
  const { coverage, deficitMm: faceDeficitMm } = compare(AVERAGE_FACE_MM);
  // A head that is shorter from front to back than the average has its whole skin farther back.
  const foreheadDeficitMm = compare(AVERAGE_FOREHEAD_MM).deficitMm;
  const headMm = Number.isNaN(foreheadDeficitMm) ? 0 : Math.max(-8, Math.min(8, foreheadDeficitMm));
  const deficitMm = faceDeficitMm - headMm;
  const present = coverage >= LEAST_COVERAGE && deficitMm < REMOVED_MM;
  if (!present) return { present, coverage, deficitMm };

  return { present, coverage, deficitMm, ...landmarks({ at, isInside, skinDepth }) };
}

interface FrontView {
  readonly at: (x: number, depth: number, z: number) => Vec3;
  readonly isInside: (p: Vec3) => boolean;
  readonly skinDepth: (x: number, z: number) => number;
}

/** The nose tip is the most anterior skin in this window, mm of the head frame; the others are sought from it. */
const NOSE_WINDOW_MM = { side: 14, above: -36, below: -84 };
const AIR_MM = 2;
const NASION_ABOVE_NOSE_MM = { from: 22, to: 50 };
const CHIN_BELOW_NOSE_MM = { from: 62, to: 94 };

function landmarks({ at, isInside, skinDepth }: FrontView): Pick<Face, 'noseTipLps' | 'nasionLps' | 'chinLps'> {
  const { side, above, below } = NOSE_WINDOW_MM;
  let nose = { x: 0, z: 0, depth: -Infinity };
  for (let z = above; z >= below; z -= 2) {
    for (let x = -side; x <= side; x += 2) {
      const depth = skinDepth(x, z);
      if (depth > nose.depth) nose = { x, z, depth };
    }
  }
  // On the window's rim the highest point is a slope: the tip is cut off or elsewhere.
  if (nose.z === above || nose.z === below) return {};
  // A tip without air in front of it is where the image ends.
  if (!isInside(at(nose.x, nose.depth + AIR_MM, nose.z))) return {};
  /** Where the midline turns: a local extreme of its depth, not the end of the range. */
  const turn = (zFrom: number, zTo: number, sign: 1 | -1): Vec3 | undefined => {
    const step = Math.sign(zTo - zFrom);
    let best: { readonly value: number; readonly z: number } | undefined;
    for (let z = zFrom; step * (zTo - z) >= 0; z += step) {
      const value = sign * skinDepth(nose.x, z);
      if (!best || value > best.value) best = { value, z };
    }
    if (!best || best.z === zFrom || best.z === zTo) return undefined;
    return at(nose.x, sign * best.value, best.z);
  };
  const nasionLps = turn(nose.z + NASION_ABOVE_NOSE_MM.from, nose.z + NASION_ABOVE_NOSE_MM.to, -1);
  const chinLps = turn(nose.z - CHIN_BELOW_NOSE_MM.from, nose.z - CHIN_BELOW_NOSE_MM.to, 1);
  return {
    noseTipLps: at(nose.x, nose.depth, nose.z),
    ...(nasionLps ? { nasionLps } : {}),
    ...(chinLps ? { chinLps } : {}),
  };
}
