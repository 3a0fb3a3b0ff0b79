import { type Backend } from '@efface/compute';
import { signedDistanceMm } from '@efface/kernels';
import { type GridMask, maskFromNonzero, spacingMm, transformPoint, type Vec3, voxelCount } from '@efface/volume';
import type { Sampled } from '../working-image.ts';
import { type HeadTemplate, TEMPLATE_LABELS } from './head-template.ts';

/** At most this many points of a surface: one for every few millimetres. */
const MOST_POINTS = 2500;
/** Necks bend: skin farther below the chin says nothing of the head, mm. */
const NECK_MM = 20;

/** What of a template is laid over a head: points in template space, mm, 3 numbers each. */
export interface TemplateSurface {
  readonly skin: Float64Array;
  /** 1 for each point of the skin that is the face's. */
  readonly isFace: Uint8Array;
  readonly brain: Float64Array;
  /** Centres of voxels of the face. */
  readonly faceVoxels: Float64Array;
}

const surfaces = new WeakMap<HeadTemplate, Promise<TemplateSurface>>();

/** The surfaces of a template; looked for once for each template object. */
export function templateSurface(backend: Backend, template: HeadTemplate): Promise<TemplateSurface> {
  let known = surfaces.get(template);
  if (!known) {
    known = findSurface(backend, template);
    surfaces.set(template, known);
  }
  return known;
}

async function findSurface(backend: Backend, { labels, landmarksLps }: HeadTemplate): Promise<TemplateSurface> {
  const { grid } = labels;
  const { face, air, ears, brain, none } = TEMPLATE_LABELS;
  const values = labels.voxels as Uint8Array;
  const distance = async (isInside: (label: number) => boolean): Promise<Sampled> =>
    surfaceDistance(backend, {
      grid,
      mask: maskFromNonzero(
        grid.sizeIjk,
        values.map((v) => (isInside(v) ? 1 : 0)),
      ),
    });
  const body = await distance((v) => v !== none && v !== air);
  const lowest = landmarksLps.chin[2] - NECK_MM;
  // Auricles are as they are in every head.
  const skin = surfacePoints(body, (n, p) => values[n] !== ears && p[2] > lowest);
  const brainSurface = surfacePoints(await distance((v) => v === brain), () => true);
  const faceVoxels: number[] = [];
  for (let n = 0; n < values.length; n++) if (values[n] === face) faceVoxels.push(n);
  return {
    skin: skin.points,
    isFace: Uint8Array.from(skin.voxels, (n) => (values[n] === face ? 1 : 0)),
    brain: brainSurface.points,
    faceVoxels: Float64Array.from(thinned(faceVoxels).flatMap((n) => [...centreOf(body, n)])),
  };
}

/**
 * Signed distance to a mask's surface, mm: negative inside; 0 half-way between voxels inside and outside. The mask's
 * grid is isotropic and runs LPS.
 */
export async function surfaceDistance(backend: Backend, { grid, mask }: GridMask): Promise<Sampled> {
  const { sizeIjk } = grid;
  const m = grid.affineIjkToLps;
  const bits = backend.createBuffer('template/mask', mask.words.byteLength, mask.words);
  const distance = signedDistanceMm(backend, { mask: bits, sizeIjk, spacingMm: spacingMm(grid) });
  const values = new Float32Array(await backend.read(distance), 0, voxelCount(grid));
  backend.release(bits);
  backend.release(distance);
  for (let n = 0; n < values.length; n++) values[n] += values[n] > 0 ? -m[0] / 2 : m[0] / 2;
  return { sizeIjk, spacingMm: m[0], originLps: [m[3], m[7], m[11]], values };
}

/** Voxels just inside a surface moved onto it, those that `isWanted`, thinned out evenly. */
function surfacePoints(
  distance: Sampled,
  isWanted: (voxel: number, centre: Vec3) => boolean,
): { readonly points: Float64Array; readonly voxels: readonly number[] } {
  const [ni, nj, nk] = distance.sizeIjk;
  const v = distance.values;
  const found: number[] = [];
  for (let k = 1; k < nk - 1; k++) {
    for (let j = 1; j < nj - 1; j++) {
      for (let i = 1, n = (k * nj + j) * ni + 1; i < ni - 1; i++, n++) {
        // The nearest voxel outside is a neighbour.
        if (v[n] < 0 && v[n] > -0.75 * distance.spacingMm && isWanted(n, centreOf(distance, n))) found.push(n);
      }
    }
  }
  const voxels = thinned(found);
  const points = new Float64Array(3 * voxels.length);
  voxels.forEach((n, index) => {
    const slopes: Vec3 = [v[n + 1] - v[n - 1], v[n + ni] - v[n - ni], v[n + ni * nj] - v[n - ni * nj]];
    const length = Math.hypot(...slopes) || 1;
    const centre = centreOf(distance, n);
    for (let d = 0; d < 3; d++) points[3 * index + d] = centre[d] - (v[n] * slopes[d]) / length;
  });
  return { points, voxels };
}

function centreOf({ sizeIjk: [ni, nj], spacingMm: step, originLps }: Sampled, n: number): Vec3 {
  return transformPoint(
    [step, 0, 0, originLps[0], 0, step, 0, originLps[1], 0, 0, step, originLps[2]],
    [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))],
  );
}

/** Every so manieth, so that at most MOST_POINTS are left; the step is coprime to rows by being a fraction. */
function thinned(all: readonly number[]): number[] {
  const step = Math.max(1, all.length / MOST_POINTS);
  return Array.from({ length: Math.floor(all.length / step) }, (_, n) => all[Math.floor(n * step)]);
}
