import {
  add, allocateVoxels, dot, type Grid, scale, storedFromReal, subtract, type Vec3, type Volume, type VoxelArray,
} from '@efface/volume'; // prettier-ignore
import { rangeOfBits } from './altered-frames.ts';
import { type DataSet, type DicomElement, shortElement, textElement } from './data-set.ts';
import { DicomError } from './errors.ts';
import type { DicomFile } from './file.ts';
import type { Slice } from './instance.ts';
import { gapsMm, LEFT_OUT_RATIO, type Placed, sortAlongNormal, tiltDegrees } from './stack.ts';
import { TAG } from './tags.ts';
import { EXPLICIT_LITTLE_ENDIAN } from './transfer-syntax.ts';
import type { UidMap } from './uid-map.ts';

/**
 * How a tilted stack becomes rectangular: the rows and columns stay, every slice is shifted back along its own plane,
 * and new slices lie evenly between the first and the last.
 */
export interface TiltedStack {
  /** Along the normal; gaps may differ. */
  readonly sorted: readonly Placed[];
  readonly grid: Grid;
  /** Column and row of the new grid at which slice n's first pixel lies; not whole. */
  readonly shiftPerSlice: readonly (readonly [number, number])[];
  readonly tiltDegrees: number;
}

/** A tilt of 30° over a whole head, thin slices in a part of it, widen a stack by less. */
const MAX_GROWTH = 32;

/**
 * Plans the resampling of a tilted stack of classic images.
 * @throws DicomError when slices are missing, or differ in more than their place
 */
export function planTilted(slices: readonly Slice[], path: string): TiltedStack {
  const { sorted, normal } = sortAlongNormal(slices, path);
  checkCovered(sorted, path);
  const [first] = sorted;
  const { rowDirection, columnDirection, spacingMm, format } = first.slice;
  if (slices.some(({ slope, intercept }) => slope !== first.slice.slope || intercept !== first.slice.intercept))
    throw new DicomError('DICOM_MIXED_SERIES', path, 'a tilted series with a rescale for each slice is not resampled');
  if (new Set(slices.map(({ file }) => file)).size < slices.length)
    throw new DicomError(
      'DICOM_GANTRY_TILT',
      path,
      'tilted multi-frame images are not resampled; export single frames',
    );

  const shifts = sorted.map(({ slice }) => {
    const from = subtract(slice.positionLps, first.slice.positionLps);
    return [dot(from, rowDirection) / spacingMm[1], dot(from, columnDirection) / spacingMm[0]] as const;
  });
  const least = [0, 1].map((d) => shifts.reduce((low, shift) => Math.min(low, shift[d]), Infinity));
  const most = [0, 1].map((d) => shifts.reduce((high, shift) => Math.max(high, shift[d]), -Infinity));
  const more = [0, 1].map((d) => Math.ceil(most[d] - least[d] - 1e-6));
  const extent = sorted[sorted.length - 1].at - first.at;
  // Thin parts of a series keep their detail: the lower quartile of the gaps, shortened to fit the extent.
  const usual = [...gapsMm(sorted)].sort((a, b) => a - b)[sorted.length >>> 2];
  const nSteps = Math.max(1, Math.ceil(extent / usual - 1e-3));
  const growth = ((format.columns + more[0]) * (format.rows + more[1]) * (nSteps + 1)) / (format.columns * format.rows * sorted.length); // prettier-ignore
  if (!(growth <= MAX_GROWTH))
    throw new DicomError(
      'DICOM_GANTRY_TILT',
      path,
      `resampled it would have ${growth.toFixed(0)} times as many voxels, which no tilt of a gantry explains`,
    );
  const i = scale(rowDirection, spacingMm[1]);
  const j = scale(columnDirection, spacingMm[0]);
  const k = scale(normal, extent / nSteps);
  const origin = add(add(first.slice.positionLps, scale(i, least[0])), scale(j, least[1]));
  const last = sorted[sorted.length - 1].slice;
  return {
    sorted,
    grid: {
      sizeIjk: [format.columns + more[0], format.rows + more[1], nSteps + 1],
      affineIjkToLps: [0, 1, 2].flatMap((r) => [i[r], j[r], k[r], origin[r]]),
    },
    shiftPerSlice: shifts.map(([u, v]) => [u - least[0], v - least[1]]),
    tiltDegrees: tiltDegrees(subtract(last.positionLps, first.slice.positionLps), normal),
  };
}

