import { type HeadAnatomy, type HeadTemplate } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Volume } from '@efface/volume';
import { type BiometricMaskOptions, planBiometricMask } from './biometric-mask.ts';
import { type DepthMaskOptions, planDepthMask } from './depth-mask/depth-mask.ts';
import { DefaceError } from './errors.ts';
import { type MinimalOptions, planMinimal, type VerifyPlan } from './minimal/minimal.ts';
import { type FacePlan, type KeepOut } from './plan.ts';
import { planQuickshear, type QuickshearOptions } from './quickshear.ts';
import { planReface, type RefaceOptions } from './reface/reface.ts';

/** A method and how it works. */
export type Method =
  | ({ readonly method: 'quickshear' } & QuickshearOptions)
  | ({ readonly method: 'biometric-mask' } & BiometricMaskOptions)
  | ({ readonly method: 'depth-mask' } & DepthMaskOptions)
  | ({ readonly method: 'minimal' } & MinimalOptions)
  | ({ readonly method: 'reface' } & RefaceOptions);

export type MethodName = Method['method'];

/** What people must know to choose a method. */
export interface MethodFacts {
  /** One line: what becomes of the face. */
  readonly what: string;
  /** Where the idea is from. */
  readonly after: string;
  /** Is tissue altered, or only air? */
  readonly alters: string;
  /** What people pay for it: time, and what later readers of the image miss. */
  readonly costs: string;
  readonly needsTemplate: boolean;
}

/** In the order in which `auto` tries them: the least damaging first. */
export const METHODS: Readonly<Record<MethodName, MethodFacts>> = {
  'depth-mask': {
    what: 'covers the face with tissue in front of it, smooth and under a random relief',
    after: 'Carina',
    alters: 'air, and the half-filled voxels of the skin, but for eyes that are drawn',
    costs: 'little time; organs keep their values; what was air in front of the face is tissue that is nobody’s',
    needsTemplate: false,
  },
  minimal: {
    what: 'moves the skin out and in, by as little as hides the face, towards a face without features',
    after: 'MIDEFACE',
    alters: 'the skin to the width of the band that was found, and air in front of it',
    costs: 'a search with the recogniser: time of several attempts; skin is lost to the depth that was needed',
    needsTemplate: false,
  },
  reface: {
    what: 'puts an average face and ears in the place of the patient’s',
    after: 'mri_reface, Schwarz et al., NeuroImage 2021',
    alters: 'the face from the skin to the bone, the ears, air in front of them',
    costs: 'the most time: an affine and a deformable registration; face, orbits and jaw are no longer the patient’s',
    needsTemplate: true,
  },
  quickshear: {
    what: 'cuts off everything in front of a plane below the brain',
    after: 'Schimke & Hale, HealthSec 2011',
    alters: 'the face to the depth of the plane, with orbits and jaw',
    costs: 'the least time; orbits, jaw and whatever lies in front of the plane are gone',
    needsTemplate: false,
  },
  'biometric-mask': {
    what: 'cuts blocks out of the face, from the brow down, and both ears',
    after: 'ct_biometric_mask of ichseg',
    alters: 'the front of the face with orbits and jaw, the ears',
    costs: 'an affine registration; orbits, jaw and ears are gone',
    needsTemplate: true,
  },
};

/** Structures that some method keeps wherever somebody has drawn them. */
export const DRAWN_STRUCTURES = ['Brain', 'Brainstem', 'Eye_L', 'Eye_R'] as const;

/**
 * Which of `DRAWN_STRUCTURES` a method keeps to the voxel: the brain, which somebody has seen where a search may have missed a part
 * of it, and under a cover the eyes, whose front lies in the skin. A published rule keeps what was published.
 */
export function keptWhereDrawn(method: Method): readonly (typeof DRAWN_STRUCTURES)[number][] {
  if ('rule' in method && method.rule === 'published') return [];
  return method.method === 'depth-mask' ? DRAWN_STRUCTURES : ['Brain', 'Brainstem'];
}

/** What a plan is made with beside the head. */
export interface PlanContext {
  /** Needed by the methods that say so in `METHODS`. */
  readonly template?: HeadTemplate;
  /** Voxels that stay whatever the method says. */
  readonly protectedVoxels?: readonly KeepOut[];
  /** Asked by methods that search (`minimal`) about each plan they think of. */
  readonly verify?: VerifyPlan;
}

/**
 * Plans what a method alters in all images of a frame of reference, from one of them. Throws DefaceError when the method
 * cannot be used on this head.
 */
export async function planFace(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  method: Method,
  { template, protectedVoxels = [], verify }: PlanContext = {},
): Promise<FacePlan> {
  const protect = (plan: FacePlan): FacePlan => ({ ...plan, keepOuts: [...plan.keepOuts, ...protectedVoxels] });
  // What is tried is what would be written.
  const tryPlan: VerifyPlan | undefined = verify && ((plan) => verify(protect(plan)));
  return protect(await planOf(backend, volume, anatomy, method, template, tryPlan));
}

function planOf(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  method: Method,
  template: HeadTemplate | undefined,
  verify: VerifyPlan | undefined,
): Promise<FacePlan> {
  switch (method.method) {
    case 'quickshear':
      return planQuickshear(backend, volume, anatomy, method);
    case 'biometric-mask':
      return planBiometricMask(backend, volume, anatomy, method, given(template));
    case 'depth-mask':
      return planDepthMask(backend, volume, anatomy, method);
    case 'minimal':
      return planMinimal(backend, volume, anatomy, method, verify);
    case 'reface':
      return planReface(backend, volume, anatomy, method, given(template));
  }
}

function given(template: HeadTemplate | undefined): HeadTemplate {
  if (template === undefined) throw new DefaceError('NO_TEMPLATE', 'the method needs a head template');
  return template;
}
