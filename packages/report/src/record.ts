/** Version of the record's layout; it changes when a field changes its meaning. */
export const RECORD_SCHEMA = 'efface-case/1';

/** A face is seen in an image when one is seen in at least this share of its portraits: the one rule of checks, audits and tables. */
export const FACE_SHARE = 0.5;

/** A reason code with its sentence, as found by anatomy, method or checks. */
export interface RecordFinding {
  readonly code: string;
  readonly severity: 'note' | 'review' | 'fail';
  readonly message: string;
}

/** Name, size and SHA-256 of a file; the name is the last part of the path only. */
export interface RecordFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What happened to one image of the case. */
export interface RecordImage {
  readonly label: string;
  readonly modality: string;
  readonly sizeIjk: readonly number[];
  readonly spacingMm: readonly number[];
  readonly storedType: string;
  /** Voxels that changed their value's source, in one frame. */
  readonly alteredVoxels: number;
  readonly alteredMl: number;
  /** Of these, inside the body; the rest is air that was air before. */
  readonly alteredBodyMl: number;
  /** Real value written into altered voxels; absent where each got a value of its own. */
  readonly fillReal?: number;
  /** Voxels that the method wanted to alter and was not allowed to, by why: near the brain, protected (and its name), padding. */
  readonly keptBack: readonly { readonly what: string; readonly name?: string; readonly nVoxels: number }[];
  /** Whether somebody is seen in portraits of this image before and after, and how alike; absent where nobody tried. */
  readonly recognition?: {
    /** Share of the portraits in which a face is seen. */
    readonly faceSeenShareBefore: number;
    readonly faceSeenShareAfter: number;
    /** Between the descriptors before and after; one person's are up to the threshold apart. */
    readonly descriptorDistance: number;
    readonly descriptorDistanceThreshold: number;
    /** Between the shapes of the face before and after, laid on each other; absent where one of them shows none. */
    readonly shapeDistanceMm?: number;
    readonly shapeDistanceThresholdMm?: number;
  };
  readonly input: readonly RecordFile[];
  readonly output: readonly RecordFile[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** What happened to an object beside the images: structure set, dose, plan, segmentation, registration. */
export interface RecordCompanion {
  /** `uncleaned`: it may show the face, and was written because that was asked for. */
  readonly kind: string;
  readonly input: readonly RecordFile[];
  /** Empty when it was withheld; a finding says why. */
  readonly output: readonly RecordFile[];
  /** References to objects that are not in the study. */
  readonly danglingReferences: number;
  /** Regions of a structure set that drew what was removed, by ROI Number. */
  readonly clippedRegions: readonly {
    readonly region: number;
    readonly areaRemovedMm2: number;
    readonly contoursTouched: number;
    readonly contoursEmptied: number;
  }[];
  /** Voxels of a dose, or of segments that draw the surface, that were set to 0. */
  readonly zeroedVoxels: number;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** A method that was tried on a case. */
export interface RecordAttempt {
  readonly method: string;
  readonly verdict: CaseRecord['verdict'];
  /** What planning and checks of this method found. */
  readonly findings: readonly RecordFinding[];
}

/** Everything that was done to one case, for machines and for people. Holds no patient data. */
export interface CaseRecord {
  readonly schema: typeof RECORD_SCHEMA;
  readonly verdict: 'pass' | 'review' | 'fail';
  readonly findings: readonly RecordFinding[];
  readonly method: string;
  /** The methods that were tried, in their order, where there was a choice; `method` is the one that was taken. */
  readonly tried?: readonly RecordAttempt[];
  readonly rule: string;
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly measured: Readonly<Record<string, number>>;
  readonly images: readonly RecordImage[];
  readonly companions: readonly RecordCompanion[];
  readonly software: { readonly efface: string; readonly node: string; readonly platform: string };
  readonly backend: { readonly kind: string; readonly name: string; readonly driver: string; readonly threads: number };
  /** How it was tried to recognise the patient, and by which networks. */
  readonly recognition: {
    readonly mode: 'fast' | 'full' | 'off';
    readonly networks: readonly { readonly name: string; readonly sha256: string }[];
  };
  readonly seed: number;
  /** Wall time per stage, ms. */
  readonly timingsMs: Readonly<Record<string, number>>;
  readonly peakRssBytes: number;
  readonly finishedAt: string;
}
