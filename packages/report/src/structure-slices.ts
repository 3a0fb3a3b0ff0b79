import type { Mask, Vec3, Volume } from '@efface/volume';
import { blankPicture, contactSheet, paste, type Picture } from './picture.ts';
import {
  drawRim, drawSlice, extentMm, insidePixels, orthogonalPlanes, planeVoxels, type SlicePlane, type Window,
} from './slices.ts'; // prettier-ignore

/** A structure to outline: its number stands in the legend, its name nowhere. */
export interface OutlinedStructure {
  readonly number: number;
  readonly colour: Vec3;
  /** On the grid of the volume that it is drawn over. */
  readonly mask: Mask;
}

/** How a sheet of slices is drawn. */
export interface StructureSheet {
  /** Volumes of one grid, a row of the sheet each: before, after. */
  readonly volumes: readonly Volume[];
  readonly structures: readonly OutlinedStructure[];
  /** The axial, coronal and sagittal cut go through this point. */
  readonly centreLps: Vec3;
  readonly window: Window;
  readonly sizePx: number;
}

/** A cut with the rims of structures, later ones over earlier ones. Arguments as for `drawSlice`. */
export function drawStructures(
  volume: Volume,
  structures: readonly OutlinedStructure[],
  plane: SlicePlane,
  window: Window,
  sizePx: number,
  extentMillimetres: number,
): Picture {
  const picture = drawSlice(volume, undefined, plane, window, sizePx, extentMillimetres);
  const voxelOfPixel = planeVoxels(volume.grid, plane, sizePx, extentMillimetres);
  for (const { mask, colour } of structures) drawRim(picture, insidePixels(mask, voxelOfPixel), colour);
  return picture;
}

/** The three cuts of every volume, one volume a row, and below them the numbers of the structures in their colours. */
export function structureSheet({ volumes, structures, centreLps, window, sizePx }: StructureSheet): Picture {
  const { axial, coronal, sagittal } = orthogonalPlanes(centreLps);
  const cuts = volumes.flatMap((volume) => {
    const extent = extentMm(volume.grid, centreLps);
    return [axial, coronal, sagittal].map((plane) => drawStructures(volume, structures, plane, window, sizePx, extent));
  });
  const slices = contactSheet(cuts, 3);
  const legend = numberLegend(structures, slices.widthPx);
  const sheet = blankPicture(slices.widthPx, slices.heightPx + legend.heightPx);
  paste(sheet, slices, 0, 0);
  paste(sheet, legend, 0, slices.heightPx);
  return sheet;
}

/** Digits of 3 × 5 pixels, a row after the other, the left pixel the highest bit. */
const DIGITS = ['75557', '26227', '71747', '71717', '55711', '74717', '74757', '71111', '75757', '75717'];
const PIXELS_PER_DOT = 3;
const CELL_PX = 64;
const LINE_PX = 24;

/** A patch of each structure's colour with its number. */
function numberLegend(structures: readonly OutlinedStructure[], widthPx: number): Picture {
  const perLine = Math.max(1, Math.floor(widthPx / CELL_PX));
  const legend = blankPicture(widthPx, LINE_PX * Math.ceil(structures.length / perLine), 40);
  structures.forEach(({ number, colour }, n) => {
    const x = (n % perLine) * CELL_PX + 4;
    const y = Math.floor(n / perLine) * LINE_PX + 4;
    fill(legend, x, y, 15, 15, colour);
    [...String(number)].forEach((digit, place) => {
      drawDigit(legend, x + 20 + place * 4 * PIXELS_PER_DOT, y, Number(digit));
    });
  });
  return legend;
}

function drawDigit(picture: Picture, x: number, y: number, digit: number): void {
  [...DIGITS[digit]].forEach((row, dy) => {
    for (let dx = 0; dx < 3; dx++)
      if (((Number(row) >> (2 - dx)) & 1) === 1)
        fill(picture, x + dx * PIXELS_PER_DOT, y + dy * PIXELS_PER_DOT, PIXELS_PER_DOT, PIXELS_PER_DOT, [255, 255, 255]);
  });
}

function fill({ widthPx, heightPx, rgb }: Picture, x: number, y: number, width: number, height: number, colour: Vec3): void {
  for (let row = y; row < Math.min(heightPx, y + height); row++)
    for (let column = x; column < Math.min(widthPx, x + width); column++) rgb.set(colour, 3 * (row * widthPx + column));
}
