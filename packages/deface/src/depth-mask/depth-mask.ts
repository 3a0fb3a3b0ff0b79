import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type DepthWindow, lineOfSight } from '@efface/kernels';
import {
  dot, type Grid, invert, maskCount, voxelCount, normalize, scale, spacingMm, stepLps, transformPoint, transformVector, type Volume,
} from '@efface/volume'; // prettier-ignore
import { DefaceError } from '../errors.ts';
import { brainKeepOut } from '../keep-out.ts';
import { type FacePlan, type Finding } from '../plan.ts';
import { coverShape } from './cover-shape.ts';
import { type FaceWindow, faceWindows } from './face-windows.ts';
import { Lumps } from './lumps.ts';
import { type CoverLayer, paintCover } from './paint-cover.ts';
import { seenSkin, type SeenSkin } from './skin-field.ts';
import { superficialLayer } from './superficial-layer.ts';

/** How to cover. */
export interface DepthMaskOptions {
  /** The cover lies this far in front of the features at least. */
  readonly coverMm: number;
  /** Height of the random relief on top of that. */
  readonly reliefMm: number;
  /** Nothing nearer than this to the brain is altered. */
  readonly keepOutMm: number;
  readonly ears: boolean;
  readonly seed: number;
}

export const DEPTH_MASK_DEFAULTS = { coverMm: 4, reliefMm: 8, keepOutMm: 5, ears: true, seed: 0 } as const;

/** Where the cover must be so far in front of the skin before the skin itself is replaced in full, mm. */
const FULL_FILM_MM = 3;
/** Blur of an edge in front of the surface and behind it, voxels along the line of sight, and mm at least. */
const EDGE_VOXELS = 1.5;
const FILM_VOXELS = 1.5;
const LEAST_EDGE_MM = 1;
/** A surface this near to the image's border lies on it. */
const BORDER_MM = 0.01;
/** A node of the relief. */
const RELIEF_NODE_MM = 7;
/** A cover that the image's border holds below half of its height over more than this share of the face is for review. */
const CLIPPED_SHARE = 0.005;

/**
 * Plans a cover (in the way of Carina): the air between the face and a smooth surface in front of it becomes tissue. Of
 * the body only the skin's own half-filled voxels change, where the cover lies on it.
 */
export async function planDepthMask(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  options: DepthMaskOptions,
): Promise<FacePlan> {
  const { coverMm, reliefMm, keepOutMm, ears, seed } = options;
  const lumps = new Lumps(seed);
  const windows = faceWindows(anatomy, ears);
  const views = await seenSkin(backend, volume, anatomy, windows);
  const layers: CoverLayer[] = [];
  const fields = windows.map(({ window }, n) => ({ window, skinMm: views[n].skinMm }));
  const findings: Finding[] = [];
  let edgeMm = 0;
  for (const [n, { what, window, gap, vaultMm }] of windows.entries()) {
    const seen = views[n];
    const voxelMm = alongSightMm(volume.grid, window);
    const edge = Math.max(LEAST_EDGE_MM, EDGE_VOXELS * voxelMm);
    edgeMm = Math.max(edgeMm, edge);
    const beginMm = imageBegin(volume.grid, window);
    const heightMm = coverHeight({ window, gap, vaultMm }, seen.skinMm, coverMm, reliefMm, lumps);
    const cover = await coverShape(backend, { window, skinMm: seen.skinMm, gap, heightMm, beginMm });
    layers.push(layerOf(window, seen, cover, edge, Math.max(LEAST_EDGE_MM, FILM_VOXELS * voxelMm)));
    const { covered, clipped } = clippedShare(gap, seen.skinMm, cover, beginMm, coverMm);
    if (what === 'face' && covered === 0)
      throw new DefaceError('NO_FACE_SKIN', 'depth-mask finds no skin to cover where the face should be');
    if (what === 'face' && clipped > CLIPPED_SHARE * covered)
      findings.push({
        code: 'COVER_CLIPPED',
        severity: 'review',
        message: `the image ends less than ${coverMm / 2} mm in front of ${((100 * clipped) / covered).toFixed(0)} % of the face: the cover is thinner there`,
      });
  }
  return {
    method: 'depth-mask',
    rule: 'cover',
    region: { kind: 'depth-layers', layers },
    fill: {
      kind: 'painted',
      paint: (_, image, mask) => {
        if (maskCount(mask) === 0) return Promise.resolve(new Float32Array(voxelCount(image.grid)));
        const layer = superficialLayer(image, fields, edgeMm);
        if (!layer)
          throw new DefaceError('NO_SKIN_VALUES', 'depth-mask finds no skin in this image to make the cover of');
        return Promise.resolve(paintCover(image, mask, layers, layer, lumps, seed));
      },
    },
    keepOuts: [await brainKeepOut(backend, anatomy, keepOutMm)],
    parameters: { coverMm, reliefMm, keepOutMm, ears, seed },
    measured: {},
    findings,
  };
}

/**
 * How far in front of the skin the cover is to lie: at a vault that is the same for everybody, in front of the foremost
 * feature, and under a relief that is nobody's; `coverMm` at least.
 */
