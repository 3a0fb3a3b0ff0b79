import { analyseHead } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { DefaceError, fillOfPlan, maskOfPlan, type Method, planFace } from '@efface/deface';
import type { Volume } from '@efface/volume';
import { alteredVolume } from '../pictures.ts';

/**
 * A head with its face removed, in memory: what somebody has who knows the method and runs it on pictures of their own.
 * @throws DefaceError when no plan can be made for it
 */
export async function defacedCopy(backend: Backend, volume: Volume, method: Method): Promise<Volume> {
  const anatomy = await analyseHead(backend, volume, { seed: 0 });
  if (anatomy.brainSource === 'none')
    throw new DefaceError('NO_PLAN', 'no brain was found to keep the plane away from');
  const plan = await planFace(backend, volume, anatomy, method);
  const { mask } = await maskOfPlan(backend, plan, volume);
  const { fill } = await fillOfPlan(backend, plan, [volume], mask, anatomy.background.modeReal);
  return alteredVolume(volume, {
    mask,
    fill,
    methodText: plan.method,
    softwareVersion: '',
    verified: false,
  });
}
