import { type Grid, ijkToLps, type Mask, sameGrid, type Vec3, type Volume } from '@efface/volume';
import { contactSheet, type Picture, type Rgb } from './picture.ts';
import { displayWindow, drawMaskRim, drawRim, extentMm, greySlice, orthogonalPlanes, type SliceView, voxelsOfSlice } from './slices.ts'; // prettier-ignore

/** Structures as bits of the voxels of a grid, and the colour of each. */
export interface DrawnStructures {
  readonly grid: Grid;
  /** One u32 a voxel, i fastest; bit n is set where the voxel belongs to structure n. */
  readonly bits: Uint32Array;
  /** Colour of the rim of structure n; later ones are drawn over earlier ones. 32 at most. */
  readonly colours: readonly Rgb[];
}

/** Step from one hue to the next as a part of their range: with the golden section no two of a few are close. */
const HUE_STEP = (3 - Math.sqrt(5)) / 2;
/** Hues nearer to red than this part of the circle are left out: red is what was removed. */
const RED_MARGIN = 0.06;

/**
 * Colours for `count` structures, the same for the same place in the list: hues from orange to magenta in golden steps,
 * at full saturation and value (HSV).
 */
export function structureColours(count: number): Rgb[] {
  return Array.from({ length: count }, (_, n) => rgbOfHue(RED_MARGIN + (1 - 2 * RED_MARGIN) * ((n * HUE_STEP) % 1)));
}

/** A hue from 0 (red) to 1 (red again) as a colour. */
function rgbOfHue(hue: number): Rgb {
  const channel = (shift: number): number => {
    const t = (hue + shift) % 1;
    return Math.round(255 * Math.min(1, Math.max(0, Math.abs(6 * t - 3) - 1)));
  };
  return [channel(0), channel(2 / 3), channel(1 / 3)];
}

/**
 * Draws a cut (nearest voxel, black outside the grid) with the rims of structures in their colours and of `removed` in
 * red over them. The structures and `removed` are on the volume's grid, else RangeError.
 */
export function drawStructureSlice(
  volume: Volume,
  structures: DrawnStructures,
  view: SliceView,
  removed?: Mask,
): Picture {
  checkGrids(volume.grid, structures, removed);
  const voxelOfPixel = voxelsOfSlice(volume.grid, view);
  const picture = greySlice(volume, view, voxelOfPixel);
  const { bits, colours } = structures;
  const inside = new Uint8Array(voxelOfPixel.length);
  colours.forEach((colour, n) => {
    voxelOfPixel.forEach((voxel, p) => {
      inside[p] = voxel < 0 ? 0 : (bits[voxel] >>> n) & 1;
    });
    drawRim(picture, inside, colour);
  });
  if (removed) drawMaskRim(picture, removed, voxelOfPixel);
  return picture;
}

function checkGrids(grid: Grid, { grid: own, bits, colours }: DrawnStructures, removed: Mask | undefined): void {
  if (!sameGrid(own, grid)) throw new RangeError('the structures are not on the grid of the volume');
  const [ni, nj, nk] = grid.sizeIjk;
  if (bits.length !== ni * nj * nk) throw new RangeError(`${bits.length} words of bits are not a word for every voxel`);
  if (colours.length > 32) throw new RangeError(`${colours.length} structures do not fit 32 bits`);
  if (removed?.sizeIjk.some((n, d) => n !== grid.sizeIjk[d]))
    throw new RangeError('the removed voxels are not on the grid of the volume');
}

/** Mean position of the voxels of structure n, LPS mm; undefined when it has none. */
export function centreOfStructure({ grid, bits }: DrawnStructures, n: number): Vec3 | undefined {
  const [ni, nj] = grid.sizeIjk;
  let count = 0;
  let [i, j, k] = [0, 0, 0];
  bits.forEach((word, voxel) => {
    if (((word >>> n) & 1) === 0) return;
    const row = Math.floor(voxel / ni);
    count++;
    i += voxel - row * ni;
    j += row % nj;
    k += Math.floor(row / nj);
  });
  return count === 0 ? undefined : ijkToLps(grid, [i / count, j / count, k / count]);
}

/** What one sheet of structures shows. */
export interface StructureSheet {
  readonly before: Volume;
  /** The same voxels after defacing; the second row. Without it there is one row. */
  readonly after?: Volume;
  readonly structures: DrawnStructures;
  /** What the structures are after defacing, for the second row; the same as before without it. */
  readonly structuresAfter?: DrawnStructures;
  /** Voxels that were removed, in red. */
  readonly removed?: Mask;
  /** Where the three planes cross, LPS mm. */
  readonly crossingLps: Vec3;
  /** Edge of one cut. */
  readonly sizePx: number;
}

/**
 * Axial, coronal and sagittal cuts through one point side by side, each with the whole grid in view; before above and
 * after below, both in the window of the volume before. Throws RangeError as `drawStructureSlice` does.
 */
export function drawStructureSheet(sheet: StructureSheet): Picture {
  const { before, after, structures, structuresAfter = structures, removed, crossingLps, sizePx } = sheet;
  const middle = ijkToLps(before.grid, before.grid.sizeIjk.map((n) => (n - 1) / 2) as unknown as Vec3);
  const throughCrossing = (axis: 0 | 1 | 2): Vec3 => middle.with(axis, crossingLps[axis]) as unknown as Vec3;
  const planes = [
    orthogonalPlanes(throughCrossing(2)).axial,
    orthogonalPlanes(throughCrossing(1)).coronal,
    orthogonalPlanes(throughCrossing(0)).sagittal,
  ];
  const window = displayWindow(before);
  const extent = extentMm(before.grid, middle);
  const row = (volume: Volume, drawn: DrawnStructures): Picture[] =>
    planes.map((plane) => drawStructureSlice(volume, drawn, { plane, window, sizePx, extentMm: extent }, removed));
  return contactSheet([...row(before, structures), ...(after ? row(after, structuresAfter) : [])], 3);
}
