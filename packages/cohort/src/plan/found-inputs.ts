import { type ScanWarning } from '@efface/io';
import { type Modality } from '@efface/volume';
import { type CohortPlan } from './cohort-plan.ts';

/** One image or study of a cohort, before its files are hashed. Paths are absolute. */
export interface FoundInput {
  /** What its folder is called, before it is made safe and unique. */
  readonly name: string;
  readonly subject: string;
  readonly session: string;
  readonly path: string;
  readonly modality?: Modality;
  readonly structures?: string;
  readonly dose?: string;
}

export interface FoundInputs {
  readonly kind: CohortPlan['kind'];
  /** Folder the paths of the plan are relative to. */
  readonly root: string;
  readonly inputs: readonly FoundInput[];
  readonly leftOut: readonly ScanWarning[];
}
