import { type Backend, type DeviceBuffer } from '@efface/compute';
import {
  localCorrelation, maskCount as maskBits, maskLogic, mutualInformation, resampleMask, sampleField,
} from '@efface/kernels'; // prettier-ignore
import { determinant, IDENTITY, maskCount, voxelVolumeMm3 } from '@efface/volume';
import { CORRELATION_RADIUS } from './metrics.ts';
import { type PreparedImage, uploadMask } from './prepare.ts';
import { type RegistrationQuality } from './types.ts';
import { type DeviceWarp, inFixedSpace, warpBits } from './warp.ts';

/** Bodies that cover each other less are not on each other. */
const LEAST_DICE = 0.8;
/** What two heads correlate by at least when they lie on each other. */
const LEAST_CORRELATION = 0.2;

/** Whether a registration failed. */
export function isLost({ bodyDice, localCorrelation: correlation }: RegistrationQuality): boolean {
  return !(bodyDice >= LEAST_DICE && correlation >= LEAST_CORRELATION);
}

/** Measures how well two images lie on each other, at 4 mm, whatever the metric was. */
export async function measureQuality(
  backend: Backend,
  fixed: PreparedImage,
  moving: PreparedImage,
  warp: DeviceWarp,
): Promise<RegistrationQuality> {
  const { grid, values, mask } = fixed.judged;
  const { sizeIjk } = grid;
  const owned: DeviceBuffer[] = [];
  const keep = (buffer: DeviceBuffer): DeviceBuffer => {
    owned.push(buffer);
    return buffer;
  };
  const and = (a: DeviceBuffer, b: DeviceBuffer): DeviceBuffer =>
    keep(maskLogic(backend, { a, b, sizeIjk, operation: 'and' }));
  const fixedBits = keep(uploadMask(backend, 'registration/fixed-body', fixed.body.mask));
  const fixedBody = keep(resampleMask(backend, { mask: fixedBits, maskGrid: fixed.body.grid, targetGrid: grid }));
  const movedBody = keep(warpBits(backend, moving.body, warp, grid));
  const movingGrid = inFixedSpace(moving.judged.grid, warp.movingOfFixed);
  const movedView = keep(resampleMask(backend, { mask: moving.judged.mask, maskGrid: movingGrid, targetGrid: grid }));
  const view = and(mask, movedView);
  const fixedSeen = and(fixedBody, view);
  const movedSeen = and(movedBody, view);
  const nFixed = await maskBits(backend, fixedSeen);
  const nMoved = await maskBits(backend, movedSeen);
  const nBoth = await maskBits(backend, and(fixedSeen, movedSeen));
  const nFixedBody = await maskBits(backend, fixedBody);
  const movingMm3 = (maskCount(moving.body.mask) * voxelVolumeMm3(moving.body.grid)) / Math.abs(determinant(warp.movingOfFixed)); // prettier-ignore
  const nSmaller = Math.min(nFixedBody, movingMm3 / voxelVolumeMm3(grid));
  const { field } = warp;
  const request = {
    fixed: values,
    fixedGrid: grid,
    moving: moving.judged.values,
    movingGrid,
    affineFixedLpsToMovingLps: IDENTITY,
    ...(field && { displacementMm: keep(sampleField(backend, { source: field.displacementMm, sourceGrid: field.grid, targetGrid: grid })) }), // prettier-ignore
    fixedMask: fixedSeen,
    movingMask: moving.judged.mask,
    fixedRange: fixed.range,
    movingRange: moving.range,
    hasGradient: false,
  };
  const information = await mutualInformation(backend, request);
  const correlation = await localCorrelation(backend, { ...request, radiusVoxels: CORRELATION_RADIUS });
  for (const buffer of owned) backend.release(buffer);
  return {
    localCorrelation: correlation.value,
    mutualInformation: information.value,
    bodyDice: nFixed + nMoved === 0 ? 0 : (2 * nBoth) / (nFixed + nMoved),
    overlap: nSmaller === 0 ? 0 : Math.min(1, Math.max(nFixed, nMoved) / nSmaller),
  };
}
