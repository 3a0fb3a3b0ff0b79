import type { Mask } from '@efface/volume';
import { type BrainScene, type BrainSurface, findBrainSurface } from './brain-surface.ts';
import { fitVault, initialPoses, type VaultFit } from './head-search.ts';
import type { Pose } from './pose.ts';
import { starMask } from './star-mask.ts';
import type { Sampled } from './working-image.ts';

/** Why the brain's edge in the image is not yet the edge of the mask. */
export interface BrainRim {
  /**
   * Grown by this much everywhere, mm. On MR the evidence turns half-way down the flank of the cortex; the pia and the
   * CSF between the gyri, which brain masks include, lie outside. On CT it turns at the bone.
   */
  readonly rimMm: number;
}

/** The upper end of the spinal cord is added to the brain stem, mm: contours of the brain stem reach down to the atlas. */
const CORD_MM = 7;
/** Direction of the cord from the middle of the brain (head frame, unit vector) and its angular half width. */
const CORD_DIRECTION = [0, 0.134, -0.991] as const;
const CORD_HALF_ANGLE = (9 * Math.PI) / 180;

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
  candidates: AsyncIterable<T>,
): Promise<HeadOutline<T> | undefined> {
  let best: HeadOutline<T> | undefined;
  for await (const candidate of candidates) {
    const starts = initialPoses(candidate.body);
    if (starts.length === 0) continue;
    const fits: VaultFit[] = starts.map((start) => fitVault(candidate.body, start, starts.length === 1 ? 6 : 3));
    const rmsMm = Math.min(...fits.map((fit) => fit.rmsMm));
    // A later mask must be clearly better: the first is the most complete.
    if (!best || rmsMm < 0.8 * best.rmsMm) best = { candidate, starts: fits.map((fit) => fit.pose), rmsMm };
    if (best.rmsMm < GOOD_VAULT_MM) break;
  }
  return best;
}

/** The brain of a head whose outline was found. */
export function findBrain(scene: BrainScene, starts: readonly Pose[]): BrainSurface {
  return findBrainSurface(scene, starts);
}

/** Mask of the brain on the grid of `image`, grown by its rim and the upper end of the cord, and `grownMm` more. */
export function brainMask(image: Sampled, surface: BrainSurface, { rimMm }: BrainRim, grownMm = 0): Mask {
  const { mesh, offsets, pose } = surface;
  const d = mesh.sphere.directions;
  const radii = mesh.averageRadii.map((radius, v) => {
    const cosine = d[3 * v] * CORD_DIRECTION[0] + d[3 * v + 1] * CORD_DIRECTION[1] + d[3 * v + 2] * CORD_DIRECTION[2];
    const angle = Math.acos(Math.max(-1, Math.min(1, cosine))) / CORD_HALF_ANGLE;
    return radius + offsets[v] + rimMm + grownMm + CORD_MM * Math.exp(-(angle ** 4));
  });
  return starMask(image, mesh, pose, radii);
}
