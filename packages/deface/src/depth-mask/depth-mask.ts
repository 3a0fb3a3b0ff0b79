import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Volume } from '@efface/volume';
import { brainKeepOut } from '../keep-out.ts';
import { type FacePlan, type Finding } from '../plan.ts';
import { coverShape } from './cover-shape.ts';
import { type FaceView, layerBetween, paintedFill, reliefAt, viewFace } from './face-view.ts';
import { Lumps } from './lumps.ts';

/** How to cover. */
export interface DepthMaskOptions {
  /** The cover lies this far in front of the features at least. */
  readonly coverMm: number;
  /** Height of the random relief on top of that. */
  readonly reliefMm: number;
  /** Nothing nearer than this to the brain is altered. */
  readonly keepOutMm: number;
  /** Cover the ears as well. */
  readonly ears: boolean;
  /** Whole number from 0: of the relief and of the texture. */
  readonly seed: number;
}

export const DEPTH_MASK_DEFAULTS = { coverMm: 4, reliefMm: 8, keepOutMm: 5, ears: true, seed: 0 } as const;

/** A surface this near to the image's border lies on it. */
const BORDER_MM = 0.01;
/** A cover that the image's border holds below half of its height over more than this share of the face is for review. */
const CLIPPED_SHARE = 0.02;

/**
 * Plans a cover (in the way of Carina): the air between the face and a smooth surface in front of it becomes tissue, with
 * lumps like those of fat and muscle, so that no value parts the cover from the skin behind it. Of the body only the
 * skin's own half-filled voxels change. Throws DefaceError when there is no skin to cover.
 */
export async function planDepthMask(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  options: DepthMaskOptions,
): Promise<FacePlan> {
  const { keepOutMm, ears, seed } = options;
  const lumps = new Lumps(seed);
  const views = await viewFace(backend, volume, anatomy, ears);
  const covers: Float32Array[] = [];
  for (const view of views)
    covers.push(await coverShape(backend, { ...view, heightMm: coverHeight(view, options, lumps) }));
  const layers = views.map((view, n) => layerBetween(view, covers[n]));
  return {
    method: 'depth-mask',
    rule: 'cover',
    region: { kind: 'depth-layers', layers },
    fill: paintedFill(views, layers, lumps, seed),
    keepOuts: [await brainKeepOut(backend, anatomy, keepOutMm)],
    parameters: { coverMm: options.coverMm, reliefMm: options.reliefMm, keepOutMm, ears, seed },
    measured: {},
    findings: clippedFindings(views[0], covers[0], options.coverMm),
  };
}

/**
 * How far in front of the skin the cover is to lie: at a vault that is the same for everybody, in front of the foremost
 * feature, and under a relief that is nobody's; `coverMm` at least.
 */
function coverHeight(
  view: FaceView,
  { coverMm, reliefMm }: Pick<DepthMaskOptions, 'coverMm' | 'reliefMm'>,
  lumps: Lumps,
): Float32Array {
  const { gap, vaultMm, skinMm } = view;
  let foremostMm = Infinity;
  for (let n = 0; n < gap.length; n++) if (gap[n] && skinMm[n] < foremostMm) foremostMm = skinMm[n];
  return skinMm.map(
    (skin, n) => Math.max(0, skin - foremostMm - vaultMm[n]) + coverMm + reliefMm * reliefAt(view, lumps, n),
  );
}

/** Says where the image's border leaves no room. */
function clippedFindings({ gap, skinMm, beginMm }: FaceView, cover: Float32Array, coverMm: number): Finding[] {
  let [covered, clipped] = [0, 0];
  for (let n = 0; n < gap.length; n++) {
    if (!gap[n] || Number.isNaN(skinMm[n])) continue;
    covered++;
    // Near the rim the cover is thin because it begins there.
    if (cover[n] < beginMm[n] + BORDER_MM && skinMm[n] - cover[n] < coverMm / 2) clipped++;
  }
  if (clipped <= CLIPPED_SHARE * covered) return [];
  const percent = ((100 * clipped) / covered).toFixed(0);
  return [
    {
      code: 'COVER_CLIPPED',
      severity: 'review',
      message: `the image ends less than ${coverMm / 2} mm in front of ${percent} % of the face: there is no room for the cover there`,
    },
  ];
}
