import { analyseHead, type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { type OpenOptions, openScan, openStudy, readPicture } from '@efface/io';
import {
  type ControlHead, describeHead, describePhotograph, type FaceNetworks, faceThresholdReal, type PersonDescription, type Portrait,
  type PortraitGrid, type RenderFrame, secondSession,
} from '@efface/reidentify'; // prettier-ignore
import { EffaceError, type Grid, type Modality, sameGrid, type Volume } from '@efface/volume';
import { groupByFrameOfReference } from '../groups.ts';
import { renderSmoothingMm } from '../pictures.ts';
import { type Probe, probedSurfaces } from './probes.ts';
import type { SubjectSource } from './subjects.ts';

/** Why something could not be looked at. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Where the head of a scan is, and its skin. */
export interface KnownPose {
  readonly grid: Grid;
  readonly frame: RenderFrame;
  readonly thresholdReal: number;
}

/** A person, or why nothing could be acquired: a failure counts, it is never dropped. */
export type Acquired =
  | {
      readonly description: PersonDescription;
      readonly modality: Modality | 'photograph';
      /** Of a scan. */
      readonly portraits: readonly Portrait[];
      /** Of a scan: what controls can be made from. */
      readonly head?: ControlHead;
      /** What was seen where an attacker looked further. */
      readonly surfaces: readonly DescribedSurface[];
      /** What an attacker could not look at, and why. */
      readonly missed: readonly Failure[];
      /** The head was not found; it was looked at as the same person's known scan lies. */
      readonly isPosedAsKnown?: true;
    }
  | { readonly failure: Failure };

/** A person as one surface shows it. */
export interface DescribedSurface {
  /** Surfaces of one name are looked at as one. */
  readonly name: string;
  readonly description: PersonDescription;
  /** The one most straight ahead. */
  readonly portrait: Portrait;
}

/** How people are looked at. */
export interface AcquireOptions {
  readonly grid: PortraitGrid;
  /** Stands in for another scan of the same person when given: the seed of its turn and noise. */
  readonly secondSessionSeed?: number;
  /** What an attacker does to the scan before looking at it. */
  readonly alter?: (volume: Volume) => Promise<Volume>;
  /** Real value of the skin instead of the measured one. */
  readonly thresholdReal?: number;
  /** How files are read. */
  readonly open?: OpenOptions;
  /**
   * Of another scan on the same grid: an attacker who sees that no head is found turns it by hand. Without it a defacer
   * gains by what it takes from the finder of heads.
   */
  readonly pose?: KnownPose;
  /** Where else an attacker looks. */
  readonly probes?: readonly Probe[];
}

/** Codes of anatomy that say there is no head to render. */
const NO_HEAD = new Set(['NOT_A_HEAD']);

/** Looks at one scan or photograph. Errors that are the input's own become failures to acquire. */
export async function acquirePerson(
  backend: Backend,
  networks: FaceNetworks,
  source: SubjectSource,
  options: AcquireOptions,
): Promise<Acquired> {
  try {
    if (source.kind === 'photograph') {
      const described = await describePhotograph(networks, await readPicture(source.path));
      if (typeof described !== 'string')
        return { description: described, modality: 'photograph', portraits: [], surfaces: [], missed: [] };
      const what = described === 'NO_FACE_FOUND' ? 'no face was found' : 'several faces were found';
      return { failure: { code: described, message: `${source.path}: ${what}` } };
    }
    const original = await openVolume(source, options.open);
    const { secondSessionSeed } = options;
    const session =
      secondSessionSeed === undefined ? original : await secondSession(backend, original, secondSessionSeed);
    const volume = options.alter ? await options.alter(session) : session;
    return await acquireHead(backend, networks, volume, source.path, options);
  } catch (error) {
    if (!(error instanceof EffaceError)) throw error;
    return { failure: { code: error.code, message: error.message } };
  }
}

async function openVolume({ path, series, modality }: SubjectSource, options?: OpenOptions): Promise<Volume> {
  const open = {
    ...options,
    ...(modality === undefined ? {} : { modality }),
    ...(series === undefined ? {} : { series }),
  };
  if (series !== undefined) return (await openScan(path, open)).volume;
  const study = await openStudy(path, open);
  const groups = groupByFrameOfReference(study);
  // Where there is one image, it says itself what is wrong with it; of several, the one a plan is made on is looked at.
  const entry = groups.at(0)?.entries[0] ?? study.entries[0];
  return (await entry.open()).volume;
}

async function acquireHead(
  backend: Backend,
  networks: FaceNetworks,
  volume: Volume,
  path: string,
  options: AcquireOptions,
): Promise<Acquired> {
  const anatomy: HeadAnatomy = await analyseHead(backend, volume, { seed: 0 });
  const refusal = anatomy.findings.find(({ code }) => NO_HEAD.has(code));
  const smoothMm = renderSmoothingMm(volume);
  const { grid, pose } = options;
  if (refusal) {
    if (!pose || !sameGrid(pose.grid, volume.grid))
      return { failure: { code: refusal.code, message: `${path}: ${refusal.message}` } };
    const { frame, thresholdReal } = pose;
    const seen = await describeHead(backend, networks, { volume, frame, thresholdReal, smoothMm, grid });
    return { ...seen, modality: volume.modality, surfaces: [], missed: [], isPosedAsKnown: true };
  }
  const thresholdReal = options.thresholdReal ?? faceThresholdReal(volume, anatomy);
  const request = { volume, frame: anatomy.frame, thresholdReal, smoothMm, grid };
  const { description, portraits } = await describeHead(backend, networks, request);
  const surfaces: DescribedSurface[] = [];
  const missed: Failure[] = [];
  for (const probe of options.probes ?? [])
    for await (const probed of probedSurfaces(backend, probe, { ...request, path, anatomy }, options.open)) {
      if ('failure' in probed) {
        missed.push(probed.failure);
        continue;
      }
      const { name, ...surface } = probed;
      const seen = await describeHead(backend, networks, { ...surface, grid });
      surfaces.push({ name, description: seen.description, portrait: frontalPortrait(seen.portraits) });
    }
  const head = { ...request, brain: anatomy.brain };
  return { description, modality: volume.modality, portraits, head, surfaces, missed };
}

/** The portrait nearest to straight ahead, under a light from the middle. */
export function frontalPortrait(portraits: readonly Portrait[]): Portrait {
  const angle = ({ camera: { yawDegrees, pitchDegrees }, light }: Portrait): number =>
    Math.hypot(yawDegrees, pitchDegrees) + Math.hypot(light.yawDegrees, light.pitchDegrees - 30) / 100;
  return portraits.reduce((best, one) => (angle(one) < angle(best) ? one : best));
}
