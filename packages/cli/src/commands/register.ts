import {
  type AffineRegistration, type DeformableRegistration, registerAffine, registerDeformable, type RegistrationImage, type RegistrationMetric,
  type RegistrationQuality, warpLabels, warpVolume,
} from '@efface/anatomy'; // prettier-ignore
import { openImage } from '@efface/cohort';
import { type Backend } from '@efface/compute';
import { itkAffineText, type OpenOptions, OutputFolder, writeNifti, writeOutput } from '@efface/io';
import {
  allocateVoxels, EffaceError, type Grid, maskFromNonzero, uniformRescale, type Volume, voxelCount,
} from '@efface/volume'; // prettier-ignore
import { type ComputeOptions, type FileOptions, type OutputOptions } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';

/** File that marks a folder as one of a registration, which `--overwrite` may replace. */
const RECORD_NAME = 'registration.json';
/** The air of a CT; other images have none with a value of its own. */
const AIR_HU = -1000;

/** Options of `efface register`. */
export interface RegisterOptions extends Omit<FileOptions, 'modality'>, ComputeOptions, OutputOptions {
  readonly output: string;
  readonly dof: 6 | 7 | 9 | 12;
  readonly metric: RegistrationMetric;
  readonly deformable?: true | DeformableRegistration['metric'];
  readonly fixedMask?: string;
  readonly movingMask?: string;
  readonly fixedModality?: OpenOptions['modality'];
  readonly movingModality?: OpenOptions['modality'];
  readonly labels?: string;
  readonly allowLost?: boolean;
  readonly overwrite?: boolean;
}

/** Registers a moving image to a fixed one, and writes it on the fixed one's grid with the map that brought it there. */
export async function register(fixedPath: string, movingPath: string, options: RegisterOptions): Promise<void> {
  const open: OpenOptions = {
    ...(options.allowUnknownOrientation === undefined ? {} : { allowUnknownOrientation: options.allowUnknownOrientation }), // prettier-ignore
    ...(options.allowResample === undefined ? {} : { allowResample: options.allowResample }),
  };
  const fixed = await openInput(fixedPath, options.fixedMask, open, options.fixedModality);
  const moving = await openInput(movingPath, options.movingMask, open, options.movingModality);
  const labels = options.labels === undefined ? undefined : await openLabels(options.labels, open);
  const json = options.json === true;
  exitOnSignals(json);
  const inputs = [fixedPath, movingPath, options.fixedMask, options.movingMask, options.labels].filter((path) => path !== undefined); // prettier-ignore
  await using output = await OutputFolder.create(options.output, { overwrite: options.overwrite === true, inputs, marker: RECORD_NAME }); // prettier-ignore
  const progress = openProgress({ quiet: options.quiet === true, json });
  const record = await withCliBackend(options, async (backend) => {
    try {
      progress.step({ stage: 'affine', done: 0, total: 3 });
      const affine = await registerAffine(backend, fixed, moving, { degreesOfFreedom: options.dof, metric: options.metric }); // prettier-ignore
      refuseLost(movingPath, fixedPath, affine, options);
      progress.step({ stage: 'deformable', done: 1, total: 3 });
      const metric = deformableMetric(options.deformable, fixed.volume, moving.volume);
      const deformable = metric && (await registerDeformable(backend, fixed, moving, { initial: affine.movingOfFixed, metric })); // prettier-ignore
      if (deformable) refuseLost(movingPath, fixedPath, deformable, options);
      progress.step({ stage: 'write', done: 2, total: 3 });
      const found = deformable ?? affine;
      const { grid } = fixed.volume;
      await writeMoved(backend, output, moving.volume, found, grid);
      if (labels) await writeNifti(await output.path('labels.nii.gz'), await warpLabels(backend, labels, found, grid));
      await writeOutput(await output.path('affine.tfm'), itkAffineText(affine.movingOfFixed));
      if (deformable) await writeNifti(await output.path('displacement.nii.gz'), framesOf(deformable));
      return recordOf(affine, deformable);
    } finally {
      progress.end();
    }
  });
  const text = `${JSON.stringify(record, null, 2)}\n`;
  await writeOutput(await output.path(RECORD_NAME), text);
  await output.commit();
  process.stdout.write(
    json ? text : `${options.output}: ${sentenceOf((record.deformable ?? record.affine).quality)}\n`,
  );
}

async function openInput(
  path: string,
  maskPath: string | undefined,
  options: OpenOptions,
  modality: OpenOptions['modality'],
): Promise<RegistrationImage> {
  const { volume } = await openImage(path, modality === undefined ? options : { ...options, modality });
  if (maskPath === undefined) return { volume };
  const { volume: marked } = await openImage(maskPath, options);
  return { volume, mask: { grid: marked.grid, mask: maskFromNonzero(marked.grid.sizeIjk, marked.voxels) } };
}