/** Neighbours must not be farther apart than their thickness explains. */
function checkCovered(sorted: readonly Placed[], path: string): void {
  for (const [n, gap] of gapsMm(sorted).entries()) {
    const [a, b] = [sorted[n].slice, sorted[n + 1].slice];
    const thickness = Math.max(a.thicknessMm ?? 0, b.thicknessMm ?? 0);
    if (thickness > 0 && gap <= LEFT_OUT_RATIO * thickness) continue;
    throw new DicomError(
      'DICOM_MISSING_SLICES',
      path,
      `${a.file.path} and ${b.file.path} lie ${gap.toFixed(3)} mm apart, their thickness is ` +
        `${thickness > 0 ? `${thickness} mm` : 'not given'}; what lies between cannot be interpolated`,
    );
  }
}

/**
 * Voxels on the rectangular grid by linear interpolation along columns, rows and normal; where no slice reaches, air
 * (−1000 HU), or 0 when the values are no Hounsfield units.
 * @param tilted voxels of the sorted slices, one after the other
 */
export function resampleTilted(plan: TiltedStack, tilted: VoxelArray, volume: Omit<Volume, 'voxels'>): VoxelArray {
  const [ni, nj, nk] = plan.grid.sizeIjk;
  const { columns, rows } = plan.sorted[0].slice.format;
  const out = allocateVoxels(volume.type, ni * nj * nk);
  const [low, high] = rangeOfBits(plan.sorted[0].slice, { ...volume, voxels: out });
  const air = storedFromReal({ ...volume, voxels: out }, volume.unit === 'HU' ? -1000 : 0, 0);
  const outside = Math.min(high, Math.max(low, air));
  const first = plan.sorted[0].at;
  const last = plan.sorted[plan.sorted.length - 1].at;
  const planes = [new Float64Array(ni * nj), new Float64Array(ni * nj)];
  let below = 0;
  for (let k = 0; k < nk; k++) {
    const at = first + ((last - first) * k) / (nk - 1);
    while (below < plan.sorted.length - 2 && plan.sorted[below + 1].at <= at) below++;
    const gap = plan.sorted[below + 1].at - plan.sorted[below].at;
    const share = Math.min(1, Math.max(0, (at - plan.sorted[below].at) / gap));
    for (const [n, plane] of planes.entries()) {
      const own = tilted.subarray((below + n) * columns * rows, (below + n + 1) * columns * rows);
      shiftPlane(own, columns, rows, plan.shiftPerSlice[below + n], outside, plane, ni, nj);
    }
    for (let n = 0; n < ni * nj; n++)
      out[k * ni * nj + n] = Math.round(planes[0][n] + share * (planes[1][n] - planes[0][n]));
  }
  return out;
}

/** One slice at its place in the wider plane, bilinear. */
function shiftPlane(
  pixels: VoxelArray,
  columns: number,
  rows: number,
  [u, v]: readonly [number, number],
  outside: number,
  plane: Float64Array,
  ni: number,
  nj: number,
): void {
  for (let j = 0; j < nj; j++) {
    const y = snapped(j - v);
    const y0 = Math.floor(y);
    const fy = y - y0;
    for (let i = 0; i < ni; i++) {
      const x = snapped(i - u);
      const x0 = Math.floor(x);
      const fx = x - x0;
      const isInside = x >= 0 && y >= 0 && x <= columns - 1 && y <= rows - 1;
      if (!isInside) {
        plane[j * ni + i] = outside;
        continue;
      }
      // On the last row or column the neighbour has no weight.
      const x1 = Math.min(x0 + 1, columns - 1);
      const y1 = Math.min(y0 + 1, rows - 1);
      const top = Number(pixels[y0 * columns + x0]) * (1 - fx) + Number(pixels[y0 * columns + x1]) * fx;
      const bottom = Number(pixels[y1 * columns + x0]) * (1 - fx) + Number(pixels[y1 * columns + x1]) * fx;
      plane[j * ni + i] = top * (1 - fy) + bottom * fy;
    }
  }
}

