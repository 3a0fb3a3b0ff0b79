import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Volume } from '@efface/volume';
import { type FacePlan, type KeepOut } from './plan.ts';
import { planQuickshear, type QuickshearOptions } from './quickshear.ts';

/** A method and how it works. */
export type Method = { readonly method: 'quickshear' } & QuickshearOptions;

export type MethodName = Method['method'];

/**
 * Plans what a method alters in all images of a frame of reference, from one of them. Protected voxels stay whatever the
 * method says. Throws DefaceError when the method cannot be used on this head.
 */
export async function planFace(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  method: Method,
  protectedVoxels: readonly KeepOut[] = [],
): Promise<FacePlan> {
  const plan = await planQuickshear(backend, volume, anatomy, method);
  return { ...plan, keepOuts: [...plan.keepOuts, ...protectedVoxels] };
}