/** Labels as whole numbers from 0 to 65 535. */
async function openLabels(path: string, options: OpenOptions): Promise<Volume> {
  const { volume } = await openImage(path, options);
  const { slopePerK, interceptPerK } = volume.rescale;
  const voxels = allocateVoxels('u16', volume.voxels.length);
  const slice = volume.grid.sizeIjk[0] * volume.grid.sizeIjk[1];
  for (let n = 0; n < voxels.length; n++) {
    const k = Math.floor(n / slice);
    const label = Number(volume.voxels[n]) * slopePerK[k] + interceptPerK[k];
    if (!Number.isInteger(label) || label < 0 || label > 0xffff)
      throw new EffaceError('LABELS_NOT_WHOLE', 'inputRefused', `${path}: --labels takes whole numbers from 0 to 65535, there is ${label}`); // prettier-ignore
    voxels[n] = label;
  }
  return { ...volume, type: 'u16', voxels, rescale: uniformRescale(volume.grid.sizeIjk[2], 1, 0) };
}

/** The metric of the deformation: what was asked for, else windows between scans of one kind, and information between kinds. */
function deformableMetric(
  asked: RegisterOptions['deformable'],
  fixed: Volume,
  moving: Volume,
): DeformableRegistration['metric'] | undefined {
  if (asked !== true) return asked;
  return fixed.modality === moving.modality ? 'local-correlation' : 'mutual-information';
}

function refuseLost(
  moving: string,
  fixed: string,
  { isLost, quality }: AffineRegistration | DeformableRegistration,
  { allowLost }: RegisterOptions,
): void {
  if (!isLost || allowLost === true) return;
  throw new EffaceError(
    'REGISTRATION_LOST',
    'verificationFailed',
    `${moving} does not lie on ${fixed}: ${sentenceOf(quality)}; try masks (--fixed-mask, --moving-mask) or --metric ` +
      'surface-distance, or look at it with --allow-lost',
  );
}

function sentenceOf({ bodyDice, informationPeak, localCorrelation, overlap }: RegistrationQuality): string {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return (
    `bodies overlap by ${bodyDice.toFixed(3)} (Dice), their information is ${informationPeak.toFixed(2)} times what it is beside, ` +
    `local correlation ${localCorrelation.toFixed(3)}, ${percent(overlap)} in view`
  );
}

async function writeMoved(
  backend: Backend,
  output: OutputFolder,
  moving: Volume,
  found: AffineRegistration | DeformableRegistration,
  grid: Grid,
): Promise<void> {
  const outsideValue = moving.unit === 'HU' ? AIR_HU : 0;
  await writeNifti(await output.path('moved.nii.gz'), await warpVolume(backend, moving, found, grid, { outsideValue }));
}

/** The displacements along L, P, S as three frames. */
function framesOf({ field: { grid, displacementMm } }: DeformableRegistration): Volume[] {
  const count = voxelCount(grid);
  return [0, 1, 2].map((axis) => {
    const voxels = allocateVoxels('f32', count) as Float32Array;
    for (let n = 0; n < count; n++) voxels[n] = displacementMm[3 * n + axis];
    return { grid, type: 'f32', voxels, rescale: uniformRescale(grid.sizeIjk[2], 1, 0), modality: 'OT', unit: 'mm' };
  });
}

interface RegistrationRecord {
  readonly affine: Omit<AffineRegistration, 'timingsMs'>;
  readonly deformable?: Omit<DeformableRegistration, 'field' | 'velocityMm' | 'timingsMs' | 'movingOfFixed'>;
  readonly files: Readonly<Record<string, string>>;
}

function recordOf(affine: AffineRegistration, deformable: DeformableRegistration | undefined): RegistrationRecord {
  const { movingOfFixed, metric, metricValue, quality, isLost } = affine;
  const files = {
    'moved.nii.gz': 'the moving image on the grid of the fixed one, real values',
    'affine.tfm': 'the affine map for ITK: LPS mm of the fixed image to LPS mm of the moving one',
  };
  const record = { affine: { movingOfFixed, metric, metricValue, quality, isLost }, files };
  if (deformable === undefined) return record;
  const { minJacobian, maxJacobian, foldedVoxels } = deformable;
  const judged = { metric: deformable.metric, metricValue: deformable.metricValue, quality: deformable.quality, isLost: deformable.isLost }; // prettier-ignore
  return {
    ...record,
    deformable: { ...judged, minJacobian, maxJacobian, foldedVoxels },
    files: { ...files, 'displacement.nii.gz': 'u along L, P, S in mm: the fixed point x lies at affine(x + u(x))' },
  };
}
