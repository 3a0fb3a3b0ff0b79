import type { Grid } from '@efface/volume';
import { workingGrid } from '../working-image.ts';

/** Template space that a template covers, LPS mm: vertex to neck, ear to ear, and air in front of the face and behind. */
const BOX = { low: [-108, -136, -180], high: [108, 144, 112] } as const;

/** Grid of a template: isotropic, LPS, symmetrical about the midline. */
export function templateGrid(spacingMm: number): Grid {
  return workingGrid(BOX, spacingMm);
}
