import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Volume } from '@efface/volume';
import { type FaceView, layerBetween, paintedFill, reliefAt, viewFace } from '../depth-mask/face-view.ts';
import { Lumps } from '../depth-mask/lumps.ts';
import { brainKeepOut } from '../keep-out.ts';
import { type FacePlan, type Finding, type KeepOut } from '../plan.ts';
import { featurelessSkin, weightFromRim } from './featureless-skin.ts';

/** How thin a band may be. */
export interface MinimalOptions {
  /** Skin moves by at most this, mm, out or in: the widest band that is tried. */
  readonly mostMm: number;
  /** Bands are told apart to this, mm. */
  readonly stepMm: number;
  /** Height of the random relief on the face without features, mm: outwards, where nothing is lost. */
  readonly reliefMm: number;
  /** Nothing nearer than this to the brain is altered. */
  readonly keepOutMm: number;
  /** Change the ears as well. */
  readonly ears: boolean;
  /** Whole number from 0: of the relief and of the texture. */
  readonly seed: number;
}

export const MINIMAL_DEFAULTS = { mostMm: 20, stepMm: 1, reliefMm: 10, keepOutMm: 5, ears: true, seed: 0 } as const;

/**
 * What comes of trying to recognise who a plan hides: he is; he is not, but is nearer to himself than others are; or he is as
 * far from himself as a stranger.
 */
export type Hiding = 'recognised' | 'near' | 'stranger';

/** Tries to recognise who a plan hides. */
export type VerifyPlan = (plan: FacePlan) => Promise<Hiding>;

/**
 * Plans the thinnest band around the skin (in the spirit of MIDEFACE) that hides the face: skin moves towards a face
 * without features, out or in as each place needs, but never farther than the band is wide; the least width that
 * `verify` calls a stranger's is found by bisection. That assumes what a wider band hides no worse, which holds but for
 * chance: the plan returned is one that was tried. The widest band is for review when it leaves more than that. Without `verify` the widest band is taken. Throws DefaceError when there is no skin
 * to move.
 */
export async function planMinimal(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  options: MinimalOptions,
  verify?: VerifyPlan,
): Promise<FacePlan> {
  const { mostMm, stepMm, keepOutMm, ears, seed } = options;
  const lumps = new Lumps(seed);
  const views = await viewFace(backend, volume, anatomy, ears);
  const moves = views.map((view) => wantedMove(view, lumps, options.reliefMm));
  const keepOut = await brainKeepOut(backend, anatomy, keepOutMm);
  let nTried = 0;
  const planOf = (bandMm: number, findings: readonly Finding[] = []): FacePlan =>
    bandPlan({ views, moves, lumps, keepOut, options }, bandMm, nTried, findings);
  if (!verify)
    return planOf(mostMm, [
      { code: 'BAND_NOT_SEARCHED', severity: 'note', message: `nobody looked for a thinner band than ${mostMm} mm` },
    ]);
  const look = (bandMm: number): Promise<Hiding> => {
    nTried++;
    return verify(planOf(bandMm));
  };
  const last = Math.round(mostMm / stepMm);
  const widest = await look(last * stepMm);
  if (widest === 'recognised')
    return planOf(mostMm, [
      { code: 'NO_BAND_PASSES', severity: 'fail', message: `the face is recognised behind a band of ${mostMm} mm` },
    ]);
  if (widest === 'near')
    return planOf(mostMm, [
      {
        code: 'BAND_AT_ITS_WIDEST',
        severity: 'review',
        message: `behind a band of ${mostMm} mm nobody is recognised, but the face is nearer to itself than half of all strangers are`,
      },
    ]);
  let [fails, hides] = [0, last];
  while (hides - fails > 1) {
    const middle = (fails + hides) >> 1;
    if ((await look(middle * stepMm)) === 'stranger') hides = middle;
    else fails = middle;
  }
  return planOf(hides * stepMm);
}

/** From the skin to where it would go if the band were as wide as it likes, mm; positive is into the head. */
function wantedMove(view: FaceView, lumps: Lumps, reliefMm: number): Float32Array {
  const { window, skinMm, gap, beginMm } = view;
  const smooth = featurelessSkin(skinMm, gap, window.sizePx, window.pixelMm);
  const weight = weightFromRim(gap, window.sizePx, window.pixelMm);
  return skinMm.map((skin, n) => {
    const wanted = Math.max(beginMm[n], smooth[n] - reliefMm * reliefAt(view, lumps, n));
    return gap[n] ? weight[n] * (wanted - skin) : 0;
  });
}

interface Band {
  readonly views: readonly FaceView[];
  readonly moves: readonly Float32Array[];
  readonly lumps: Lumps;
  readonly keepOut: KeepOut;
  readonly options: MinimalOptions;
}

function bandPlan(
  { views, moves, lumps, keepOut, options }: Band,
  bandMm: number,
  nTried: number,
  findings: readonly Finding[],
): FacePlan {
  const layers = views.map((view, n) => {
    const move = moves[n];
    return layerBetween(view, view.skinMm.map((skin, p) => skin + Math.min(bandMm, Math.max(-bandMm, move[p])))); // prettier-ignore
  });
  return {
    method: 'minimal',
    rule: 'band',
    region: { kind: 'depth-layers', layers },
    fill: paintedFill(views, layers, lumps, options.seed),
    keepOuts: [keepOut],
    parameters: { ...options },
    measured: { bandMm, bandsTried: nTried },
    findings,
  };
}
