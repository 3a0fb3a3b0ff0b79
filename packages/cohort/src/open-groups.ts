import { type OpenOptions, openStudy, type ScanWarning } from '@efface/io';
import { EffaceError } from '@efface/volume';
import { type CaseGroup, groupByFrameOfReference } from './groups.ts';

/** Images of the input, grouped, and what was left out. */
export interface OpenedStudy {
  readonly groups: readonly CaseGroup[];
  /** Files that are no image, and images that are refused with their reason. */
  readonly leftOut: readonly ScanWarning[];
}

/** The input cannot be processed, with the reason of each image that is there. */
class NothingToDoError extends EffaceError {
  constructor(input: string, reasons: readonly ScanWarning[]) {
    const list = reasons.map(({ code, message }) => `\n  ${message} [${code}]`).join('');
    super(reasons[0]?.code ?? 'NO_IMAGE', 'inputRefused', `${input}: no image here can be processed${list}`);
  }
}

/** Opens the input and groups its images by frame of reference. Throws EffaceError when none can be processed. */
export async function openGroups(input: string, options: OpenOptions): Promise<OpenedStudy> {
  const study = await openStudy(input, options);
  const refused = study.entries.flatMap(({ label, refusal }) =>
    refusal ? [{ code: refusal.code, message: `${label}: ${refusal.message}` }] : [],
  );
  const groups = groupByFrameOfReference(study);
  // The one image there is says itself what is wrong with it, with its own exit code.
  if (groups.length === 0 && study.entries.length === 1) await study.entries[0].open();
  if (groups.length === 0) throw new NothingToDoError(input, [...refused, ...study.skipped]);
  const taken = new Set(groups.flatMap(({ companions }) => companions));
  const alone = study.companions
    .filter((companion) => !taken.has(companion))
    .map(({ kind, path }) => ({
      code: 'OBJECT_WITHOUT_IMAGE',
      message: `${path}: the ${kind} is in the frame of reference of no image here`,
    }));
  return { groups, leftOut: [...refused, ...alone, ...study.skipped] };
}
