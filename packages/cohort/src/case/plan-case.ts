import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { DefaceError, DRAWN_STRUCTURES, type FacePlan, type Finding, type KeepOut, keptWhereDrawn, type Method, planFace } from '@efface/deface'; // prettier-ignore
import { readMaskNifti, type Scan } from '@efface/io';
import { type PersonDescription } from '@efface/reidentify';
import { EffaceError, type Volume } from '@efface/volume';
import { type CaseGroup } from '../groups.ts';
import { describeOriginal } from '../recognition.ts';
import { StageClock } from '../stages.ts';
import { planVerifier } from '../verify-plan.ts';
import { type CaseOptions } from './case-options.ts';
import { type ExaminedCase } from './examined-case.ts';
import { drawnStructures, protectedStructures } from './protect.ts';

/** What a method means to do. */
export interface PlannedFace {
  /** Absent when none can be made; `findings` then has one of severity `fail`. */
  readonly plan?: FacePlan;
  readonly findings: readonly Finding[];
}

/** What is known once the head has been looked at. */
export interface PlannedCase extends PlannedFace {
  readonly scan: Scan;
  readonly anatomy: HeadAnatomy;
}

type PlanOptions = Pick<
  CaseOptions,
  'method' | 'template' | 'brainMaskPath' | 'protection' | 'seed' | 'onProgress' | 'recognition'
>;

/** Opens the first image of a group, finds the anatomy and what is protected. */
export async function examineCase(
  backend: Backend,
  group: CaseGroup,
  { brainMaskPath, protection, seed, recognition, onProgress = () => undefined }: PlanOptions,
  clock: StageClock,
): Promise<ExaminedCase> {
  onProgress('read', 0);
  const scan = await clock.time('read', () => group.entries[0].open());
  const brainMask = brainMaskPath && (await clock.time('read', () => readMaskNifti(brainMaskPath, scan.volume.grid)));
  const { grid } = scan.volume;
  const { frameOfReferenceUid } = scan;
  const reference = { grid, ...(frameOfReferenceUid === undefined ? {} : { frameOfReferenceUid }) };
  const protectedVoxels =
    protection && protection.names.length > 0
      ? await clock.time('protect', () => protectedStructures(backend, protection, reference, group))
      : [];
  let found: Promise<readonly KeepOut[]> | undefined;
  const drawn = (): Promise<readonly KeepOut[]> =>
    (found ??= drawnStructures(backend, { ...protection, names: DRAWN_STRUCTURES }, reference, group));
  onProgress('anatomy', 0.2);
  const anatomy = await clock.time('anatomy', () =>
    analyseHead(backend, scan.volume, { seed, ...(brainMask ? { brainMask } : {}) }),
  );
  if (!recognition) return { scan, anatomy, protectedVoxels, drawn };
  const described = new Map<number, Promise<PersonDescription>>();
  const describe = (image: number, volume: Volume): Promise<PersonDescription> => {
    const description = described.get(image) ?? describeOriginal(backend, recognition, volume, anatomy);
    described.set(image, description);
    return description;
  };
  return { scan, anatomy, protectedVoxels, drawn, describe };
}

/** Plans what a method does to the case. */
export async function planMethod(
  backend: Backend,
  examined: ExaminedCase,
  method: Method,
  { template, recognition, onProgress }: PlanOptions,
  clock: StageClock,
): Promise<PlannedFace> {
  const { scan, anatomy, describe } = examined;
  onProgress?.('plan', 0.45);
  if (anatomy.brainSource === 'none') return { findings: [] };
  const verify =
    recognition && describe && planVerifier(backend, recognition, scan, anatomy, () => describe(0, scan.volume));
  const own = await clock.time('protect', () => keptByMethod(examined, method));
  const protectedVoxels = [...examined.protectedVoxels, ...own.keepOuts];
  const context = { ...(template ? { template } : {}), protectedVoxels, ...(verify ? { verify } : {}) };
  try {
    const plan = await clock.time('plan', () => planFace(backend, scan.volume, anatomy, method, context));
    return { plan, findings: [...plan.findings, ...own.findings] };
  } catch (error) {
    if (!(error instanceof DefaceError)) throw error;
    return { findings: [{ code: error.code, severity: 'fail', message: error.message }] };
  }
}

/**
 * The structures that a method keeps by itself where they are drawn. Drawings that cannot be read keep nothing: nobody asked
 * for them, so the case goes on and the record says it.
 */
async function keptByMethod(
  { drawn }: ExaminedCase,
  method: Method,
): Promise<{ readonly keepOuts: readonly KeepOut[]; readonly findings: readonly Finding[] }> {
  const names: readonly string[] = keptWhereDrawn(method);
  if (names.length === 0) return { keepOuts: [], findings: [] };
  try {
    return { keepOuts: (await drawn()).filter(({ name = '' }) => names.includes(name)), findings: [] };
  } catch (error) {
    if (!(error instanceof EffaceError)) throw error;
    const message = `${names.join(', ')} could not be kept as drawn: ${error.message}`;
    return { keepOuts: [], findings: [{ code: 'DRAWN_NOT_READ', severity: 'note', message }] };
  }
}

/** Opens the first image of a group, finds the anatomy and plans the removal. Alters and writes nothing. */
export async function planCase(
  backend: Backend,
  group: CaseGroup,
  options: PlanOptions,
  clock = new StageClock(),
): Promise<PlannedCase> {
  const examined = await examineCase(backend, group, options, clock);
  const { scan, anatomy } = examined;
  const { plan, findings } = await planMethod(backend, examined, options.method, options, clock);
  return { scan, anatomy, ...(plan ? { plan } : {}), findings: [...anatomy.findings, ...findings] };
}
