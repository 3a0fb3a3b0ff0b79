import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Volume } from '@efface/volume';
import { type DepthMaskOptions, planDepthMask } from './depth-mask/depth-mask.ts';
import { type MinimalOptions, planMinimal, type VerifyPlan } from './minimal/minimal.ts';
import { type FacePlan, type KeepOut } from './plan.ts';
import { planQuickshear, type QuickshearOptions } from './quickshear.ts';

/** A method and how it works. */
export type Method =
  | ({ readonly method: 'quickshear' } & QuickshearOptions)
  | ({ readonly method: 'depth-mask' } & DepthMaskOptions)
  | ({ readonly method: 'minimal' } & MinimalOptions);

export type MethodName = Method['method'];

/**
 * Plans what a method alters in all images of a frame of reference, from one of them. Protected voxels stay whatever the
 * method says. A method that searches (`minimal`) asks `verify` about each plan it thinks of. Throws DefaceError when the method cannot be used on this head.
 */
export async function planFace(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  method: Method,
  protectedVoxels: readonly KeepOut[] = [],
  verify?: VerifyPlan,
): Promise<FacePlan> {
  const protect = (plan: FacePlan): FacePlan => ({ ...plan, keepOuts: [...plan.keepOuts, ...protectedVoxels] });
  // What is tried is what would be written.
  const tryPlan = verify && ((plan: FacePlan) => verify(protect(plan)));
  return protect(await planOf(backend, volume, anatomy, method, tryPlan));
}

function planOf(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  method: Method,
  verify?: VerifyPlan,
): Promise<FacePlan> {
  switch (method.method) {
    case 'quickshear':
      return planQuickshear(backend, volume, anatomy, method);
    case 'depth-mask':
      return planDepthMask(backend, volume, anatomy, method);
    case 'minimal':
      return planMinimal(backend, volume, anatomy, method, verify);
  }
}
