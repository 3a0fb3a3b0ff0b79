import { type Backend, type DeviceVolume, releaseVolume, uploadVolume } from '@efface/compute';
import {
  createMask,
  EffaceError,
  type GridMask,
  type Mask,
  maskCount,
  voxelVolumeMm3,
  type Volume,
} from '@efface/volume';
import { type Background, measureBackground } from './background.ts';
import { bodyMask, sampledMask } from './body.ts';
import { brainMask, findHeadOutline, type HeadOutline } from './brain.ts';
import { type BrainSurface, findBrainSurface } from './brain-surface.ts';
import { type Face, findFace } from './face.ts';
import { type AnatomyFinding, anatomyFinding } from './findings.ts';
import { type HeadFrame, headFrame } from './frame.ts';
import { givenBrainSurface } from './given-brain.ts';
import { judgeBrain, judgeFace } from './judge.ts';
import { type Pose } from './pose.ts';
import { treatmentOf, type Treatment } from './treatment.ts';
import {
  boundsLps, type BoxLps, clipBox, readWorkingImage, type Sampled, workingGrid, type WorkingImage,
} from './working-image.ts'; // prettier-ignore

/** What the caller knows already. */
export interface AnalyseHeadOptions {
  /** The brain, on the volume's own grid; then none is looked for. */
  readonly brainMask?: Mask;
  /** Taken so that all stages of a case get the same options; nothing in this analysis is drawn at random. */
  readonly seed?: number;
  /** Voxels of the working grids, mm. Default 2; coarser when the image is metres large. */
  readonly workingSpacingMm?: number;
}

/** What is where in the head. All positions in LPS, mm. */
export interface HeadAnatomy {
  readonly frame: HeadFrame;
  /** Real value that parts body from air: where to look for the skin. */
  readonly skinThresholdReal: number;
  /** Everything under the skin, airways closed slice by slice, on a working grid over the whole image. */
  readonly body: GridMask;
  /**
   * Brain, ventricles, cerebellum and brain stem as one smooth piece, on a working grid around the head; or the mask
   * that was given, on the volume's grid. Empty when there is none (see `findings`).
   */
  readonly brain: GridMask;
  /** Volume of `brain.mask`, ml. */
  readonly brainVolumeMl: number;
  readonly brainSource: 'image' | 'given' | 'none';
  /** How clearly the brain's surface shows, 0..1 (see BrainSurface). */
  readonly brainContrast: number;
  readonly face: Face;
  readonly background: Background;
  readonly findings: readonly AnatomyFinding[];
  /** Wall time of each step, ms. */
  readonly timingsMs: Readonly<Record<'overview' | 'body' | 'brain' | 'face' | 'background', number>>;
}

/** Working voxels of the overview at most: 16 MiB of f32. */
const MOST_OVERVIEW_VOXELS = 4e6;
/** The head around the middle of the brain, mm: left-right, anterior-posterior, below, above. */
const HEAD_BOX_MM = { side: 110, front: 130, below: 115, above: 100 };

/**
 * Finds body, brain, head frame and face in a scan of a head of any contrast and orientation: CT, MR, PET. Works on
 * reduced copies; the scan itself is read through `backend` and never copied in floating point as a whole. The result
 * depends on the voxels alone: the same bytes on every run of one backend, and the same to a few voxels on another.
 *
 * It does not throw for what is in the image: an image that is no head has a finding of severity `fail`, and its masks
 * must not be used. Throws EffaceError BRAIN_MASK_SIZE when a given mask does not fit the volume.
 */
export async function analyseHead(
  backend: Backend,
  volume: Volume,
  options: AnalyseHeadOptions = {},
): Promise<HeadAnatomy> {
  const { brainMask: given } = options;
  if (given?.sizeIjk.some((n, d) => n !== volume.grid.sizeIjk[d]))
    throw new EffaceError(
      'BRAIN_MASK_SIZE',
      'usage',
      `the brain mask has ${given.sizeIjk.join('×')} voxels, the image ${volume.grid.sizeIjk.join('×')}; make it on the image's own grid`,
    );
  const device = uploadVolume(backend, 'anatomy/volume', volume);
  try {
    return await analyse(backend, volume, device, options);
  } finally {
    releaseVolume(backend, device);
    await backend.flush();
  }
}

interface Candidate {
  readonly thresholdReal: number;
  readonly mask: Mask;
  readonly body: Sampled;
}

