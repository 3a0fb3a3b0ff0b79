import { EffaceError } from '@efface/volume';
import { listSubjects, type SubjectSource } from './subjects.ts';

/** The two sets cannot be compared. */
export class AuditError extends EffaceError {
  constructor(code: 'AUDIT_NOBODY_KNOWN' | 'AUDIT_NO_COMMON_SUBJECT', message: string) {
    super(code, 'inputRefused', message);
  }
}

/** Folders, manifests, or what somebody else has listed. */
export interface AuditPaths {
  /** The originals. */
  readonly known: string | readonly SubjectSource[];
  /** What was altered; without it only the controls are measured. */
  readonly unknown?: string | readonly SubjectSource[];
}

/** Who an audit will look at; of each known subject the first session is the gallery. */
export interface AuditSets {
  readonly knownSources: readonly SubjectSource[];
  readonly unknownSources: readonly SubjectSource[];
  readonly gallery: readonly SubjectSource[];
}

/**
 * Lists the sets of an audit without opening a scan.
 * @throws AuditError when no subject is in both; InputNotFoundError and ManifestError for sets that cannot be listed
 */
export async function listSets(request: AuditPaths): Promise<AuditSets> {
  const list = async (set: AuditPaths['unknown']): Promise<readonly SubjectSource[]> =>
    typeof set === 'string' ? listSubjects(set) : (set ?? []);
  const [knownSources, unknownSources] = [await list(request.known), await list(request.unknown)];
  const gallery = firstOfEach(knownSources);
  const knownNames = new Set(gallery.map(({ subject }) => subject));
  if (request.unknown !== undefined && !unknownSources.some(({ subject }) => knownNames.has(subject)))
    throw new AuditError(
      'AUDIT_NO_COMMON_SUBJECT',
      `no subject of ${setName(request.unknown, 'the altered')} (${names(unknownSources)}) is in ` +
        `${setName(request.known, 'the originals')} (${names(gallery)}); name the ` +
        'files of one person alike in both, or give manifests',
    );
  return { knownSources, unknownSources, gallery };
}

/** What messages call a set. */
function setName(set: NonNullable<AuditPaths['unknown']>, otherwise: string): string {
  return typeof set === 'string' ? set : otherwise;
}

function firstOfEach(sources: readonly SubjectSource[]): SubjectSource[] {
  return [...new Map([...sources].reverse().map((source) => [source.subject, source])).values()].reverse();
}

const LISTED = 3;

function names(sources: readonly SubjectSource[]): string {
  const all = [...new Set(sources.map(({ subject }) => subject))];
  return all.length <= LISTED ? all.join(', ') : `${all.slice(0, LISTED).join(', ')} and ${all.length - LISTED} more`;
}

/** Why nobody of a set could be looked at. */
export function nobodyText(
  set: AuditPaths['known'],
  known: readonly { readonly failure?: { readonly code: string; readonly message: string } }[],
): string {
  const reasons = known.slice(0, LISTED).map(({ failure }) => `\n  ${failure?.message ?? ''} [${failure?.code ?? ''}]`);
  const more = known.length > LISTED ? `\n  and ${known.length - LISTED} more` : '';
  return `${setName(set, 'the originals')}: nobody there could be looked at${reasons.join('')}${more}`;
}
