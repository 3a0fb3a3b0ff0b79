import type { Affine, Vec3 } from '@efface/volume';

/**
 * Place, turn and size of a head. Nine numbers: shift (LPS mm), rotation vector (radians; x = nodding, y = tilting,
 * z = turning), logarithm of the size, and two of the shape, also logarithms: how much wider and how much taller than
 * the average at the same size (what they add is taken from the length).
 */
export type Pose = readonly number[];

/** Head frame (x left, y posterior, z superior, mm of the average brain) to LPS: rotation · scales, then shift. */
export function headToLps(pose: Pose): Affine {
  const r = rotationMatrix([pose[3], pose[4], pose[5]]);
  const s = poseScales(pose);
  return [
    r[0] * s[0], r[1] * s[1], r[2] * s[2], pose[0],
    r[3] * s[0], r[4] * s[1], r[5] * s[2], pose[1],
    r[6] * s[0], r[7] * s[1], r[8] * s[2], pose[2],
  ]; // prettier-ignore
}

/** Sizes of a pose over those of the average brain, along left, posterior and superior. */
export function poseScales(pose: Pose): Vec3 {
  return [Math.exp(pose[6] + pose[7]), Math.exp(pose[6] - pose[7] - pose[8]), Math.exp(pose[6] + pose[8])];
}

/** Rotation by |v| about v, row-major 3×3 (Rodrigues' formula). */
export function rotationMatrix(v: Vec3): readonly number[] {
  const angle = Math.hypot(v[0], v[1], v[2]);
  const c = Math.cos(angle);
  // sin(a)/a and (1 − cos a)/a², by their series near 0.
  const a = angle < 1e-6 ? 1 : Math.sin(angle) / angle;
  const b = angle < 1e-6 ? 0.5 : (1 - c) / (angle * angle);
  const [x, y, z] = v;
  return [
    c + b * x * x, b * x * y - a * z, b * x * z + a * y,
    b * x * y + a * z, c + b * y * y, b * y * z - a * x,
    b * x * z - a * y, b * y * z + a * x, c + b * z * z,
  ]; // prettier-ignore
}
