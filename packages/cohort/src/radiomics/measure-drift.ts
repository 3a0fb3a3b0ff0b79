import { type Backend, type DeviceVolume, releaseVolume, uploadVolume } from '@efface/compute';
import { readMaskNifti } from '@efface/io';
import { firstOrderOfStructures, type FirstOrderSettings, type StructureFeatures, volumeInRealUnits } from '@efface/kernels'; // prettier-ignore
import { canonicalName, type StructureAliases, type StructureDrift } from '@efface/radiomics';
import {
  EffaceError, type ExitReason, isUniformRescale, type Mask, sameGrid, type Volume, voxelVolumeMm3,
} from '@efface/volume'; // prettier-ignore
import { openImage, type OpenedImage, type StructureGroup, structureGroups } from '../structures/structure-groups.ts';

const REASONS = {
  /** Original and defaced have other voxels. */
  DRIFT_OTHER_GRID: 'inputRefused',
  /** Labels lie on another grid than the images. */
  DRIFT_LABELS_ELSEWHERE: 'inputRefused',
  /** A structure holds NaN or infinite values. */
  DRIFT_NOT_FINITE: 'inputRefused',
  /** A voxel differs where nothing may have been altered. */
  DRIFT_NOT_UNTOUCHED: 'verificationFailed',
} as const satisfies Record<string, ExitReason>;

/** Images that cannot be compared, or that fail the test of integrity. */
export class DriftError extends EffaceError {
  constructor(code: keyof typeof REASONS, message: string) {
    super(code, REASONS[code], message);
  }
}

/** One patient before and after. Paths are as `openImage` and `structureGroups` take them. */
export interface DriftCase {
  readonly patient: string;
  readonly original: string;
  readonly defaced: string;
  readonly structures: string;
  /** NIfTI mask of the voxels that were meant to be altered. Structures outside of it must be equal to the bit. */
  readonly altered?: string;
}

/** How drift is measured. */
export interface DriftSettings extends Pick<FirstOrderSettings, 'binWidth' | 'binCount' | 'voxelArrayShift'> {
  readonly aliases: StructureAliases;
  /** Structures that must be equal to the bit, by their names in the tables. */
  readonly expectUntouched: readonly string[];
  /** How both images are opened. */
  readonly open: Parameters<typeof openImage>[1];
}

/** What was measured of one patient. */
export interface PatientDrift {
  readonly drifts: readonly StructureDrift[];
  /** Structures without a voxel on the image. */
  readonly empty: readonly string[];
}

/** Grids of one image by two writers: what text and f32 leave. */
const GRID_TOLERANCE_MM = 1e-3;

/**
 * Features of all structures of a patient in both images, from one read of the two.
 * @throws DriftError; what `openImage`, `structureGroups` and `readMaskNifti` throw
 */
export async function measureDrift(backend: Backend, item: DriftCase, settings: DriftSettings): Promise<PatientDrift> {
  const original = await openImage(item.original, settings.open);
  const defaced = await openImage(item.defaced, settings.open);
  return driftOfImages(backend, item, original, defaced, settings);
}

/** The same of two images that are open; the paths of `item` are what messages name. */
export async function driftOfImages(
  backend: Backend,
  item: DriftCase,
  original: OpenedImage,
  defaced: OpenedImage,
  settings: Omit<DriftSettings, 'open'>,
): Promise<PatientDrift> {
  if (!sameGrid(original.grid, defaced.grid, GRID_TOLERANCE_MM))
    throw new DriftError(
      'DRIFT_OTHER_GRID',
      `${item.defaced}: its ${defaced.grid.sizeIjk.join('×')} voxels lie elsewhere than the ${original.grid.sizeIjk.join('×')} of ` +
        `${item.original}; values of other places cannot be compared`,
    );
  const altered = item.altered === undefined ? undefined : await readMaskNifti(item.altered, original.grid);
  const pair = onePair(original.volume, defaced.volume);
  const [before, after] = [uploadVolume(backend, 'original', pair.original), uploadVolume(backend, 'defaced', pair.defaced)]; // prettier-ignore
  const drifts: StructureDrift[] = [];
  const empty: string[] = [];
  try {
    for await (const group of structureGroups(backend, item.structures, original)) {
      const features = await featuresOfGroup(backend, { item, image: original, pair, before, after, group, settings });
      features.forEach(({ voxelCount, changedVoxelCount, maxChange, ...own }, n) => {
        const structure = canonicalName(group.structures[n].name, settings.aliases);
        if (!own.original || !own.defaced) {
          empty.push(structure);
          return;
        }
        const drift = { patient: item.patient, structure, voxelCount, changedVoxelCount, maxChange, original: own.original, defaced: own.defaced }; // prettier-ignore
        drifts.push(drift);
        const mustBeEqual = settings.expectUntouched.includes(structure) || (altered && !meets(group, n, altered));
        if (changedVoxelCount > 0 && mustBeEqual) throw notUntouched(item, group, n, original.volume, defaced.volume);
      });
    }
  } finally {
    releaseVolume(backend, before);
    if (after !== before) releaseVolume(backend, after);
  }
  return { drifts, empty };
}

