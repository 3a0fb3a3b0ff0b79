import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend, type DeviceBuffer } from '@efface/compute';
import {
  clearanceMm, type HalfSpace, maskOfPublishedCut, publishedCut, resampleMask, robustPlane,
} from '@efface/kernels'; // prettier-ignore
import { add, type GridMask, sameGrid, scale, type Volume, wordsPerRow } from '@efface/volume';
import { earParts } from './ears.ts';
import { DefaceError } from './errors.ts';
import { brainKeepOut } from './keep-out.ts';
import { type FacePlan, type Finding } from './plan.ts';

/** How to cut. */
export interface QuickshearOptions {
  readonly rule: 'robust' | 'published';
  /** Robust rule: distance of the plane from the brain, perpendicular to it. */
  readonly bufferMm: number;
  /** Published rule: subtracted along superior, in voxels. */
  readonly bufferVoxels: number;
  /** Nothing nearer than this to the brain is altered. */
  readonly keepOutMm: number;
  /** Robust rule: remove the auricles too. */
  readonly ears: boolean;
}

/** What users of the reference implementation get when they say nothing. */
export const QUICKSHEAR_DEFAULTS = { bufferMm: 10, bufferVoxels: 10, keepOutMm: { robust: 5, published: 0 } } as const;

/** How far below the chin the robust region ends, mm: the neck is no face, and images may show the whole body. */
const BELOW_CHIN_MM = 40;
/** From the middle of the brain down to below every adult's chin, mm, when the chin itself is not in the image. */
const BRAIN_TO_BELOW_CHIN_MM = 180;

/** What lies above the neck, in the head's own direction. */
function aboveNeck({ frame, face }: HeadAnatomy): HalfSpace {
  const { superiorLps, originLps } = frame;
  const pointLps = face.chinLps
    ? add(face.chinLps, scale(superiorLps, -BELOW_CHIN_MM))
    : add(originLps, scale(superiorLps, -BRAIN_TO_BELOW_CHIN_MM));
  return { pointLps, normalLps: superiorLps };
}

/** The brain on the image's own grid, as the reference implementation wants it. */
async function brainOnImage(backend: Backend, brain: GridMask, volume: Volume): Promise<GridMask> {
  if (sameGrid(brain.grid, volume.grid)) return { grid: volume.grid, mask: brain.mask };
  const mask: DeviceBuffer = backend.createBuffer('quickshear/brain', brain.mask.words.byteLength, brain.mask.words);
  const resampled = resampleMask(backend, { mask, maskGrid: brain.grid, targetGrid: volume.grid });
  const words = new Uint32Array(await backend.read(resampled));
  backend.release(mask);
  backend.release(resampled);
  const { sizeIjk } = volume.grid;
  return { grid: volume.grid, mask: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), words } };
}

/**
 * Plans Quickshear (Schimke & Hale, USENIX HealthSec 2011): a plane that leaves the whole brain on one side and the face
 * on the other. `published` reproduces the reference implementation to the voxel; `robust` measures in millimetres along
 * the head's own axes, never cuts nearer to the brain than its buffer, and ends below the chin. Throws DefaceError when
 * no plane can be found.
 */
export async function planQuickshear(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  options: QuickshearOptions,
): Promise<FacePlan> {
  const { rule, keepOutMm } = options;
  const findings: Finding[] = [];
  if (rule === 'published') {
    const brain = await brainOnImage(backend, anatomy.brain, volume);
    const cut = orDefaceError(() => publishedCut(volume.grid, brain.mask, options.bufferVoxels));
    return {
      method: 'quickshear',
      rule,
      region: { kind: 'voxels', voxels: { grid: volume.grid, mask: maskOfPublishedCut(volume.grid, cut) } },
      fill: { kind: 'background' },
      keepOuts: keepOutMm > 0 ? [await brainKeepOut(backend, anatomy, keepOutMm)] : [],
      parameters: { bufferVoxels: options.bufferVoxels, keepOutMm },
      measured: { slope: cut.slope, interceptVoxels: cut.interceptVoxels },
      findings,
    };
  }
  const plane = orDefaceError(() => robustPlane(anatomy.brain, anatomy.frame, options.bufferMm));
  const clearance = clearanceMm(anatomy.brain, plane);
  // A plane that keeps its distance from the brain needs no mask to say so.
  const { ears } = options;
  const keepOuts = ears || clearance < keepOutMm ? [await brainKeepOut(backend, anatomy, keepOutMm)] : [];
  return {
    method: 'quickshear',
    rule,
    region: {
      kind: 'half-spaces',
      parts: [
        [{ pointLps: plane.pointLps, normalLps: plane.normalLps }, aboveNeck(anatomy)],
        ...(ears ? earParts(anatomy) : []),
      ],
    },
    fill: { kind: 'background' },
    keepOuts,
    parameters: { bufferMm: options.bufferMm, keepOutMm, ears },
    measured: { edgeMm: plane.edgeMm, pitchDegrees: plane.pitchDegrees, brainClearanceMm: clearance },
    findings,
  };
}

function orDefaceError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new DefaceError('NO_PLANE', `quickshear finds no plane: ${error.message}`);
    throw error;
  }
}
