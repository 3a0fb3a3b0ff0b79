import { type Companion, type Study, type StudyEntry } from '@efface/io';
import { type Modality } from '@efface/volume';

/** Images in one frame of reference: they share patient coordinates, so one plan serves all. */
export interface CaseGroup {
  /** Folder-safe name, without patient data: a file name's stem or `series-<number>`. */
  readonly name: string;
  /** The image the plan is made on comes first. */
  readonly entries: readonly StudyEntry[];
  /** Objects that are written with the images, and only with them. */
  readonly companions: readonly Companion[];
}

/** CT shows bone and skin on a known scale, PET shows neither: plan on the former. */
const MODALITY_ORDER: readonly Modality[] = ['CT', 'MR', 'PT', 'OT'];

/**
 * Groups the openable images of a study by frame of reference, in order of first appearance. Images without one
 * (NIfTI) each form a group of their own. A companion goes to the first group one of whose frames of reference it names; one that
 * names none, to the only group there is.
 */
export function groupByFrameOfReference(study: Study): CaseGroup[] {
  const groups = new Map<string, StudyEntry[]>();
  for (const entry of study.entries) {
    if (entry.refusal) continue;
    const key = entry.frameOfReferenceUid ?? `alone:${entry.id}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const keys = [...groups.keys()];
  const keyOf = ({ frameOfReferenceUids: frames }: Companion): string | undefined =>
    keys.find((key) => frames.includes(key)) ?? (frames.length === 0 && keys.length === 1 ? keys[0] : undefined);
  const used = new Set<string>();
  return [...groups].map(([key, entries]) => {
    const sorted = entries.toSorted(
      (a, b) =>
        MODALITY_ORDER.indexOf(a.modality) - MODALITY_ORDER.indexOf(b.modality) ||
        b.nFiles - a.nFiles ||
        (a.id < b.id ? -1 : 1),
    );
    const companions = study.companions.filter((companion) => keyOf(companion) === key);
    return { name: uniqueName(safeName(sorted[0]), used), entries: sorted, companions };
  });
}

/**
 * Name of an image for a file or folder: that of its file, or `series-<number>`. A series number that is no number is
 * left out: it may be anything, an original UID for example.
 */
export function safeName(entry: Pick<StudyEntry, 'kind' | 'label' | 'aliases'>): string {
  if (entry.kind === 'nifti')
    return entry.label
      .replace(/\.nii(\.gz)?$/i, '')
      .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^\.+/, '_');
  const number = entry.aliases.find((alias) => /^\d{1,9}$/.test(alias));
  return number === undefined ? 'series' : `series-${number}`;
}

/** `name`, or `name-2`, `name-3`, … when it is used already; then it is used. */
export function uniqueName(name: string, used: Set<string>): string {
  let unique = name;
  for (let n = 2; used.has(unique); n++) unique = `${name}-${n}`;
  used.add(unique);
  return unique;
}
