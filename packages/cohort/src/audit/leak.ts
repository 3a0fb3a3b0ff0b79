import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import type { Backend } from '@efface/compute';
import {
  drawsSurface, findRtObjects, openStudy, type OpenOptions, readDose, readStructureSet, type StructureRegion, type Study,
  type StudyEntry,
} from '@efface/io'; // prettier-ignore
import { faceThresholdReal } from '@efface/reidentify';
import { EffaceError, spacingMm, type Volume } from '@efface/volume';
import { basename } from 'node:path';
import { groupByFrameOfReference } from '../groups.ts';
import { renderSmoothingMm } from '../pictures.ts';
import { volumeOfContours } from './leak-contours.ts';
import { doseExtent } from './leak-dose.ts';

/** What else of a study may show the face that its image lost. */
export type LeakChannel = 'another series' | 'PET' | 'contours of the body' | 'edge of the dose';

/** Something that can be looked at as a head is. */
export interface LeakProbe {
  readonly channel: LeakChannel;
  /** Which one, for people: description of a series, file name, number of a region. */
  readonly label: string;
  readonly volume: Volume;
  /** Real value of the skin's surface in `volume`. */
  readonly thresholdReal: number;
  /** Gaussian before the surface is sought, mm. */
  readonly smoothMm: number;
  /** Where the head is in the coordinates of `volume`. */
  readonly frame: HeadAnatomy['frame'];
}

/** Something that could not be looked at: nobody knows what it shows. */
export interface LeakFailure {
  readonly channel: LeakChannel;
  readonly label: string;
  readonly failure: { readonly code: string; readonly message: string };
}

/** What is known of the head in the image that a study is judged by. */
export type LeakReference = Pick<HeadAnatomy, 'frame' | 'brain' | 'brainSource' | 'skinThresholdReal'>;

/**
 * 0 and 1 change in steps of a voxel: a Gaussian this wide, in spacings, takes them off. On ten planning doses of 4 to
 * 5 mm, faces told patients apart as well as without it; from 0.75 spacings on they were worse.
 */
const STEP_SMOOTHING_SPACINGS = 0.5;

/**
 * Looks at everything else in a study that may still show the face: all its other series, contours of the body in
 * structure sets, and the edge of doses, one after the other; a volume is read when it is its turn and not kept. The
 * series that a study is judged by, as `acquirePerson` chooses it, is left out. What shares its frame of reference, or
 * none that is known, is looked at from where its head is; the rest where a head is found in it.
 *
 * A refused or damaged object, and a series without a head, is a failure in its place. Only contours that do not come near
 * the head are passed over. Throws InputNotFoundError when `path` cannot
 * be read or holds no image.
 * @param path file or folder, whatever lies in it
 * @param reference of the series the study is judged by
 * @param open how the study was opened when that series was chosen
 */
export async function* leakProbes(
  backend: Backend,
  path: string,
  reference: LeakReference,
  open?: OpenOptions,
): AsyncGenerator<LeakProbe | LeakFailure> {
  const study = await openStudy(path, open);
  const judged = judgedEntry(study);
  const frames = new Map<string, HeadAnatomy['frame']>();
  for (const entry of study.entries) {
    if (entry === judged) continue;
    const uid = entry.frameOfReferenceUid;
    const shared = uid !== undefined && uid === judged.frameOfReferenceUid ? reference : undefined;
    const found = await probeOfSeries(backend, entry, shared);
    if (uid !== undefined && 'frame' in found && !frames.has(uid)) frames.set(uid, found.frame);
    yield found;
  }
  const frameOf = (uid: string | undefined): HeadAnatomy['frame'] =>
    (uid === undefined || uid === judged.frameOfReferenceUid ? undefined : frames.get(uid)) ?? reference.frame;
  const { structureSets, doses } = await findRtObjects(path);
  for (const file of structureSets) yield* probesOfStructureSet(backend, file, frameOf);
  for (const file of doses) yield await probeOfDose(file, frameOf);
}

/** The same choice as `acquirePerson` makes. */
function judgedEntry(study: Study): StudyEntry {
  return groupByFrameOfReference(study).at(0)?.entries[0] ?? study.entries[0];
}

async function probeOfSeries(
  backend: Backend,
  entry: StudyEntry,
  shared: LeakReference | undefined,
): Promise<LeakProbe | LeakFailure> {
  const { label, modality } = entry;
  const channel = modality === 'PT' ? 'PET' : 'another series';
  return attempt(channel, label, async () => {
    const { volume } = await entry.open();
    const probe = (head: LeakReference, frame: LeakReference['frame']): LeakProbe => ({
      channel,
      label,
      volume,
      thresholdReal: faceThresholdReal(volume, head),
      smoothMm: renderSmoothingMm(volume),
      frame,
    });
    // The threshold of a body is in the unit of the image it was measured in; shares of the brain serve all images.
    const isMeasured = volume.modality === 'PT' || (volume.unit !== 'HU' && shared?.brainSource === 'none');
    if (shared !== undefined && !isMeasured) return probe(shared, shared.frame);
    const own = await analyseHead(backend, volume, { seed: 0 });
    const refusal = own.findings.find(({ code }) => code === 'NOT_A_HEAD');
    if (shared !== undefined || refusal === undefined) return probe(own, (shared ?? own).frame);
    return { channel, label, failure: { code: refusal.code, message: `${label}: ${refusal.message}` } };
  });
}

async function* probesOfStructureSet(
  backend: Backend,
  file: string,
  frameOf: (uid: string | undefined) => HeadAnatomy['frame'],
): AsyncGenerator<LeakProbe | LeakFailure> {
  const channel = 'contours of the body';
  let regions: readonly StructureRegion[];
  try {
    regions = (await readStructureSet(file)).regions;
  } catch (error) {
    yield failureOf(channel, basename(file), error);
    return;
  }
  for (const { name, number, interpretedType, contours, frameOfReferenceUid } of regions) {
    if (!drawsSurface({ name, interpretedType })) continue;
    const frame = frameOf(frameOfReferenceUid);
    const volume = await volumeOfContours(backend, contours, frame.originLps);
    if (volume === undefined) continue;
    // Names are free text and may hold anything.
    yield { channel, label: `${basename(file)}, region ${number}`, ...ofSteps(volume), frame };
  }
}

async function probeOfDose(
  file: string,
  frameOf: (uid: string | undefined) => HeadAnatomy['frame'],
): Promise<LeakProbe | LeakFailure> {
  const channel = 'edge of the dose';
  const label = basename(file);
  return attempt(channel, label, async () => {
    const { volume, frameOfReferenceUid } = await readDose(file);
    return { channel, label, ...ofSteps(doseExtent(volume)), frame: frameOf(frameOfReferenceUid) };
  });
}

/** How the surface of a volume of 0 and 1 is looked at. */
function ofSteps(volume: Volume): Pick<LeakProbe, 'volume' | 'thresholdReal' | 'smoothMm'> {
  return { volume, thresholdReal: 0.5, smoothMm: STEP_SMOOTHING_SPACINGS * Math.max(...spacingMm(volume.grid)) };
}

async function attempt(
  channel: LeakChannel,
  label: string,
  look: () => Promise<LeakProbe | LeakFailure>,
): Promise<LeakProbe | LeakFailure> {
  try {
    return await look();
  } catch (error) {
    return failureOf(channel, label, error);
  }
}

/** Errors that are the input's own; others are thrown on. */
function failureOf(channel: LeakChannel, label: string, error: unknown): LeakFailure {
  if (!(error instanceof EffaceError)) throw error;
  return { channel, label, failure: { code: error.code, message: error.message } };
}
