import type { Backend } from '@efface/compute';
import { type Alteration, drawsSurface, encodePng, writeOutput } from '@efface/io';
import { MAX_REGIONS } from '@efface/kernels';
import { centreOfStructure, drawStructureSheet, structureColours } from '@efface/report';
import { add, EffaceError, scale, type Vec3, type Volume } from '@efface/volume';
import { alteredVolume } from '../pictures.ts';
import { drawRegions, regionsOf } from '../structures/structure-groups.ts';

/** Edge of one cut. */
const CUT_PX = 384;

/** A structure set as it was and as it was written. */
export interface WrittenStructureSet {
  readonly before: string;
  readonly after: string;
}

/**
 * Draws a structure set over cuts of the image, both before above and after below, what was removed in red: `structures-1.png` and so
 * on, 32 structures each. A set that cannot be drawn on the image has no picture.
 * @param place gives the path for a name
 */
export async function writeStructurePictures(
  backend: Backend,
  set: WrittenStructureSet,
  volume: Volume,
  alteration: Alteration,
  place: (name: string) => Promise<string>,
): Promise<void> {
  const { grid } = volume;
  try {
    const { own } = await regionsOf(set.before, {});
    const left = new Map((await regionsOf(set.after, {})).own.map(({ number, contours }) => [number, contours]));
    for (let first = 0, n = 0; first < own.length; first += MAX_REGIONS) {
      const chunk = own.slice(first, first + MAX_REGIONS);
      const colours = structureColours(chunk.length);
      const structures = { grid, bits: (await drawRegions(backend, grid, chunk)).bits, colours };
      const chunkLeft = chunk.map(({ number }) => ({ contours: left.get(number) ?? [] }));
      const structuresAfter = { grid, bits: (await drawRegions(backend, grid, chunkLeft)).bits, colours };
      // The middle of the organs: the surface of the body would have it in the middle of the image.
      const centres = chunk.flatMap((region, s) =>
        drawsSurface(region) ? [] : (centreOfStructure(structures, s) ?? []),
      );
      if (centres.length === 0) continue;
      let sum: Vec3 = [0, 0, 0];
      for (let c = 0; c < centres.length; c += 3) sum = add(sum, [centres[c], centres[c + 1], centres[c + 2]]);
      const crossingLps = scale(sum, 3 / centres.length);
      const after = alteredVolume(volume, alteration);
      const { widthPx: width, heightPx: height, rgb: samples } = drawStructureSheet({ before: volume, after, structures, structuresAfter, removed: alteration.mask, crossingLps, sizePx: CUT_PX }); // prettier-ignore
      await writeOutput(await place(`structures-${++n}.png`), encodePng({ width, height, channels: 3, samples }));
    }
  } catch (error) {
    // The pictures are for looking at; what is wrong with a set is told where it is written.
    if (!(error instanceof EffaceError)) throw error;
  }
}
