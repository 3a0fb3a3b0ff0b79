import { analyseHead } from '@efface/anatomy';
import type { Backend } from '@efface/compute';
import {
  findRtObjects,
  type OpenOptions,
  openStudy,
  readDose,
  readStructureSet,
  type StructureRegion,
} from '@efface/io';
import { rasterContours } from '@efface/kernels';
import { faceThresholdReal } from '@efface/reidentify';
import {
  allocateVoxels,
  EffaceError,
  type Grid,
  spacingMm,
  uniformRescale,
  type Volume,
  voxelCount,
} from '@efface/volume';
import { stat } from 'node:fs/promises';
import { groupByFrameOfReference } from '../groups.ts';
import { renderSmoothingMm } from '../pictures.ts';
import type { ProbedHead, ProbedSurface, ProbeFailure } from './probes.ts';

/** Names that planners give the outline of the body, where its type is not said. */
const BODY_NAME = /^(body|external|skin|outer ?contour|patient)/i;

/** Doses are cut off at the surface of the body: what is there is a few percent of the most. */
const DOSE_EDGE_SHARE = 0.02;

/**
 * What else in a head's study may show the face: other series, PET, contours of the body, the edge of the dose. Nothing
 * for a single file. What cannot be read is told, and the rest is looked at.
 */
export async function* leakedSurfaces(
  backend: Backend,
  head: ProbedHead,
  options?: OpenOptions,
): AsyncGenerator<ProbedSurface | ProbeFailure> {
  const { path } = head;
  if (!(await stat(path)).isDirectory()) return;
  const study = await openStudy(path, options);
  const groups = groupByFrameOfReference(study);
  const reference = groups[0].entries[0];
  for (const entry of groups.flatMap(({ entries }) => entries)) {
    if (entry === reference) continue;
    const name = entry.modality === 'PT' ? 'PET' : 'another series';
    yield* told(name, async () => {
      const { volume } = await entry.open();
      const shares =
        entry.frameOfReferenceUid !== undefined && entry.frameOfReferenceUid === reference.frameOfReferenceUid;
      const anatomy = shares ? head.anatomy : await analyseHead(backend, volume, { seed: 0 });
      const refusal = anatomy.findings.find(({ code }) => code === 'NOT_A_HEAD');
      if (refusal) throw new EffaceError(refusal.code, 'inputRefused', `${path}: ${entry.label}: ${refusal.message}`);
      const thresholdReal = faceThresholdReal(volume, anatomy);
      return [{ name, volume, thresholdReal, smoothMm: renderSmoothingMm(volume), frame: anatomy.frame }];
    });
  }
  const { frame } = head.anatomy;
  const { structureSets, doses } = await findRtObjects(path);
  for (const file of structureSets)
    yield* told('contours of the body', async () => {
      const regions = (await readStructureSet(file)).filter(
        (region) => isBody(region) && isIn(region, reference.frameOfReferenceUid),
      );
      const surfaces: ProbedSurface[] = [];
      for (const region of regions) {
        const volume = await bodyVolume(backend, file, region, head.volume.grid);
        // Contours are steps from slice to slice.
        const smoothMm = Math.max(...spacingMm(volume.grid)) / 2;
        surfaces.push({ name: 'contours of the body', volume, thresholdReal: 0.5, smoothMm, frame });
      }
      return surfaces;
    });
  for (const file of doses)
    yield* told('edge of the dose', async () => {
      const volume = await readDose(file);
      return [
        { name: 'edge of the dose', volume, thresholdReal: DOSE_EDGE_SHARE * largestReal(volume), smoothMm: 0, frame },
      ];
    });
}

async function* told(name: string, look: () => Promise<ProbedSurface[]>): AsyncGenerator<ProbedSurface | ProbeFailure> {
  try {
    yield* await look();
  } catch (error) {
    if (!(error instanceof EffaceError)) throw error;
    yield { name, failure: { code: error.code, message: error.message } };
  }
}

function isBody({ interpretedType, name }: StructureRegion): boolean {
  return interpretedType === 'EXTERNAL' || BODY_NAME.test(name);
}

/** Where one of the two does not say where it lies, they are taken to lie together. */
function isIn({ frameOfReferenceUid }: StructureRegion, uid: string | undefined): boolean {
  return frameOfReferenceUid === '' || uid === undefined || frameOfReferenceUid === uid;
}

/** 1 inside the contours, 0 outside. */
async function bodyVolume(backend: Backend, path: string, { contours }: StructureRegion, grid: Grid): Promise<Volume> {
  const { labels, reports } = rasterContours(backend, { grid, regions: [contours] });
  if (reports[0].drawn === 0) {
    backend.release(labels);
    throw new EffaceError('CONTOURS_NOT_ON_IMAGE', 'inputRefused', `${path}: none of ${contours.length} contours of the body lies on the image`); // prettier-ignore
  }
  const bits = new Uint32Array(await backend.read(labels), 0, voxelCount(grid));
  backend.release(labels);
  const voxels = allocateVoxels('u8', bits.length) as Uint8Array;
  voxels.set(bits);
  return {
    grid,
    type: 'u8',
    voxels,
    rescale: uniformRescale(grid.sizeIjk[2], 1, 0),
    modality: 'OT',
    unit: 'arbitrary',
  };
}

function largestReal({ voxels, rescale, grid }: Volume): number {
  const perSlice = grid.sizeIjk[0] * grid.sizeIjk[1];
  let largest = -Infinity;
  for (let n = 0; n < voxels.length; n++) {
    const k = Math.floor(n / perSlice);
    const real = Number(voxels[n]) * rescale.slopePerK[k] + rescale.interceptPerK[k];
    if (real > largest) largest = real;
  }
  return largest;
}
