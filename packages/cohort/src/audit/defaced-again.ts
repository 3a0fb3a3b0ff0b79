import { analyseHead } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import {
  DefaceError,
  fillReal,
  fillStoredPerK,
  maskOfPlan,
  planQuickshear,
  type QuickshearOptions,
} from '@efface/deface';
import type { Volume } from '@efface/volume';
import { alteredVolume } from '../pictures.ts';

/**
 * A head with its face removed, in memory: what somebody has who knows the method and runs it on pictures of their own.
 * @throws DefaceError when no plan can be made for it
 */
export async function defacedCopy(backend: Backend, volume: Volume, quickshear: QuickshearOptions): Promise<Volume> {
  const anatomy = await analyseHead(backend, volume, { seed: 0 });
  if (anatomy.brainSource === 'none')
    throw new DefaceError('NO_PLAN', 'no brain was found to keep the plane away from');
  const plan = await planQuickshear(backend, volume, anatomy, quickshear);
  const { mask } = await maskOfPlan(backend, plan, volume);
  const real = fillReal(volume.modality, volume.unit, anatomy.background.modeReal);
  return alteredVolume(volume, {
    mask,
    fill: { kind: 'constant', storedPerK: [fillStoredPerK(volume, real).storedPerK] },
    methodText: plan.method,
    softwareVersion: '',
    verified: false,
  });
}
