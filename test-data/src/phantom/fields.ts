import { valueNoise } from './noise.ts';

const NEVER_MM = 30;

/** Depth of the muscles of the face and neck where none is named, mm: thick in the cheeks, thin at nose and brow. */
export function fatDepth(x: number, y: number, z: number): number {
  const ax = x < 0 ? -x : x;
  const cheek = 1 - ((ax - 40) / 26) ** 2 - ((z + 22) / 34) ** 2 - ((y - 58) / 34) ** 2;
  const chin = 1 - ((z + 92) / 24) ** 2 - ((y - 50) / 44) ** 2;
  return 4.6 + 9 * Math.max(0, cheek) + 5 * Math.max(0, chin);
}

/** Noise whose zero set is the net of sulci: two octaves, the finer one bending the coarser. */
export function foldNoise(x: number, y: number, z: number, seed: number): number {
  // Turned lattice: its planes would show as straight sulci in axial, coronal and sagittal cuts.
  const u = 0.0616 * x + 0.0499 * y + 0.0425 * z;
  const v = -0.0653 * x + 0.0584 * y + 0.0217 * z;
  const w = -0.0157 * x - 0.0459 * y + 0.0768 * z;
  const bend = 0.3 * valueNoise(1.3 * u, 1.3 * v, 1.3 * w, seed ^ 0x51ed27);
  return valueNoise(u + bend, v - bend, w + bend, seed ^ 0x2f7a1b);
}

/** Positive where the base of the brain is without cerebrum: between the temporal lobes and under the tentorium. */
export function basalGap(ax: number, y: number, z: number): number {
  const tent = 25 - 0.04 * (y + 60) - z;
  const medial = Math.min(20 - ax, 26 - z);
  return Math.max(y < -12 ? tent : -NEVER_MM, Math.min(medial, 40 - y));
}
