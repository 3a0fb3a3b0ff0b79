import type { Companion } from './companion.ts';
import { type Mask, type Modality, type Vec3, type Volume, type VoxelArray, type VoxelType } from '@efface/volume';
import type { ScanWarning } from './scan-warning.ts';

/**
 * What the altered voxels become. Both forms are in stored values, so that the writers never convert.
 *
 * - `constant`: one stored value per slice, `storedPerK[frame][k]`; nothing the size of a volume is needed.
 * - `voxels`: `voxels[frame]` is an array in the frame's stored type and order (i fastest, `voxelCount(grid)`
 *   entries); only its entries inside the mask are read.
 */
export type Fill =
  | { readonly kind: 'constant'; readonly storedPerK: readonly Float64Array[] }
  | { readonly kind: 'voxels'; readonly voxels: readonly VoxelArray[] };

/** Which voxels of a scan change, into what, and what the output's header says about it. */
export interface Alteration {
  /** 1 = altered, on the scan's grid. Every frame of a 4-D scan is altered alike. */
  readonly mask: Mask;
  readonly fill: Fill;
  /** Method and its parameters in words a reader of the header understands; no patient data. */
  readonly methodText: string;
  /** Version of efface. */
  readonly softwareVersion: string;
  /**
   * The result passed its checks. Formats that can say "no recognisable visual features" say it only when true; an
   * alteration that is not verified is still written, because a person may want to look at it.
   */
  readonly verified: boolean;
}

/** What a writer did. */
export interface WrittenImage {
  /** Written files, absolute. */
  readonly files: readonly string[];
  /** Voxels rewritten, all frames together. */
  readonly alteredVoxels: number;
  /** Things the writer removed, converted or could not keep. */
  readonly warnings: readonly ScanWarning[];
}

/** Options of every writer. */
export interface WriteOptions {
  /** Called with the share of the work that is done, 0..1. */
  readonly onProgress?: (share: number) => void;
}

/** Facts for `efface inspect`: plain JSON, no patient identifiers. */
export interface ScanFacts {
  readonly kind: 'nifti' | 'dicom';
  readonly label: string;
  readonly modality: Modality;
  readonly unit: string;
  readonly sizeIjk: Vec3;
  readonly nFrames: number;
  readonly storedType: VoxelType;
  readonly spacingMm: Vec3;
  /** Direction in which i, j, k grow, for example 'LPS'. */
  readonly orientation: string;
  /** Largest |cos| between two axes; 0 = rectangular. */
  readonly shear: number;
  readonly affineIjkToLps: readonly number[];
  readonly frameOfReferenceUid?: string;
  /** Facts only this format has, for example the transfer syntax. */
  readonly format: Readonly<Record<string, string | number | boolean>>;
  readonly warnings: readonly ScanWarning[];
}

/**
 * One readable image, opened. Its voxels are read-only for everybody: the writers copy them (or the original bytes)
 * to the output and rewrite the masked ones only, so voxels outside the mask are bit-identical in the output. Input
 * files are never touched.
 */
export interface Scan {
  readonly kind: 'nifti' | 'dicom';
  /** File name or series description, free of patient data. */
  readonly label: string;
  /** All frames on one grid, in stored order; at least one. A 3-D image has exactly one. */
  readonly frames: readonly Volume[];
  /** The first frame. */
  readonly volume: Volume;
  /** Scans with the same one share patient coordinates; absent when the format has no such thing. */
  readonly frameOfReferenceUid?: string;
  readonly warnings: readonly ScanWarning[];
  /** What the name of the output ends with: '.nii', '.nii.gz', or '' when it is a folder. */
  readonly outputExtension: '.nii' | '.nii.gz' | '';
  /**
   * Writes the altered image in the scan's own format. `destination` does not exist yet; it is normally a staging path
   * of an `OutputFolder` or `OutputFile`, which bring it to its place as a whole.
   * Throws RangeError when mask or fill do not fit the scan, EffaceError when reading the original or writing fails.
   */
  write(alteration: Alteration, destination: string, options?: WriteOptions): Promise<WrittenImage>;
  describe(): ScanFacts;
}

/** Options of opening. */
export interface OpenOptions {
  /** Accept a NIfTI file that has neither sform nor qform, at the user's risk. Default false. */
  readonly allowUnknownOrientation?: boolean;
  /** Resample a sheared grid (gantry tilt) instead of refusing it. Default false. */
  readonly allowResample?: boolean;
  /** What was imaged, for formats that do not say (NIfTI). */
  readonly modality?: Modality;
  /** Picks one image where there are several: series UID or number (DICOM), file name (NIfTI). */
  readonly series?: string;
  /**
   * DICOM: keep what the input says about the images it was made from, and name the input itself as source, all by
   * original UIDs. Default false: such references are removed.
   */
  readonly keepSourceReferences?: boolean;
  /** DICOM: objects that may show the face in ways nobody looked at become companions too. Default false. */
  readonly allowUncleaned?: boolean;
  /** DICOM: derives new UIDs from the old ones, the same for the same key. Default: random ones. Keep it secret. */
  readonly uidKey?: Uint8Array | string;
}

/** One image that was found but not loaded yet. */
export interface StudyEntry {
  readonly kind: 'nifti' | 'dicom';
  /** File name or series description, free of patient data. */
  readonly label: string;
  /** What `OpenOptions.series` selects this entry by: Series Instance UID or file name. */
  readonly id: string;
  /** Other names under which `OpenOptions.series` finds it, for example the series number. */
  readonly aliases: readonly string[];
  readonly modality: Modality;
  readonly frameOfReferenceUid?: string;
  readonly nFiles: number;
  /** Paths of its files, in a stable order. */
  readonly files: readonly string[];
  /** Why it cannot be opened, when that is known without loading it: refusals have a reason code. */
  readonly refusal?: ScanWarning;
  /** Loads the voxels. Throws EffaceError when it is refused or damaged. */
  open(): Promise<Scan>;
}

/** Everything found at a path. */
export interface Study {
  readonly entries: readonly StudyEntry[];
  /** Objects that belong to the images and can be written again with them, in the order of their paths. */
  readonly companions: readonly Companion[];
  /** Files that are none of both (reports, pictures, text), one warning each, path in the message. */
  readonly skipped: readonly ScanWarning[];
}
