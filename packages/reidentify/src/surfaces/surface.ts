import type { Volume } from '@efface/volume';

/** A surface in which somebody looks for a face. */
export interface Surface {
  /** For tables. */
  readonly name: string;
  readonly volume: Volume;
  /** Real value of the surface. */
  readonly thresholdReal: number;
}
