import type { Vec3, Volume } from '@efface/volume';

/** Contrasts a template can have. */
export const TEMPLATE_CONTRASTS = ['ct', 'mr'] as const;

/** What a template's image looks like: CT in HU, or T1-weighted MR in arbitrary units. */
export type TemplateContrast = (typeof TEMPLATE_CONTRASTS)[number];

/**
 * Values of the label map. `air` is outside the head, where face signal can wrap around to on MR; `body` is everything
 * else under the skin.
 */
export const TEMPLATE_LABELS = { none: 0, face: 1, air: 2, ears: 3, brain: 4, body: 5 } as const;

/** Points every template knows, by anthropometric name. */
export const TEMPLATE_LANDMARKS = [
  'noseTip', 'nasion', 'chin', 'eyeCentreLeft', 'eyeCentreRight', 'tragionLeft', 'tragionRight',
] as const; // prettier-ignore

/** Name of a landmark. */
export type TemplateLandmark = (typeof TEMPLATE_LANDMARKS)[number];

/** Box in MNI coordinates of template space, mm: x right, y anterior, z superior, both ends inclusive. */
export interface TemplateBox {
  readonly low: Vec3;
  readonly high: Vec3;
}

/**
 * An average head. Everything is in template space: LPS, mm, with the origin, tilt and size of the MNI152 head, so that
 * MNI coordinates (x right, y anterior, z superior) are (−l, −p, s).
 */
export interface HeadTemplate {
  readonly name: string;
  /** How many heads it is the average of. */
  readonly builtFrom: number;
  /** Average head in each contrast it has, all on the grid of the labels. */
  readonly images: Readonly<Record<TemplateContrast, Volume | undefined>>;
  /** u8, `TEMPLATE_LABELS`. */
  readonly labels: Volume;
  readonly landmarksLps: Readonly<Record<TemplateLandmark, Vec3>>;
  readonly biometricBoxes: {
    readonly face: TemplateBox;
    readonly earLeft: TemplateBox;
    readonly earRight: TemplateBox;
  };
}

/** The boxes of `ct_biometric_mask` (Muschelli, ichseg, R package), MNI coordinates, mm. */
export const BIOMETRIC_BOXES: HeadTemplate['biometricBoxes'] = {
  face: { low: [-41, 44, -71], high: [39, 91, -57] },
  earLeft: { low: [-90, -66, -71], high: [-79, -16, -12] },
  earRight: { low: [79, -66, -71], high: [90, -16, -12] },
};

/** A point of MNI coordinates (x right, y anterior, z superior, mm) in template LPS, and back. */
export function lpsOfMni([x, y, z]: Vec3): Vec3 {
  return [-x, -y, z];
}

/** The image to compare a scan of this modality with: its own contrast where the template has it. */
export function templateImage(template: HeadTemplate, modality: Volume['modality']): Volume {
  const { ct, mr } = template.images;
  const image = modality === 'CT' ? (ct ?? mr) : (mr ?? ct);
  if (image === undefined) throw new RangeError(`template ${template.name} has no image`);
  return image;
}
