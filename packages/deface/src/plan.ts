import { type HalfSpace } from '@efface/kernels';
import { type GridMask } from '@efface/volume';

/** Where voxels are altered: in patient space, so that it holds for every grid of the frame of reference. */
export type Region =
  /** The common part of the half-spaces. */
  | { readonly kind: 'half-spaces'; readonly halfSpaces: readonly HalfSpace[] }
  | { readonly kind: 'voxels'; readonly voxels: GridMask };

/** Something worth knowing about a case; `fail` leaves no image, `review` asks for a pair of eyes. */
export interface Finding {
  /** Stable reason code such as 'NOTHING_REMOVED'. */
  readonly code: string;
  readonly severity: 'note' | 'review' | 'fail';
  readonly message: string;
}

/** What a method decided for one frame of reference: which voxels, filled how, and why. */
export interface FacePlan {
  readonly method: string;
  /** Which published description the plan follows, e.g. 'robust' or 'published'. */
  readonly rule: string;
  readonly region: Region;
  /** Voxels that must not be altered whatever the region says (brain with its margin, protected structures). */
  readonly keepOut?: GridMask;
  /** Everything that shaped the plan, for the record. */
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  /** Numbers measured while planning, named with their unit. */
  readonly measured: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** The worst severity decides. */
export function verdictOf(findings: readonly Finding[]): 'pass' | 'review' | 'fail' {
  if (findings.some((f) => f.severity === 'fail')) return 'fail';
  return findings.some((f) => f.severity === 'review') ? 'review' : 'pass';
}
