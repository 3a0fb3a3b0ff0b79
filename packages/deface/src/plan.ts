import { type Backend } from '@efface/compute';
import { type HalfSpace } from '@efface/kernels';
import { type GridMask, type Mask, type Volume, type VoxelBox } from '@efface/volume';
import { type DepthLayer } from './depth-layer.ts';

/** Where voxels are altered: in patient space, so that it holds for every grid of the frame of reference. */
export type Region =
  /** Convex parts, each the common part of its half-spaces; together they are the region. */
  | { readonly kind: 'half-spaces'; readonly parts: readonly (readonly HalfSpace[])[] }
  /** What lies in any of the layers: continuous, so the same body on every grid. */
  | { readonly kind: 'depth-layers'; readonly layers: readonly DepthLayer[] }
  | { readonly kind: 'voxels'; readonly voxels: GridMask };

/** Real values of a box of an image's voxels, f32, i fastest. */
export interface PaintedBox {
  readonly box: VoxelBox;
  readonly real: Float32Array;
}

/** How the altered voxels of an image get their values. */
export type PlanFill =
  /** What each image has where there is nobody: air on CT, no activity on PET, its own background on MR. */
  | { readonly kind: 'background' }
  /**
   * Real values for a box of an image that holds all of `mask`, the altered voxels, made for it: only those are used.
   * Dose is never painted: where it is altered it is 0.
   */
  | {
      readonly kind: 'painted';
      readonly paint: (backend: Backend, volume: Volume, mask: Mask) => Promise<PaintedBox>;
      /** The part of the region in which a volume changes: of a dose only what lies in front of the body. */
      readonly changes?: (volume: Volume, mask: Mask) => Mask;
    };

/** Voxels that are not altered whatever the region says. */
export interface KeepOut {
  /** Why they stay. */
  readonly what: 'brain' | 'protected';
  /** What the user called it. */
  readonly name?: string;
  readonly voxels: GridMask;
}

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
  readonly fill: PlanFill;
  /** The brain with its margin, protected structures. */
  readonly keepOuts: readonly KeepOut[];
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
