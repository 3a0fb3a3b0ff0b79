import { type Affine, type GridMask, type Volume } from '@efface/volume';

/** An image to register. Its real values are compared. */
export interface RegistrationImage {
  readonly volume: Volume;
  /** Voxels that count; anything else is ignored. Default all. */
  readonly mask?: GridMask;
  /** Everything under the skin; its surface is what `surface-distance` compares. Default: found by a threshold. */
  readonly body?: GridMask;
}

/**
 * What a registration compares. `mutual-information`: any two contrasts. `local-correlation`: alike up to a line in each
 * window, so uneven fields and contrasts that order tissues alike. `mean-squares`: the same values. `surface-distance`:
 * only where the skin is, whatever the values.
 */
export type RegistrationMetric = 'mutual-information' | 'local-correlation' | 'mean-squares' | 'surface-distance';

/** How an affine map is found. */
export interface AffineOptions {
  /**
   * 6: turn and shift. 7: and one scale. 9: and a scale for each patient axis. 12: and shears. They come on top of the
   * start, whose own scales and shears stay.
   */
  readonly degreesOfFreedom: 6 | 7 | 9 | 12;
  readonly metric: RegistrationMetric;
  /**
   * Where to begin: maps of fixed points to moving points, LPS mm; all are tried. Default: the middles of the bodies and
   * of the tops of the heads on each other, each in 17 turns.
   */
  readonly starts?: readonly Affine[];
  /** Voxels of the finest of three levels, mm; the others are twice and four times as large. Default 2, for local correlation 4. */
  readonly finestSpacingMm?: number;
}

/** How good a registration is. */
export interface RegistrationQuality {
  /** Mean squared correlation in windows of 36 mm inside the fixed body, 8 mm and more below the skin, 0 … 1. */
  readonly localCorrelation: number;
  /** Mutual information there, nats. */
  readonly mutualInformation: number;
  /**
   * Mutual information over the most of: its mean at six shifts of 16 mm, its values at quarter and half turns about each
   * patient axis. 1 or less where it does not matter how the images lie, or where another way is better.
   */
  readonly informationPeak: number;
  /** Dice coefficient of the bodies where both images have voxels. */
  readonly bodyDice: number;
  /** Share of the smaller body that lies in the other image's field of view. */
  readonly overlap: number;
}

/** An affine map that was found. */
export interface AffineRegistration {
  /** Where a point of the fixed image lies in the moving one, LPS mm to LPS mm. */
  readonly movingOfFixed: Affine;
  readonly metric: RegistrationMetric;
  /** At the finest level; larger is better for mutual information and local correlation, smaller for the others. */
  readonly metricValue: number;
  readonly quality: RegistrationQuality;
  /** The images do not lie on each other: the map must not be used. See `isLost` of quality.ts. */
  readonly isLost: boolean;
  readonly timingsMs: Readonly<Record<'prepare' | 'search' | 'refine' | 'quality', number>>;
}
