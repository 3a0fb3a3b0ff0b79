import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type DepthWindow, lineOfSight } from '@efface/kernels';
import {
  boxOfMask, dot, type Grid, invert, normalize, scale, spacingMm, stepLps, transformPoint, transformVector, type Volume,
} from '@efface/volume'; // prettier-ignore
import { DefaceError } from '../errors.ts';
import { type PlanFill } from '../plan.ts';
import { type FaceWindow, faceWindows } from './face-windows.ts';
import { type Lumps } from './lumps.ts';
import { inFrontOfBody, paintSkin, type SkinLayer } from './paint-skin.ts';
import { seenSkin, type SeenSkin } from './skin-field.ts';
import { superficialLayer } from './superficial-layer.ts';

/** A window on the head and what is seen in it. Fields have an f32 for each pixel, mm from the window's plane. */
export interface FaceView extends FaceWindow, SeenSkin {
  /** Depth at which the image begins; Infinity where a line of sight misses it. */
  readonly beginMm: Float32Array;
  /** Blur of an edge in front of the surface. */
  readonly edgeMm: number;
  /** And behind it. */
  readonly filmMm: number;
}

/** Blur of an edge, voxels along the line of sight, and mm at least. */
const EDGE_VOXELS = 1.5;
const LEAST_EDGE_MM = 1;
/** Where the new skin is this far from the old one, mm, the edges of both are replaced in full. */
const FULL_EDGE_MM = 3;
/** New skin inside the old one is at least this thick. */
const LEAST_SKIN_MM = 5;
/** A node of the relief. */
const RELIEF_NODE_MM = 7;

/** Looks at the face, and with `ears` at both ears. The face comes first. */
export async function viewFace(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  ears: boolean,
): Promise<FaceView[]> {
  const windows = faceWindows(anatomy, ears);
  const seen = await seenSkin(backend, volume, anatomy, windows);
  const [face] = windows;
  if (!seen[0].skinMm.some((depth, n) => face.gap[n] && !Number.isNaN(depth)))
    throw new DefaceError('NO_FACE_SKIN', 'there is no skin where the face should be: nothing can be put in its place');
  const edges = windows.map(({ window }) => Math.max(LEAST_EDGE_MM, EDGE_VOXELS * alongSightMm(volume.grid, window)));
  const fields = windows.map(({ window }, n) => ({ window, skinMm: seen[n].skinMm }));
  const tissueMm = superficialLayer(volume, fields, Math.max(...edges))?.tissueMm ?? 0;
  return windows.map((window, n) => ({
    ...window,
    ...seen[n],
    beginMm: imageBegin(volume.grid, window.window),
    edgeMm: edges[n],
    filmMm: Math.max(edges[n], tissueMm),
  }));
}

/** A random height at a pixel, 0 … 1. */
export function reliefAt({ window: { pixelMm, sizePx } }: FaceView, lumps: Lumps, pixel: number): number {
  const [u, v] = [pixel % sizePx[0], Math.floor(pixel / sizePx[0])];
  const lump = lumps.at((u * pixelMm) / RELIEF_NODE_MM, (v * pixelMm) / RELIEF_NODE_MM, 0);
  return Math.min(1, Math.max(0, 0.5 + lump / 3));
}

/**
 * What must change for a view's skin to lie at `newSkinMm`: what is between the two, and the blurred edges of both. Tissue
 * behind either skin stays; where the new one lies behind, what is no tissue there (air, bone on MR) becomes skin.
 */
export function layerBetween(
  { window, skinMm, deviceMm, edgeMm, filmMm }: FaceView,
  newSkinMm: Float32Array,
): SkinLayer {
  const share = skinMm.map((skin, n) => Math.min(1, Math.abs(skin - newSkinMm[n]) / FULL_EDGE_MM));
  const foremost = foremostAround(skinMm, window.sizePx);
  return {
    window,
    newSkinMm,
    frontMm: newSkinMm.map((depth, n) => {
      const front = Math.min(depth, skinMm[n]) - edgeMm * share[n];
      // What stands in front of the new skin shows the face as well.
      return share[n] > 0 && deviceMm[n] < front + edgeMm ? deviceMm[n] - edgeMm : front;
    }),
    backMm: newSkinMm.map((depth, n) =>
      depth > skinMm[n] ? depth + Math.max(edgeMm, LEAST_SKIN_MM) * share[n] : skinMm[n] + filmMm * share[n],
    ),
    bodyMm: newSkinMm.map((depth, n) => {
      if (depth > skinMm[n]) return depth + edgeMm * share[n];
      // Right in front of the skin may be a device.
      return Number.isNaN(deviceMm[n]) ? foremost[n] : skinMm[n];
    }),
  };
}

/** Paints new skin: each image with what it has itself around and under the old skin of the views. */
export function paintedFill(
  views: readonly FaceView[],
  layers: readonly SkinLayer[],
  lumps: Lumps,
  seed: number,
): PlanFill {
  const edgeMm = Math.max(...views.map((view) => view.edgeMm));
  return {
    kind: 'painted',
    changes: (image, mask) => (image.unit === 'Gy' ? inFrontOfBody(image.grid, mask, layers) : mask),
    paint: (_, image, mask) => {
      const box = boxOfMask(mask);
      if (!box) return Promise.resolve({ box: { lowIjk: [0, 0, 0], sizeIjk: [0, 0, 0] }, real: new Float32Array(0) });
      const layer = superficialLayer(image, views, edgeMm);
      if (!layer)
        throw new DefaceError(
          'NO_SKIN_VALUES',
          'an image shows too little skin to tell what new skin looks like in it',
        );
      return Promise.resolve({ box, real: paintSkin(image, mask, box, layers, layer, lumps, seed) });
    },
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
