import type { Volume } from '@efface/volume';
import type { Surface } from './surface.ts';

/** Around −300 HU: from where hair, masks and pillows begin to show to where fat begins to vanish. */
const CT_SKIN_HU = [-600, -450, -150];

/** Of the value at which skin is looked for elsewhere. */
const SHARES = [0.5, 0.75, 1.33, 2];

/**
 * The skin at other values than the usual one: a defacer that moves the surface only where it is usually looked for is
 * found out. CT: −600, −450 and −150 HU; other images: 0.5, 0.75, 1.33 and 2 times `thresholdReal`.
 */
export function sweepSurfaces(volume: Volume, thresholdReal: number): Surface[] {
  return volume.unit === 'HU'
    ? CT_SKIN_HU.map((hu) => ({ name: `skin at ${hu} HU`, volume, thresholdReal: hu }))
    : SHARES.map((share) => ({ name: `skin × ${share}`, volume, thresholdReal: share * thresholdReal }));
}
