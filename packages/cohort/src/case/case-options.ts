import { type HeadTemplate } from '@efface/anatomy';
import { type Method } from '@efface/deface';
import { type Protection } from './protect.ts';
import { type Recognition } from '../recognition.ts';
import { type ExaminedCase } from './examined-case.ts';

/** What to do with a case. */
export interface CaseOptions {
  readonly method: Method;
  /** Methods to try, in this order, while none passes. Without recognition the first that removes a face passes. */
  readonly otherwise?: readonly Method[];
  /** What another method of the same case, with the same settings, started from; without it the case is read and looked at. */
  readonly examined?: ExaminedCase;
  /** Needed by the methods that say so. */
  readonly template?: HeadTemplate;
  /** NIfTI mask of the brain on the reference image's grid. */
  readonly brainMaskPath?: string;
  /** Structures that stay as they are, beside those the method keeps by itself. */
  readonly protection?: Protection;
  /** A dose in the image's patient coordinates that is no RT Dose (NIfTI): set to 0 where the face was. */
  readonly dosePath?: string;
  readonly seed: number;
  readonly pictures: boolean;
  /** Without it nobody tries to recognise the patient, and the record says so. */
  readonly recognition?: Recognition;
  readonly overwrite: boolean;
  /** Do everything but write. */
  readonly dryRun: boolean;
  /** Everything that is read; no output may touch it. */
  readonly inputs: readonly string[];
  readonly softwareVersion: string;
  readonly onProgress?: (stage: string, share: number) => void;
}
