import { type HeadAnatomy, type HeadTemplate, locateTemplate, lpsOfMni, type TemplateBox } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type HalfSpace } from '@efface/kernels';
import {
  type Affine,
  compose,
  createMask,
  type Grid,
  invert,
  type Mask,
  transformPoint,
  type Vec3,
  type Volume,
} from '@efface/volume';
import { earParts } from './ears.ts';
import { DefaceError } from './errors.ts';
import { brainKeepOut } from './keep-out.ts';
import { type FacePlan, type Region } from './plan.ts';

/** How to cut blocks. */
export interface BiometricMaskOptions {
  /** `published`: the boxes of ct_biometric_mask, whose top lies near the mouth; `full`: up to the brow. */
  readonly rule: 'full' | 'published';
  /** Nothing nearer than this to the brain is altered. */
  readonly keepOutMm: number;
  /** Rule `full`: remove the auricles too; the published rule always does. */
  readonly ears: boolean;
}

export const BIOMETRIC_MASK_DEFAULTS = { keepOutMm: 5, ears: true } as const;

/**
 * The face block of the full rule, template mm: to both sides as far as the outer corners of the eyes and the cheeks in
 * front of them, from the published box's back forward. Its bottom lies below the chin, since images may show the whole
 * body. Above the nasion it is as deep only where the eyes are; else it is a ledge over the brow ridge no deeper than skin
 * and bone: behind them are the frontal poles, and a brain found in the image may be short there by more than a keep-out
 * distance.
 */
const FULL_FACE_MM = { halfWidth: 62, browAboveNasion: 18, browDepth: 8, eyeRadius: 12, belowChin: 25 } as const;

/**
 * Plans rectangular blocks over face and ears, in the way of `ct_biometric_mask` (J. Muschelli, R package ichseg). Throws
 * DefaceError when the template is lost or no box lies in the image.
 */
export async function planBiometricMask(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  options: BiometricMaskOptions,
  template: HeadTemplate,
): Promise<FacePlan> {
  const { rule, keepOutMm } = options;
  const location = await locateTemplate(backend, volume, anatomy, template);
  if (location.isLost)
    throw new DefaceError('TEMPLATE_LOST', `the head template does not fit: ${location.reason?.message ?? ''}`);
  const { templateOfLps, lpsOfTemplate, quality, faceCoverage } = location;
  const region: Region =
    rule === 'published'
      ? { kind: 'voxels', voxels: { grid: volume.grid, mask: publishedBlocks(volume.grid, templateOfLps, template) } }
      : {
          kind: 'half-spaces',
          parts: [...fullFace(template, lpsOfTemplate, templateOfLps), ...(options.ears ? earParts(anatomy) : [])],
        };
  return {
    method: 'biometric-mask',
    rule,
    region,
    fill: { kind: 'background' },
    keepOuts: keepOutMm > 0 ? [await brainKeepOut(backend, anatomy, keepOutMm)] : [],
    parameters: { keepOutMm, ears: rule === 'published' || options.ears, template: template.name },
    measured: { templateQuality: quality, templateFaceCoverage: faceCoverage },
    findings: [],
  };
}

/** The blocks before face and brow as half-spaces: their planes are those of template space. */
function fullFace(
  { landmarksLps, biometricBoxes: { face } }: HeadTemplate,
  lpsOfTemplate: Affine,
  templateOfLps: Affine,
): HalfSpace[][] {
  const { halfWidth, browAboveNasion, browDepth, eyeRadius, belowChin } = FULL_FACE_MM;
  const { nasion, chin, eyeCentreLeft, eyeCentreRight } = landmarksLps;
  /** Where ±axis of template space is at least `atMm`. A plane's normal maps by the transposed inverse. */
  const side = (axis: 0 | 1 | 2, sign: 1 | -1, atMm: number): HalfSpace => {
    const point: [number, number, number] = [0, 0, 0];
    point[axis] = atMm;
    const row = templateOfLps.slice(4 * axis, 4 * axis + 3);
    const length = sign * Math.hypot(...row);
    return {
      pointLps: transformPoint(lpsOfTemplate, point),
      normalLps: [row[0] / length, row[1] / length, row[2] / length],
    };
  };
  const left = side(0, -1, halfWidth);
  const right = side(0, 1, -halfWidth);
  const sides = [left, right];
  // Template LPS: anterior is negative.
  const front = side(1, -1, lpsOfMni(face.low)[1]);
  const orbit = (eye: Vec3): HalfSpace[] => [front, side(2, 1, nasion[2]), side(2, -1, eye[2] + eyeRadius)];
  return [
    [...sides, front, side(2, 1, chin[2] - belowChin), side(2, -1, nasion[2])],
    [left, side(0, 1, eyeCentreLeft[0] - eyeRadius), ...orbit(eyeCentreLeft)],
    [right, side(0, -1, eyeCentreRight[0] + eyeRadius), ...orbit(eyeCentreRight)],
    [...sides, side(1, -1, nasion[1] + browDepth), side(2, 1, nasion[2]), side(2, -1, nasion[2] + browAboveNasion)],
  ];
}

/** Smallest and largest index of a box along each axis of the patient, and the mean along superior; undefined when empty. */
interface Extent {
  readonly low: Vec3;
  readonly high: Vec3;
  readonly mean: Vec3;
}