interface Pair {
  readonly original: Volume;
  readonly defaced: Volume;
  readonly slope: number;
  readonly intercept: number;
}

const DEVICE_TYPES = new Set(['u8', 'i8', 'u16', 'i16']);

/** Both in one type and rescale: integers as they are stored where that is possible, else real values. */
function onePair(original: Volume, defaced: Volume): Pair {
  const [a, b] = [original.rescale, defaced.rescale];
  const isOneLine =
    isUniformRescale(a) &&
    isUniformRescale(b) &&
    a.slopePerK[0] === b.slopePerK[0] &&
    a.interceptPerK[0] === b.interceptPerK[0];
  if (isOneLine && original.type === defaced.type && DEVICE_TYPES.has(original.type))
    return { original, defaced, slope: a.slopePerK[0], intercept: a.interceptPerK[0] };
  return { original: volumeInRealUnits(original), defaced: volumeInRealUnits(defaced), slope: 1, intercept: 0 };
}

async function featuresOfGroup(
  backend: Backend,
  work: {
    readonly item: DriftCase;
    readonly image: OpenedImage;
    readonly pair: Pair;
    readonly before: DeviceVolume;
    readonly after: DeviceVolume;
    readonly group: StructureGroup;
    readonly settings: Omit<DriftSettings, 'open'>;
  },
): Promise<StructureFeatures[]> {
  const { item, image, pair, group, settings } = work;
  const { grid, bits, structures } = group;
  if (!sameGrid(grid, image.grid, GRID_TOLERANCE_MM))
    throw new DriftError(
      'DRIFT_LABELS_ELSEWHERE',
      `${structures[0].source}: its ${grid.sizeIjk.join('×')} voxels lie elsewhere than the image's ` +
        `${image.grid.sizeIjk.join('×')}; bring the labels to the image's grid by nearest neighbour first`,
    );
  const { binWidth, binCount, voxelArrayShift } = settings;
  const labels = backend.createBuffer('structures', bits.byteLength, bits);
  try {
    return await firstOrderOfStructures(backend, {
      original: work.before,
      defaced: work.after,
      labels,
      structureCount: structures.length,
      slope: pair.slope,
      intercept: pair.intercept,
      voxelVolumeMm3: voxelVolumeMm3(image.grid),
      ...(binWidth === undefined ? {} : { binWidth }),
      ...(binCount === undefined ? {} : { binCount }),
      ...(voxelArrayShift === undefined ? {} : { voxelArrayShift }),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DriftError('DRIFT_NOT_FINITE', `${item.original}, ${item.defaced}: ${error.message}`);
  } finally {
    backend.release(labels);
  }
}

/** Whether a structure has a voxel in a mask. */
function meets({ bits }: StructureGroup, n: number, { sizeIjk, words, wordsPerRow }: Mask): boolean {
  const [ni, nj, nk] = sizeIjk;
  for (let row = 0, v = 0; row < nj * nk; row++)
    for (let i = 0; i < ni; i++, v++)
      if ((bits[v] >>> n) & 1 && (words[row * wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1) return true;
  return false;
}

/** Names the first voxel that differs. */
function notUntouched(
  { original: path, defaced: defacedPath }: DriftCase,
  { bits, structures, grid }: StructureGroup,
  n: number,
  original: Volume,
  defaced: Volume,
): DriftError {
  const [ni, nj] = grid.sizeIjk;
  const real = ({ voxels, rescale }: Volume, v: number): number => {
    const k = Math.floor(v / (ni * nj));
    return Number(voxels[v]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
  };
  const v = bits.findIndex((word, at) => ((word >>> n) & 1) === 1 && real(original, at) !== real(defaced, at));
  const ijk = [v % ni, Math.floor(v / ni) % nj, Math.floor(v / (ni * nj))];
  return new DriftError(
    'DRIFT_NOT_UNTOUCHED',
    `${defacedPath}: structure ${structures[n].label} of ${structures[n].source} must be untouched, but its voxel ` +
      `(${ijk.join(', ')}) is ${real(defaced, v)} where ${path} has ${real(original, v)}`,
  );
}
