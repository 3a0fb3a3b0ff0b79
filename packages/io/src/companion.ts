import type { GridMask, Mask, Volume } from '@efface/volume';
import type { RegionContour } from './dicom/rt/structure-set.ts';
import type { ScanWarning } from './scan-warning.ts';

/** What an object beside the images is. `uncleaned` may show the face and is written only when that was asked for. */
export type CompanionKind = 'structure set' | 'dose' | 'plan' | 'segmentation' | 'registration' | 'uncleaned';

/** A contour after clipping, and the place of the one it is from. Untouched ones have the very points they came with. */
export interface ClippedRegionContour extends RegionContour {
  readonly source: number;
}

/** What was clipped from a region. */
export interface RegionClip {
  /** ROI Number. */
  readonly region: number;
  readonly areaRemovedMm2: number;
  readonly contoursTouched: number;
  /** Contours of which nothing is left; their region keeps its item. */
  readonly contoursEmptied: number;
}

/** What was removed from the images, for the objects that refer to them. */
export interface CompanionAlteration {
  /** Clips the contours of one region against what was removed. */
  readonly clip: (contours: readonly RegionContour[]) => {
    readonly contours: readonly ClippedRegionContour[];
    readonly report: Omit<RegionClip, 'region'>;
  };
  /** Grid and removed voxels of the image that the case was planned on. */
  readonly removed: GridMask;
  /** What was removed, on the grid of a dose. */
  readonly removedOn: (dose: Volume) => Promise<Mask>;
  readonly methodText: string;
  readonly softwareVersion: string;
}

/** What a writer did with an object. */
export interface WrittenCompanion {
  /** References to stored objects that are not in the study; their UIDs are mapped like all others. */
  readonly danglingReferences: number;
  readonly clippedRegions: readonly RegionClip[];
  /** Voxels of a dose, or of segments that draw the surface, that were set to 0. */
  readonly zeroedVoxels: number;
  readonly warnings: readonly ScanWarning[];
}

/** An object that belongs to images and is written again with them, its references to their new UIDs. */
export interface Companion {
  readonly kind: CompanionKind;
  readonly path: string;
  /** Frames of reference it is in or relates. */
  readonly frameOfReferenceUids: readonly string[];
  /**
   * Writes the object. `destination` does not exist yet; its folder does.
   * @throws EffaceError when it is damaged or cannot be written
   */
  write(alteration: CompanionAlteration, destination: string): Promise<WrittenCompanion>;
}

const SURFACE_TYPES = new Set(['EXTERNAL', 'BOLUS', 'SUPPORT', 'FIXATION']);
/** What planning systems and people call what has the shape of the face, behind prefixes such as z, CT or MR. */
const SURFACE_NAME = /^(z|ct|mr|pt|pet)? ?(body|external|skin|surface|outer ?contour|outline|patient|head|face|nose|mask|bolus|immobili[sz]ation|thermoplastic)\b/; // prettier-ignore
/** A target that is named after where it lies is a target. */
const TARGET_NAME = /\b[pcgi]tv/;

/** Does a region draw the surface of the body, or what lies on it, by its interpreted type or its name? */
export function drawsSurface({
  name,
  interpretedType,
}: {
  readonly name: string;
  readonly interpretedType: string;
}): boolean {
  const words = name.toLowerCase().replaceAll(/[^a-z]+/g, ' ').trim(); // prettier-ignore
  return SURFACE_TYPES.has(interpretedType) || (SURFACE_NAME.test(words) && !TARGET_NAME.test(words));
}