/** Rounding of positions in text must not push the last row out of the slice. */
function snapped(x: number): number {
  const whole = Math.round(x);
  return Math.abs(x - whole) < 1e-6 ? whole : x;
}

/** The images that the resampled slices are written as: each with the header of the nearest original. */
export function resampledSlices(plan: TiltedStack, uids: UidMap): Slice[] {
  const [ni, nj, nk] = plan.grid.sizeIjk;
  const m = plan.grid.affineIjkToLps;
  const step = Math.hypot(m[2], m[6], m[10]);
  const [start] = plan.sorted;
  return Array.from({ length: nk }, (_, k) => {
    const at = start.at + k * step;
    const { slice } = plan.sorted.reduce((a, b) => (Math.abs(b.at - at) < Math.abs(a.at - at) ? b : a));
    const positionLps: Vec3 = [m[3] + k * m[2], m[7] + k * m[6], m[11] + k * m[10]];
    const near = plan.sorted.filter((other) => Math.abs(other.at - at) < Math.max(step, slice.thicknessMm ?? step));
    const format = { ...slice.format, columns: ni, rows: nj };
    return {
      ...slice,
      format,
      positionLps,
      frame: 0,
      file: madeFile(slice, near, { k, ni, nj, step, positionLps }, uids),
    };
  });
}

function madeFile(
  { file }: Slice,
  near: readonly Placed[],
  place: {
    readonly k: number;
    readonly ni: number;
    readonly nj: number;
    readonly step: number;
    readonly positionLps: Vec3;
  },
  uids: UidMap,
): DicomFile {
  const dataSet = file.dataSet.clone();
  const old = dataSet.text(TAG.sopInstanceUid) ?? '';
  dataSet.set(textElement(TAG.sopInstanceUid, 'UI', uids.map(`${old} resampled ${place.k}`)));
  dataSet.set(shortElement(TAG.rows, 'US', place.nj));
  dataSet.set(shortElement(TAG.columns, 'US', place.ni));
  dataSet.set(textElement(TAG.imagePosition, 'DS', ...place.positionLps.map(decimal)));
  dataSet.set(textElement(TAG.sliceThickness, 'DS', decimal(place.step)));
  if (dataSet.has(TAG.spacingBetweenSlices))
    dataSet.set(textElement(TAG.spacingBetweenSlices, 'DS', decimal(place.step)));
  if (dataSet.has(TAG.gantryTilt)) dataSet.set(textElement(TAG.gantryTilt, 'DS', '0'));
  dataSet.set(textElement(TAG.instanceNumber, 'IS', String(place.k + 1)));
  dataSet.delete(TAG.sliceLocation);
  dataSet.set(derivation(dataSet));
  if (file.syntax.lossy && dataSet.text(TAG.lossyImageCompression) !== '00')
    dataSet.set(textElement(TAG.lossyImageCompression, 'CS', '01'));
  return {
    path: file.path,
    sizeBytes: 0,
    syntax: file.syntax.pixels === 'native' ? file.syntax : EXPLICIT_LITTLE_ENDIAN,
    dataSet,
    pixel: { offset: 0, length: 0, tag: TAG.pixelData, vr: 'OW' },
    madeFrom: near.map(({ slice }) => slice.file.dataSet.text(TAG.sopInstanceUid) ?? ''),
  };
}

function derivation(dataSet: DataSet): DicomElement {
  const before = Buffer.from(dataSet.get(TAG.derivationDescription)?.bytes ?? [])
    .toString('latin1')
    .trim();
  const text = 'gantry tilt resampled to a rectangular grid, linear';
  return textElement(TAG.derivationDescription, 'ST', before === '' ? text : `${before}; ${text}`);
}

/** A number in the 16 characters of DS, to a nanometre where there is room. */
function decimal(value: number): string {
  return String(Number(value.toFixed(6)));
}
