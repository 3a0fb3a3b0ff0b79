import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { fillOfPlan, maskOfPlan, type VerifyPlan } from '@efface/deface';
import { type Scan } from '@efface/io';
import { type PersonDescription } from '@efface/reidentify';
import { checkRecognition, NOT_SEEN_BEFORE, type Recognition } from './recognition.ts';

/**
 * Tries plans on the reference image of a case, as the case itself will be judged, and harder: a stranger is nobody who is
 * recognised, nor nearly, and whose portraits and shape lie no nearer to the original's than those of half of all strangers.
 * Who searches for the least that passes a threshold ends at the threshold, where everybody is still nearest to himself.
 * @param describe what the head shows before
 */
export function planVerifier(
  backend: Backend,
  recognition: Recognition,
  scan: Pick<Scan, 'volume' | 'label'>,
  anatomy: HeadAnatomy,
  describe: () => Promise<PersonDescription>,
): VerifyPlan {
  return async (plan) => {
    const { volume } = scan;
    const { mask } = await maskOfPlan(backend, plan, volume);
    const { fill } = await fillOfPlan(backend, plan, [volume], mask, anatomy.background.modeReal);
    const alteration = { mask, fill, methodText: plan.method, softwareVersion: '', verified: false };
    const { findings, measured } = await checkRecognition(
      backend,
      recognition,
      scan,
      alteration,
      anatomy,
      await describe(),
    );
    const { distance = 0, shapeDistanceMm = 0 } = recognition.strangers;
    // What the head lacked before, no plan mends: it asks for eyes whatever is found here.
    if (findings.some(({ severity, code }) => severity !== 'note' && code !== NOT_SEEN_BEFORE)) return 'recognised';
    const isFar = measured.descriptorDistance >= distance && (measured.shapeDistanceMm ?? Infinity) >= shapeDistanceMm;
    return isFar ? 'stranger' : 'near';
  };
}