/**
 * The published blocks on the image's own lattice: each box by nearest neighbour; the face from its smallest y to the
 * anterior border and from the bottom border to its mean z; the ears from the lateral borders to their inner faces.
 */
function publishedBlocks(grid: Grid, templateOfLps: Affine, { biometricBoxes }: HeadTemplate): Mask {
  const axes = patientAxes(grid);
  const mask = createMask(grid.sizeIjk);
  const templateOfIjk = compose(templateOfLps, grid.affineIjkToLps);
  const last = grid.sizeIjk.map((n) => n - 1) as unknown as Vec3;
  const block = (box: TemplateBox, bounds: (extent: Extent) => readonly (readonly [number, number])[]): boolean => {
    const extent = extentOf(grid, templateOfIjk, box);
    if (extent) fillBlock(mask, bounds(extent));
    return extent !== undefined;
  };
  const whole = ({ low, high }: Extent): [number, number][] => [0, 1, 2].map((d) => [low[d], high[d]]);
  /** From where an index stands to the image's border in a direction of the patient. */
  const toBorder = (index: number, { axis, sign }: PatientAxis, towards: 1 | -1): [number, number] =>
    sign === towards ? [index, last[axis]] : [0, index];
  const isFace = block(biometricBoxes.face, (extent) => {
    const range = whole(extent);
    const { posterior, superior } = axes;
    const back = posterior.sign > 0 ? extent.high : extent.low;
    range[posterior.axis] = toBorder(back[posterior.axis], posterior, -1);
    range[superior.axis] = toBorder(Math.round(extent.mean[superior.axis]), superior, -1);
    return range;
  });
  const ear = (box: TemplateBox, towards: 1 | -1): boolean =>
    block(box, (extent) => {
      const range = whole(extent);
      const { left } = axes;
      const inner = left.sign === towards ? extent.low : extent.high;
      range[left.axis] = toBorder(inner[left.axis], left, towards);
      return range;
    });
  const isLeft = ear(biometricBoxes.earLeft, 1);
  const isRight = ear(biometricBoxes.earRight, -1);
  if (!isFace && !isLeft && !isRight)
    throw new DefaceError('NOTHING_IN_VIEW', 'none of the boxes of face and ears lies in the image');
  return mask;
}

/** The voxel axis that runs along a direction of the patient, and which way. */
interface PatientAxis {
  readonly axis: 0 | 1 | 2;
  readonly sign: 1 | -1;
}

/** The lattice's axes nearest to left, posterior and superior, each used once. */
function patientAxes({ affineIjkToLps: m }: Grid): Readonly<Record<'left' | 'posterior' | 'superior', PatientAxis>> {
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const; // prettier-ignore
  const along = (row: number, axis: number): number =>
    m[4 * row + axis] / Math.hypot(m[axis], m[4 + axis], m[8 + axis]);
  const fit = (order: readonly number[]): number =>
    order.reduce((sum, axis, row) => sum + Math.abs(along(row, axis)), 0);
  const best = orders.reduce((a, b) => (fit(b) > fit(a) ? b : a));
  const of = (row: 0 | 1 | 2): PatientAxis => ({ axis: best[row], sign: along(row, best[row]) < 0 ? -1 : 1 });
  return { left: of(0), posterior: of(1), superior: of(2) };
}

/** Voxels whose centres lie in a box of MNI coordinates. */
function extentOf(grid: Grid, templateOfIjk: Affine, { low, high }: TemplateBox): Extent | undefined {
  const range = indexRange(grid, templateOfIjk, { low, high });
  const least: [number, number, number] = [Infinity, Infinity, Infinity];
  const most: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  const sum: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let k = range[2][0]; k <= range[2][1]; k++)
    for (let j = range[1][0]; j <= range[1][1]; j++)
      for (let i = range[0][0]; i <= range[0][1]; i++) {
        const ijk: Vec3 = [i, j, k];
        const mni = lpsOfMni(transformPoint(templateOfIjk, ijk));
        if (mni.some((mm, d) => mm < low[d] || mm > high[d])) continue;
        count++;
        for (let d = 0; d < 3; d++) {
          least[d] = Math.min(least[d], ijk[d]);
          most[d] = Math.max(most[d], ijk[d]);
          sum[d] += ijk[d];
        }
      }
  if (count === 0) return undefined;
  return { low: least, high: most, mean: [sum[0] / count, sum[1] / count, sum[2] / count] };
}

/** The image's indices around a box: those of its corners. */
function indexRange({ sizeIjk }: Grid, templateOfIjk: Affine, { low, high }: TemplateBox): [number, number][] {
  const ijkOfTemplate = invert(templateOfIjk);
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => {
    const at = [0, 1, 2].map((d) => ((n >> d) & 1 ? high[d] : low[d])) as unknown as Vec3;
    return transformPoint(ijkOfTemplate, lpsOfMni(at));
  });
  return sizeIjk.map((n, d) => {
    const along = corners.map((corner) => corner[d]);
    return [Math.max(0, Math.floor(Math.min(...along))), Math.min(n - 1, Math.ceil(Math.max(...along)))];
  });
}

function fillBlock({ sizeIjk: [, nj], wordsPerRow, words }: Mask, range: readonly (readonly [number, number])[]): void {
  const [[i0, i1], [j0, j1], [k0, k1]] = range;
  for (let k = k0; k <= k1; k++)
    for (let j = j0; j <= j1; j++)
      for (let i = i0; i <= i1; i++) words[(k * nj + j) * wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
}
