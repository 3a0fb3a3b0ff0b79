import type { Mask } from '@efface/volume';
import type { BrainSurface } from './brain-surface.ts';
import { fitVault, initialPoses, type VaultFit } from './head-search.ts';
import type { Pose } from './pose.ts';
import { starMask } from './star-mask.ts';
import type { Sampled } from './working-image.ts';

/** The upper end of the spinal cord is added to the brain stem, mm: contours of the brain stem reach down to the atlas. */
const CORD_MM = 9;
/** Direction of the cord from the middle of the brain (head frame, unit vector) and its angular half width. */
const CORD_DIRECTION = [0, 0.134, -0.991] as const;
const CORD_HALF_ANGLE = (11 * Math.PI) / 180;

/** Values just inside the surface that are above the brain's own (ratio) are CSF: the surface then lies on bone. */
const BRIGHT_EDGE = 1;
const RIM_AT_BONE_MM = 1;

/** A vault fit this good is the outline of a head; the next threshold need not be tried. */
const GOOD_VAULT_MM = 2.4;

/** The head's outline from the best of several body masks. */
export interface HeadOutline<T> {
  readonly candidate: T;
  readonly starts: readonly Pose[];
  readonly rmsMm: number;
}

/**
 * Tries body masks in turn and keeps the one whose vault looks most like a head's. Masks that are noise or that lost
 * the skin fit badly. Undefined when none holds anything as large as a head.
 */
export async function findHeadOutline<T extends { readonly body: Sampled }>(
  image: Sampled,
  candidates: AsyncIterable<T>,
): Promise<HeadOutline<T> | undefined> {
  let best: HeadOutline<T> | undefined;
  for await (const candidate of candidates) {
    const { poses, isCut } = initialPoses(candidate.body);
    if (poses.length === 0) continue;
    const fits: VaultFit[] = poses.map((start) => fitVault(image, candidate.body, start, isCut));
    const rmsMm = Math.min(...fits.map((fit) => fit.rmsMm));
    // A later mask must be clearly better: the first is the most complete.
    if (!best || rmsMm < 0.8 * best.rmsMm) best = { candidate, starts: fits.map((fit) => fit.pose), rmsMm };
    if (best.rmsMm < GOOD_VAULT_MM) break;
  }
  return best;
}

/**
 * Mask of the brain on the grid of `image`, grown by its rim, by the upper end of the cord, and by `grownMm` more.
 * `dimRimMm`: how far the brain goes on outside the surface where that lies on the cortex.
 */
export function brainMask(image: Sampled, surface: BrainSurface, dimRimMm: number, grownMm = 0): Mask {
  const { mesh, offsets, pose } = surface;
  const rimMm = surface.edgeLevel > BRIGHT_EDGE ? RIM_AT_BONE_MM : dimRimMm;
  const d = mesh.sphere.directions;
  const radii = mesh.averageRadii.map((radius, v) => {
    const cosine = d[3 * v] * CORD_DIRECTION[0] + d[3 * v + 1] * CORD_DIRECTION[1] + d[3 * v + 2] * CORD_DIRECTION[2];
    const angle = Math.acos(Math.max(-1, Math.min(1, cosine))) / CORD_HALF_ANGLE;
    return radius + offsets[v] + rimMm + grownMm + CORD_MM * Math.exp(-(angle ** 4));
  });
  return starMask(image, mesh, pose, radii);
}
