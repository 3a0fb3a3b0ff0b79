import { type Backend, type DeviceBuffer } from '@efface/compute';
import { type Grid, type Vec3, wordsPerRow } from '@efface/volume';
import { type Contour, type LeftOutReason, SliceFrame } from './contour-slices.ts';
import { extractLabel } from './extract-label.ts';
import { insertLabel } from './insert-label.ts';
import { rasterToggles } from './raster-toggles.ts';
import { ToggleCollector } from './toggle-table.ts';

/** Regions that one volume of label bits holds. */
export const MAX_REGIONS = 32;

/** Regions of interest to draw on a grid. */
export interface ContoursRequest {
  readonly grid: Grid;
  /** The contours of each region, MAX_REGIONS regions at most; region n becomes bit n. */
  readonly regions: readonly (readonly Contour[])[];
  /**
   * Centres of voxel (0, 0, k), LPS mm, one per slice, for series whose slices are not evenly spaced. Default: those of
   * the grid.
   */
  readonly sliceOriginsLps?: readonly Vec3[];
}

/** What became of the contours of one region. */
export interface RegionReport {
  /** Contours that were drawn. A drawn contour between the voxel centres has no voxel all the same. */
  readonly drawn: number;
  /** Slices with a drawn contour. */
  readonly slices: number;
  /** Slices without one between the first and the last that have one; nothing is interpolated there. */
  readonly gapSlices: number;
  /** Contours that were not drawn, by their place in the region. */
  readonly leftOut: readonly { readonly contour: number; readonly reason: LeftOutReason }[];
}

/** A volume of label bits, and what it does not show. */
export interface ContourLabels {
  /** One u32 per voxel, i fastest, bit n = region n. The caller owns it. */
  readonly labels: DeviceBuffer;
  /** One per region. */
  readonly reports: readonly RegionReport[];
}

/**
 * Draws planar contours, as in a DICOM RT Structure Set (PS3.3 C.8.8.6), as label bits. A voxel is inside when its
 * centre is, by the even-odd rule with half-open edges: lower i and j belong to the region, upper ones do not, so
 * neighbours that share an edge share no voxel. All contours of a region on a slice are XORed: holes, islands in them and
 * keyholes come out, and a contour drawn twice cancels. Contours may lie in any plane of the patient as long as it is
 * that of the grid's slices; each goes to the nearest slice, if that is within half the slice spacing. Nothing is
 * interpolated between slices. What cannot be drawn is left out and reported.
 *
 * Crossings with the rows of voxel centres are decided on the host in fixed point (see FIXED_ONE): the same
 * bytes on all backends, in one dispatch for all regions. O(points + crossings) on the host, O(voxels) on the device.
 * Throws RangeError for more than MAX_REGIONS regions, for slice origins that do not fit the grid, and for coordinates
 * that are no triplets.
 */
export function rasterContours(backend: Backend, { grid, regions, sliceOriginsLps }: ContoursRequest): ContourLabels {
  if (regions.length > MAX_REGIONS) throw new RangeError(`${regions.length} regions do not fit ${MAX_REGIONS} bits`);
  const [ni, nj, nk] = grid.sizeIjk;
  const frame = new SliceFrame(grid, sliceOriginsLps);
  const collector = new ToggleCollector(grid.sizeIjk);
  const reports = regions.map((contours, region): RegionReport => {
    const leftOut: { contour: number; reason: LeftOutReason }[] = [];
    const slices = new Set<number>();
    frame.placeRegion(contours).forEach((placed, contour) => {
      if (typeof placed === 'string') leftOut.push({ contour, reason: placed });
      else {
        slices.add(placed.k);
        collector.add(region, placed);
      }
    });
    const extent = slices.size === 0 ? 0 : Math.max(...slices) - Math.min(...slices) + 1;
    return { drawn: contours.length - leftOut.length, slices: slices.size, gapSlices: extent - slices.size, leftOut };
  });
  const table = collector.table();
  const rowStart = backend.createBuffer('contours/row-start', table.rowStart.byteLength, table.rowStart);
  const toggles = backend.createBuffer('contours/toggles', table.toggles.byteLength, table.toggles);
  const labels = backend.createBuffer('contours', 4 * ni * nj * nk);
  backend.dispatch(rasterToggles, {
    params: { sizeI: ni, rows: nj * nk, toggleCount: table.rowStart[nj * nk] },
    buffers: { rowStart, toggles, dst: labels },
  });
  backend.release(rowStart);
  backend.release(toggles);
  return { labels, reports };
}

/** One bit of a volume of label bits. */
export interface LabelRequest {
  /** One u32 per voxel, i fastest. */
  readonly labels: DeviceBuffer;
  readonly sizeIjk: Vec3;
  /** 0..31. */
  readonly label: number;
}

function checkLabel(label: number): void {
  if (!(Number.isInteger(label) && label >= 0 && label < MAX_REGIONS))
    throw new RangeError(`a label is a bit from 0 to ${MAX_REGIONS - 1}, not ${label}`);
}

/** The mask of one label. The caller owns the buffer. Throws RangeError for a label that is no bit of a word. */
export function maskOfLabel(backend: Backend, { labels, sizeIjk, label }: LabelRequest): DeviceBuffer {
  checkLabel(label);
  const perRow = wordsPerRow(sizeIjk[0]);
  const dst = backend.createBuffer('mask-of-label', 4 * perRow * sizeIjk[1] * sizeIjk[2]);
  backend.dispatch(extractLabel, {
    params: { sizeIjk, wordsPerRow: perRow, label },
    buffers: { labels, dst },
  });
  return dst;
}

/** Makes a mask a label, in place of what the label was; other labels stay. Throws RangeError as `maskOfLabel` does. */
export function setLabelFromMask(
  backend: Backend,
  { mask, labels, sizeIjk, label }: LabelRequest & { readonly mask: DeviceBuffer },
): void {
  checkLabel(label);
  backend.dispatch(insertLabel, {
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), label },
    buffers: { src: mask, labels },
  });
}
