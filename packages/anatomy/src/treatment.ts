import type { Volume } from '@efface/volume';
import { type AnatomyFinding, anatomyFinding } from './findings.ts';
import { looksLikeHounsfield, presentSample, tissueThresholds } from './intensity.ts';
import { halfSampleMode, quantile } from './quantile.ts';
import type { ValueScale } from './tissue-evidence.ts';
import { isMissing, type WorkingImage } from './working-image.ts';

/** How the values of this kind of scan are read. */
export interface Treatment {
  readonly scale: ValueScale;
  /** Real values that may part body from air, to be tried in this order. */
  readonly thresholds: readonly number[];
  /** Are there couches and shells to remove? */
  readonly removeDevices: boolean;
  /**
   * The brain goes on this far outside its surface in the image, mm. On MR the evidence turns half-way down the flank
   * of the cortex; pia and the CSF between the gyri, which brain masks include, lie outside. On CT it turns at the bone.
   */
  readonly rimMm: number;
  /** The image as the search for the brain sees it. */
  view(image: WorkingImage): WorkingImage;
  readonly findings: readonly AnatomyFinding[];
}

const BODY_HU = -300;
const AIR_HU = -1000;
const TISSUE_HU = 40;
/** CT window of the search: fat to bone. Wider, and metal or air would take bins from brain and CSF. */
const WINDOW_HU = { low: -200, high: 300 };
const RIM_MM = { MR: 2.2, OT: 2.2, CT: 1, PT: 1 } as const;
/** Air of an image without a scale of its own: nearly its lowest value, but not a defective voxel's. */
const AIR_QUANTILE = 0.02;

/** Chooses by modality, and for CT by whether the values are what they should be. */
export function treatmentOf(volume: Volume, overview: WorkingImage): Treatment {
  const { modality } = volume;
  if (modality === 'CT' && looksLikeHounsfield(overview)) {
    return {
      scale: { zero: WINDOW_HU.low, isUneven: false },
      thresholds: [BODY_HU],
      removeDevices: true,
      rimMm: RIM_MM.CT,
      view: (image) => windowed(image, 1, 0),
      findings: [],
    };
  }
  const sample = presentSample(overview);
  const air = quantile(sample, AIR_QUANTILE);
  const thresholds = tissueThresholds(overview, air);
  if (modality === 'CT' && thresholds.length > 0) {
    const tissue = halfSampleMode(sample.filter((value) => value > thresholds[0]));
    const huPerUnit = (TISSUE_HU - AIR_HU) / (tissue - air);
    return {
      scale: { zero: WINDOW_HU.low, isUneven: false },
      thresholds,
      removeDevices: true,
      rimMm: RIM_MM.CT,
      view: (image) => windowed(image, huPerUnit, AIR_HU - huPerUnit * air),
      findings: [
        anatomyFinding('CT_NOT_IN_HU', 'review', `air is at ${air.toFixed(0)} and soft tissue at ${tissue.toFixed(0)}`),
      ],
    };
  }
  return {
    scale: { zero: air, isUneven: modality === 'MR' || modality === 'OT' },
    thresholds,
    removeDevices: false,
    rimMm: RIM_MM[modality],
    view: (image) => image,
    findings: [],
  };
}

/** The image in the window of the search, after a line that brings its values to HU. */
function windowed(image: WorkingImage, slope: number, intercept: number): WorkingImage {
  const { low, high } = WINDOW_HU;
  const values = image.values.map((v) => (isMissing(v) ? v : Math.min(high, Math.max(low, v * slope + intercept))));
  return { ...image, values };
}