async function analyse(
  backend: Backend,
  volume: Volume,
  device: DeviceVolume,
  options: AnalyseHeadOptions,
): Promise<HeadAnatomy> {
  const clock = stepClock();
  const spacingMm = options.workingSpacingMm ?? 2;
  const bounds = boundsLps(volume.grid);
  const overview = await readOverview(backend, volume, device, bounds, spacingMm);
  const treatment = treatmentOf(volume, overview);
  const findings: AnatomyFinding[] = [...treatment.findings];
  const overviewMs = clock();

  const { candidate, outline } = await findBody(backend, overview, treatment);
  const bodyMs = clock();

  let surface: BrainSurface | undefined;
  let brain: GridMask | undefined;
  let brainSource: HeadAnatomy['brainSource'] = 'none';
  if (options.brainMask) {
    surface = await givenBrainSurface(backend, volume.grid, options.brainMask, overview, candidate.body);
    brain = { grid: volume.grid, mask: options.brainMask };
    if (surface) brainSource = 'given';
    else findings.push(anatomyFinding('BRAIN_NOT_FOUND', 'fail', 'the given brain mask is empty'));
  } else if (outline) {
    const image = await readHead(backend, volume, device, overview, bounds, outline.starts, spacingMm);
    surface = findBrainSurface(
      { image: treatment.view(image), body: candidate.body, scale: treatment.scale },
      outline.starts,
    );
    const { isBrain, findings: objections } = judgeBrain(surface, outline.rmsMm, volume.modality);
    findings.push(...objections);
    brain = {
      grid: image.grid,
      mask: isBrain ? brainMask(image, surface, treatment.rimMm) : createMask(image.sizeIjk),
    };
    if (isBrain) brainSource = 'image';
  } else {
    findings.push(anatomyFinding('NOT_A_HEAD', 'fail', `no slice of it is large enough`));
  }
  brain ??= { grid: overview.grid, mask: createMask(overview.sizeIjk) };
  const brainMs = clock();

  const pose: Pose = surface?.pose ?? middlePose(bounds);
  const face: Face = surface
    ? findFace(overview, candidate.body, pose)
    : { present: false, coverage: 0, deficitMm: NaN };
  if (!findings.some((finding) => finding.code === 'NOT_A_HEAD')) findings.push(...judgeFace(face));
  const faceMs = clock();

  const background = await measureBackground(backend, volume, overview, candidate.mask);
  return {
    frame: headFrame(pose),
    skinThresholdReal: candidate.thresholdReal,
    body: { grid: overview.grid, mask: candidate.mask },
    brain,
    brainVolumeMl: (maskCount(brain.mask) * voxelVolumeMm3(brain.grid)) / 1000,
    brainSource,
    brainContrast: surface?.contrast ?? 0,
    face,
    background,
    findings,
    timingsMs: { overview: overviewMs, body: bodyMs, brain: brainMs, face: faceMs, background: clock() },
  };
}

async function readOverview(
  backend: Backend,
  volume: Volume,
  device: DeviceVolume,
  bounds: BoxLps,
  spacingMm: number,
): Promise<WorkingImage> {
  const extentMm3 = [0, 1, 2].reduce((product, d) => product * (bounds.high[d] - bounds.low[d] + spacingMm), 1);
  const spacing = Math.max(spacingMm, Math.cbrt(extentMm3 / MOST_OVERVIEW_VOXELS));
  return readWorkingImage(backend, volume, device, workingGrid(bounds, spacing));
}

/** The body mask whose vault is most like a head's, and what was found of the head; else the first body mask. */
async function findBody(
  backend: Backend,
  image: WorkingImage,
  treatment: Treatment,
): Promise<{ readonly candidate: Candidate; readonly outline: HeadOutline<Candidate> | undefined }> {
  let first: Candidate | undefined;
  async function* candidates(): AsyncGenerator<Candidate> {
    for (const threshold of treatment.thresholds) {
      const mask = await bodyMask(backend, image, threshold, treatment);
      const candidate = { thresholdReal: threshold, mask, body: sampledMask(image, mask) };
      first ??= candidate;
      yield candidate;
    }
  }
  const outline = await findHeadOutline(image, candidates());
  const empty = createMask(image.sizeIjk);
  const nothing = { thresholdReal: treatment.thresholds[0] ?? 0, mask: empty, body: sampledMask(image, empty) };
  return { candidate: outline?.candidate ?? first ?? nothing, outline };
}

/** The part of the image where the head can be, at the working spacing; the overview itself when it is as fine. */
async function readHead(
  backend: Backend,
  volume: Volume,
  device: DeviceVolume,
  overview: WorkingImage,
  bounds: BoxLps,
  starts: readonly Pose[],
  spacingMm: number,
): Promise<WorkingImage> {
  if (overview.spacingMm <= spacingMm) return overview;
  const { side, front, below, above } = HEAD_BOX_MM;
  const range = (d: 0 | 1 | 2): readonly [number, number] => {
    const places = starts.map((pose) => pose[d]);
    return [Math.min(...places), Math.max(...places)];
  };
  const [x, y, z] = [range(0), range(1), range(2)];
  const box: BoxLps = {
    low: [x[0] - side, y[0] - front, z[0] - below],
    high: [x[1] + side, y[1] + front, z[1] + above],
  };
  return readWorkingImage(backend, volume, device, workingGrid(clipBox(box, bounds, spacingMm), spacingMm));
}

/** Where there is no head: the middle of the image, upright. */
function middlePose({ low, high }: BoxLps): Pose {
  return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2, 0, 0, 0, 0, 0, 0];
}

/** Milliseconds since the last call. */
function stepClock(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return elapsed;
  };
}
