import { type HeadAnatomy, type HeadTemplate } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type Volume } from '@efface/volume';
import { brainKeepOut } from '../keep-out.ts';
import { type FacePlan, type Finding } from '../plan.ts';
import { disguise, seedOfImage } from './disguise.ts';
import { layTemplate } from './lay-template.ts';
import { paintTemplate } from './paint-template.ts';
import { replacedRegion } from './replaced-region.ts';

/** How to put an average face in the place of the patient's. */
export interface RefaceOptions {
  /** Over this depth inside the region the patient's tissue goes over into the template's, mm; 0 for none. */
  readonly featherMm: number;
  /** Give the new tissue the noise of the image. */
  readonly matchNoise: boolean;
  /** Nothing nearer than this to the brain is altered. */
  readonly keepOutMm: number;
  /** Replace the auricles too. */
  readonly ears: boolean;
  /** Of the noise of air and tissue. */
  readonly seed: number;
}

export const REFACE_DEFAULTS = { featherMm: 4, matchNoise: true, keepOutMm: 5, ears: true, seed: 0 } as const;

/**
 * Plans an average face in the place of the patient's, in the way of mri_reface (Schwarz et al., Changing the face of
 * neuroimaging research, NeuroImage 2021): a template head deformed to the head around the face, its proportions changed at
 * random, its intensities mapped to those of each image. PET and other images get the shape of the template's MR head with
 * their own intensities. Throws DefaceError TEMPLATE_LOST when the template does not fit.
 */
export async function planReface(
  backend: Backend,
  volume: Volume,
  anatomy: HeadAnatomy,
  options: RefaceOptions,
  template: HeadTemplate,
): Promise<FacePlan> {
  const { featherMm, matchNoise, keepOutMm, ears, seed } = options;
  const laid = await layTemplate(backend, volume, anatomy, template);
  const { region, keptMm, nWrapVoxels } = await replacedRegion(backend, volume, anatomy, template, laid.warp, ears);
  const { grid } = anatomy.body;
  const hidden = await disguise(backend, laid.warp, { grid, keptMm, seed: seedOfImage(volume, seed) });
  const deformable: Finding[] = laid.whyAffine
    ? [{ code: 'REFACE_AFFINE', severity: 'note', message: `the template is laid by an affine map: ${laid.whyAffine}` }]
    : [];
  return {
    method: 'reface',
    rule: 'average',
    region: { kind: 'voxels', voxels: region },
    fill: {
      kind: 'painted',
      paint: (device, image, mask) =>
        paintTemplate(device, image, mask, {
          template,
          warp: hidden.warp,
          body: anatomy.body,
          brain: anatomy.brain,
          featherMm,
          matchNoise,
          seed,
        }),
    },
    keepOuts: keepOutMm > 0 ? [await brainKeepOut(backend, anatomy, keepOutMm)] : [],
    parameters: { featherMm, matchNoise, keepOutMm, ears, seed, template: template.name },
    measured: {
      ...laid.measured,
      disguiseMm: hidden.amplitudeMm,
      disguiseMinJacobian: hidden.minJacobian,
      wrapVoxels: nWrapVoxels,
    },
    findings: deformable,
  };
}