function coverHeight(
  { window, gap, vaultMm }: Pick<FaceWindow, 'window' | 'gap' | 'vaultMm'>,
  skinMm: Float32Array,
  coverMm: number,
  reliefMm: number,
  lumps: Lumps,
): Float32Array {
  const { sizePx, pixelMm } = window;
  let foremostMm = Infinity;
  for (let n = 0; n < gap.length; n++) if (gap[n] && skinMm[n] < foremostMm) foremostMm = skinMm[n];
  return skinMm.map((skin, n) => {
    const [u, v] = [n % sizePx[0], Math.floor(n / sizePx[0])];
    const lump = lumps.at((u * pixelMm) / RELIEF_NODE_MM, (v * pixelMm) / RELIEF_NODE_MM, 0);
    return Math.max(0, skin - foremostMm - vaultMm[n]) + coverMm + reliefMm * Math.min(1, Math.max(0, 0.5 + lump / 3));
  });
}

function layerOf(
  window: DepthWindow,
  { skinMm, deviceMm }: SeenSkin,
  coverMm: Float32Array,
  edgeMm: number,
  filmMm: number,
): CoverLayer {
  const share = skinMm.map((skin, n) => Math.min(1, (skin - coverMm[n]) / FULL_FILM_MM));
  return {
    window,
    coverMm,
    bodyMm: foremostAround(skinMm, window.sizePx),
    frontMm: coverMm.map((cover, n) => {
      const front = cover - edgeMm * share[n];
      // What stands in front of the cover shows the face as well.
      return share[n] > 0 && deviceMm[n] < front + edgeMm ? deviceMm[n] - edgeMm : front;
    }),
    backMm: skinMm.map((skin, n) => skin + filmMm * share[n]),
  };
}

/** The least depth of a pixel and its eight neighbours; NaN where the pixel itself has none. */
function foremostAround(depthMm: Float32Array, [nu, nv]: readonly [number, number]): Float32Array {
  return depthMm.map((own, n) => {
    let least = own;
    for (let v = Math.max(0, Math.floor(n / nu) - 1); v <= Math.min(nv - 1, Math.floor(n / nu) + 1); v++)
      for (let u = Math.max(0, (n % nu) - 1); u <= Math.min(nu - 1, (n % nu) + 1); u++)
        if (depthMm[v * nu + u] < least) least = depthMm[v * nu + u];
    return least;
  });
}

/** Extent of a voxel along a window's line of sight. */
function alongSightMm(grid: Grid, window: DepthWindow): number {
  const sightLps = lineOfSight(window);
  const spacing = spacingMm(grid);
  const squares = ([0, 1, 2] as const).map((axis) => (dot(normalize(stepLps(grid, axis)), sightLps) * spacing[axis]) ** 2); // prettier-ignore
  return Math.sqrt(squares.reduce((a, b) => a + b));
}

/** Depth at which a window's lines of sight enter the image (its outermost voxel centres); +Infinity where they miss it. */
function imageBegin(grid: Grid, { originLps, uLps, vLps, pixelMm, sizePx, ...rest }: DepthWindow): Float32Array {
  const lpsToIjk = invert(grid.affineIjkToLps);
  const corner = transformPoint(lpsToIjk, originLps);
  const [stepU, stepV, sight] = [
    scale(uLps, pixelMm), scale(vLps, pixelMm), lineOfSight({ originLps, uLps, vLps, pixelMm, sizePx, ...rest }),
  ].map((vector) => transformVector(lpsToIjk, vector)); // prettier-ignore
  const begin = new Float32Array(sizePx[0] * sizePx[1]);
  for (let v = 0, n = 0; v < sizePx[1]; v++)
    for (let u = 0; u < sizePx[0]; u++, n++) {
      let [from, to] = [-Infinity, Infinity];
      for (let axis = 0; axis < 3; axis++) {
        const at = corner[axis] + u * stepU[axis] + v * stepV[axis];
        if (Math.abs(sight[axis]) < 1e-9) {
          if (at < 0 || at > grid.sizeIjk[axis] - 1) from = Infinity;
          continue;
        }
        const [a, b] = [-at / sight[axis], (grid.sizeIjk[axis] - 1 - at) / sight[axis]];
        from = Math.max(from, Math.min(a, b));
        to = Math.min(to, Math.max(a, b));
      }
      begin[n] = from <= to ? from : Infinity;
    }
  return begin;
}

function clippedShare(
  gap: Uint8Array,
  skinMm: Float32Array,
  cover: Float32Array,
  beginMm: Float32Array,
  coverMm: number,
): { readonly covered: number; readonly clipped: number } {
  let [covered, clipped] = [0, 0];
  for (let n = 0; n < gap.length; n++) {
    if (!gap[n] || Number.isNaN(skinMm[n])) continue;
    covered++;
    // Near the rim the cover is thin because it begins there.
    if (cover[n] < beginMm[n] + BORDER_MM && skinMm[n] - cover[n] < coverMm / 2) clipped++;
  }
  return { covered, clipped };
}
