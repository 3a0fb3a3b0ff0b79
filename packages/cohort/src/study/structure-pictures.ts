import type { Backend } from '@efface/compute';
import { type Alteration, drawsSurface, encodePng } from '@efface/io';
import { centreOfStructure, drawStructureSheet, structureColours } from '@efface/report';
import { add, EffaceError, scale, type Vec3, type Volume } from '@efface/volume';
import { writeFile } from 'node:fs/promises';
import { alteredVolume } from '../pictures.ts';
import { structureGroups } from '../structures/structure-groups.ts';

/** Edge of one cut. */
const CUT_PX = 384;

/**
 * Draws the structures of a structure set over cuts of the image, before above and after below, what was removed in red:
 * `structures-1.png` and so on, 32 structures each. A set that cannot be drawn on the image has no picture.
 * @param place gives the path for a name
 */
export async function writeStructurePictures(
  backend: Backend,
  path: string,
  volume: Volume,
  alteration: Alteration,
  place: (name: string) => Promise<string>,
): Promise<void> {
  try {
    let n = 0;
    for await (const { bits, structures } of structureGroups(backend, path, { grid: volume.grid })) {
      const drawn = { grid: volume.grid, bits, colours: structureColours(structures.length) };
      // The middle of the organs: the surface of the body would have it in the middle of the image.
      const isOrgan = structures.map(({ name }) => !drawsSurface({ name, interpretedType: '' }));
      const centres = structures.flatMap((_, s) => (isOrgan[s] ? (centreOfStructure(drawn, s) ?? []) : []));
      if (centres.length === 0) continue;
      let sum: Vec3 = [0, 0, 0];
      for (let c = 0; c < centres.length; c += 3) sum = add(sum, [centres[c], centres[c + 1], centres[c + 2]]);
      const crossingLps = scale(sum, 3 / centres.length);
      const after = alteredVolume(volume, alteration);
      const { widthPx: width, heightPx: height, rgb: samples } = drawStructureSheet({ before: volume, after, structures: drawn, removed: alteration.mask, crossingLps, sizePx: CUT_PX }); // prettier-ignore
      await writeFile(await place(`structures-${++n}.png`), encodePng({ width, height, channels: 3, samples }));
    }
  } catch (error) {
    // The pictures are for looking at; what is wrong with a set is told where it is written.
    if (!(error instanceof EffaceError)) throw error;
  }
}
