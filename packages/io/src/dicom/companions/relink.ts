import { cleanDataSet } from '../clean.ts';
import type { DataSet } from '../data-set.ts';
import type { Notes } from '../notes.ts';
import { TAG } from '../tags.ts';
import type { UidMap } from '../uid-map.ts';

/** Classes that are managed, not stored: studies, patients, procedure steps (PS3.4). Their UIDs stay. */
const MANAGED_OBJECTS = '1.2.840.10008.3.1.2.';

/** A header whose references name what is written, and how many name what the study has not. */
export interface Relinked {
  readonly dataSet: DataSet;
  readonly danglingReferences: number;
}

/**
 * Gives an object and everything it refers to their new UIDs, wherever they are nested: its own instance and series, and
 * every stored object and series it names. Study and frame of reference keep theirs, as in the images. A reference to what is
 * not in the study gets its new UID too, which is right as soon as that is written with the same key, and is counted. What may
 * show the face or name an original is dropped as it is from images.
 * @param known SOP Instance UIDs of everything in the study
 */
export function relinkDataSet(
  dataSet: DataSet,
  { uids, known, notes }: { readonly uids: UidMap; readonly known: ReadonlySet<string>; readonly notes: Notes },
): Relinked {
  const named = new Set<string>();
  const dangling = new Set<string>();
  collect(dataSet, (uid, isReferenceToInstance) => {
    named.add(uid);
    if (isReferenceToInstance && !known.has(uid)) dangling.add(uid);
  });
  const newUids = new Map([...named].map((uid) => [uid, uids.map(uid)]));
  const out = cleanDataSet(dataSet, { newUids, goneUids: new Set(), keepSourceReferences: false, notes });
  return { dataSet: out, danglingReferences: dangling.size };
}

/** Every stored instance and series that a data set is or names. */
function collect(dataSet: DataSet, found: (uid: string, isReferenceToInstance: boolean) => void): void {
  const own = dataSet.text(TAG.sopInstanceUid);
  if (own !== undefined) found(own, false);
  const series = dataSet.text(TAG.seriesInstanceUid);
  if (series !== undefined) found(series, false);
  const referenced = dataSet.text(TAG.referencedSopInstanceUid);
  const isManaged = dataSet.text(TAG.referencedSopClassUid)?.startsWith(MANAGED_OBJECTS) ?? false;
  if (referenced !== undefined && !isManaged) found(referenced, true);
  for (const { items } of dataSet.sorted()) for (const item of items ?? []) collect(item, found);
}
