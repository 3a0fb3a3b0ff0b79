import { brainMesh } from './brain-mesh.ts';
import { fitPose, precisionOf } from './pose-fit.ts';
import { headToLps, type Pose } from './pose.ts';
import { isInsideLps, isMeasuredLps, type Sampled } from './working-image.ts';

/** Mean thickness of scalp and skull over the vault, mm. */
const SCALP_MM = 15;
/** Only directions this far above the middle of the brain (sine of the elevation) look at the vault, not the face. */
const VAULT_SINE = 0.15;
/** A slice of the head is at least this large, mm²; less is hair, a wire or noise. */
const SMALLEST_SLICE_MM2 = 1500;
/** The vertex is cut off when the topmost slice of the image is larger than this, mm². */
const CUT_SLICE_MM2 = 2500;
/** Height of the average vertex over the middle of the brain, mm. */
const VERTEX_MM = 72;

/** Where the vertex is cut off: how far above the image it may be, mm, and how the head may be nodded, radians. */
const LIFTS_MM = [0, 25, 50, 80] as const;
const NODS = [0, -0.35] as const;

/** What is known of heads before looking: place free, then nod, tilt, turn, size, width, height. */
const PRECISION = precisionOf([30, 30, 30, 0.2, 0.1, 0.15, 0.12, 0.03, 0.03]);
/** The same where the vertex is cut off: the sides of a vault do not show how high it goes either. */
const PRECISION_OF_CUT = precisionOf([30, 30, 5, 0.2, 0.1, 0.15, 0.12, 0.03, 0.03]);
const TOLERANCE_MM = 3;
const POINT_TRUST = 0.7;
const ROUNDS = 6;
const ROUNDS_OF_CUT = 3;

/** A pose found from the outline of the vault. */
export interface VaultFit {
  readonly pose: Pose;
  /** Misfit of the scalp to the average head's, mm; Infinity when there is no vault. */
  readonly rmsMm: number;
}

/** Where the head may be, by the outline of the body alone. */
export interface HeadStarts {
  /** Poses to start from; none when nothing is as large as a head. */
  readonly poses: readonly Pose[];
  /** The vertex is above the image. */
  readonly isCut: boolean;
}

/** Looks for the topmost part of the body that is as large as a head. */
export function initialPoses(body: Sampled): HeadStarts {
  const { sizeIjk, spacingMm: spacing, originLps, values } = body;
  const [ni, nj, nk] = sizeIjk;
  let top = -1;
  let topArea = 0;
  let [x, y, slices] = [0, 0, 0];
  for (let k = nk - 1; k >= 0; k--) {
    let [area, iLow, iHigh, jLow, jHigh] = [0, ni, -1, nj, -1];
    for (let j = 0, n = k * ni * nj; j < nj; j++) {
      for (let i = 0; i < ni; i++, n++) {
        if (values[n] === 0) continue;
        area++;
        iLow = Math.min(iLow, i);
        iHigh = Math.max(iHigh, i);
        jLow = Math.min(jLow, j);
        jHigh = j;
      }
    }
    area *= spacing * spacing;
    if (k === nk - 1) topArea = area;
    if (top < 0 && area > SMALLEST_SLICE_MM2) top = k;
    const depth = (top - k) * spacing;
    // Between the vertex and the nose the middle of each slice is the middle of the skull.
    if (top >= 0 && depth >= 25 && depth < 80 && iHigh >= 0) {
      x += (iLow + iHigh) / 2;
      y += (jLow + jHigh) / 2;
      slices++;
    }
    if (top >= 0 && depth >= 80) break;
  }
  if (slices === 0) return { poses: [], isCut: false };
  const upright = [
    originLps[0] + (spacing * x) / slices,
    originLps[1] + (spacing * y) / slices,
    originLps[2] + spacing * top - VERTEX_MM,
  ];
  if (topArea <= CUT_SLICE_MM2) return { poses: [[...upright, 0, 0, 0, 0, 0, 0]], isCut: false };
  // The vertex is above the image, nobody knows how far; and the sides of a vault do not show its nod.
  const poses = LIFTS_MM.flatMap((lift) =>
    NODS.map((nod) => [upright[0], upright[1], upright[2] + lift, nod, 0, 0, 0, 0, 0]),
  );
  return { poses, isCut: true };
}

/** Fits the average head's vault to the outline of the body, from a start pose. */
export function fitVault(image: Sampled, body: Sampled, start: Pose, isCut: boolean): VaultFit {
  const { sphere, averageRadii } = brainMesh(3);
  const d = sphere.directions;
  let fit: VaultFit = { pose: start, rmsMm: Infinity };
  for (let round = 0; round < (isCut ? ROUNDS_OF_CUT : ROUNDS); round++) {
    const m = headToLps(fit.pose);
    const points: number[] = [];
    for (let v = 0; v < sphere.vertexCount; v++) {
      const [x, y, z] = [d[3 * v], d[3 * v + 1], d[3 * v + 2]];
      if (z < VAULT_SINE) continue;
      const ux = m[0] * x + m[1] * y + m[2] * z;
      const uy = m[4] * x + m[5] * y + m[6] * z;
      const uz = m[8] * x + m[9] * y + m[10] * z;
      const farthest = averageRadii[v] + 45;
      let last = -1;
      for (let r = 0.7 * averageRadii[v]; r < farthest; r++) {
        const px = m[3] + ux * r;
        const py = m[7] + uy * r;
        const pz = m[11] + uz * r;
        if (!isMeasuredLps(image, px, py, pz)) {
          last = -1;
          break;
        }
        if (isInsideLps(body, px, py, pz)) last = r;
      }
      if (last > 0 && last < farthest - 2) points.push(m[3] + ux * last, m[7] + uy * last, m[11] + uz * last);
    }
    const count = points.length / 3;
    const { pose, rmsMm } = fitPose(
      { points: Float64Array.from(points), trust: new Float64Array(count).fill(POINT_TRUST) },
      fit.pose,
      {
        offsetMm: SCALP_MM,
        precision: isCut ? PRECISION_OF_CUT : PRECISION,
        centre: [fit.pose[0], fit.pose[1], (isCut ? start : fit.pose)[2], start[3], 0, 0, 0, 0, 0],
        toleranceMm: TOLERANCE_MM,
        iterations: 6,
      },
    );
    fit = { pose, rmsMm };
  }
  return fit;
}
