import type { Mask, Vec3, Volume } from '@efface/volume';
import type { RegionContour } from '../rt/structure-set.ts';

/** Who and when. Everything here ends up in every file as it is. */
export interface StudyIdentity {
  /** PN, for example 'Family^Given'. */
  readonly patientName: string;
  readonly patientId: string;
  /** YYYYMMDD. */
  readonly birthDate: string;
  readonly sex: 'F' | 'M' | 'O';
  readonly weightKg: number;
  readonly heightM: number;
  /** YYYYMMDD. */
  readonly date: string;
  /** HHMMSS. */
  readonly time: string;
  readonly description: string;
}

/** A region to write: what `StructureRegion` has, with how it came about. */
export interface RegionToWrite {
  readonly number: number;
  readonly name: string;
  /** RT ROI Interpreted Type (3006,00A4). */
  readonly interpretedType: string;
  readonly generation: 'AUTOMATIC' | 'SEMIAUTOMATIC' | 'MANUAL';
  readonly colour: Vec3;
  readonly contours: readonly RegionContour[];
}

/** A static photon field of one energy. Angles by IEC 61217, degrees. */
export interface BeamToWrite {
  readonly name: string;
  readonly gantryDeg: number;
  readonly collimatorDeg: number;
  readonly couchDeg: number;
  /** Jaws at the isocentre, mm: −x, +x. */
  readonly jawXMm: readonly [number, number];
  /** Jaws at the isocentre, mm: −y, +y. */
  readonly jawYMm: readonly [number, number];
  readonly energyMv: number;
  readonly monitorUnits: number;
  /** Dose of one fraction at the isocentre, Gy. */
  readonly doseGy: number;
}

/** A plan of external beams. */
export interface PlanToWrite {
  readonly label: string;
  readonly isocentreLps: Vec3;
  readonly sourceAxisMm: number;
  readonly nFractions: number;
  readonly prescriptionGy: number;
  /** ROI Number of the target. */
  readonly targetNumber: number;
  readonly beams: readonly BeamToWrite[];
}

/** A coded concept (PS3.3 section 8). */
export interface CodeToWrite {
  readonly value: string;
  /** Coding Scheme Designator, for example 'SCT'. */
  readonly scheme: string;
  readonly meaning: string;
}

/** A segment of a segmentation. */
export interface SegmentToWrite {
  readonly label: string;
  /** On the grid of the CT. */
  readonly mask: Mask;
  /** Segmented Property Category (0062,0003). */
  readonly category: CodeToWrite;
  /** Segmented Property Type (0062,000F). */
  readonly type: CodeToWrite;
}

/** A cumulative dose volume histogram: element n is the volume with a dose of at least n · binGy. */
export interface DvhToWrite {
  readonly regionNumber: number;
  readonly binGy: number;
  readonly volumesCm3: readonly number[];
  readonly minimumGy: number;
  readonly maximumGy: number;
  readonly meanGy: number;
}

/** A study of one patient in one frame of reference, ready to become DICOM objects. */
export interface StudyToWrite {
  readonly identity: StudyIdentity;
  /** All UIDs follow from this text and from nothing else. */
  readonly uidKey: string;
  /** CT, of 16 bits, axial: the structure set is drawn on it. */
  readonly ct: Volume;
  /** MR, of 16 bits. */
  readonly mr?: Volume;
  /** PET in Bq/ml, of 16 bits with intercept 0; slopes may differ from slice to slice. */
  readonly pet?: Volume;
  readonly regions: readonly RegionToWrite[];
  readonly plan?: PlanToWrite;
  /** Gy, in f32 or f64 on an axial grid; needs a plan. */
  readonly doseGy?: Volume;
  /** Histograms of the dose. */
  readonly dvhs?: readonly DvhToWrite[];
  /** At least one with voxels. */
  readonly segments?: readonly SegmentToWrite[];
}
