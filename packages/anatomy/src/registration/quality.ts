import { type Backend, type DeviceBuffer } from '@efface/compute';
import { localCorrelation, maskLogic, middleLps, mutualInformation, resampleMask } from '@efface/kernels';
import { type Affine, type Grid, IDENTITY, determinant, maskCount, voxelVolumeMm3 } from '@efface/volume';
import { CORRELATION_RADIUS } from './metrics.ts';
import { type PreparedImage, uploadMask } from './prepare.ts';
import { type RegistrationQuality } from './types.ts';

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
  movingOfFixed: Affine,
): Promise<RegistrationQuality> {
  const { grid } = fixed.judged;
  const { sizeIjk } = grid;
  const toFixedGrid = (mask: DeviceBuffer, maskGrid: Grid, affine: Affine): DeviceBuffer =>
    resampleMask(backend, { mask, maskGrid, targetGrid: grid, affineTargetLpsToSourceLps: affine });
  const fixedBits = uploadMask(backend, 'registration/fixed-body', fixed.body.mask);
  const movingBits = uploadMask(backend, 'registration/moving-body', moving.body.mask);
  const fixedBody = toFixedGrid(fixedBits, fixed.body.grid, IDENTITY);
  const movedBody = toFixedGrid(movingBits, moving.body.grid, movingOfFixed);
  const movedView = toFixedGrid(moving.judged.mask, moving.judged.grid, movingOfFixed);
  const and = (a: DeviceBuffer, b: DeviceBuffer): DeviceBuffer => maskLogic(backend, { a, b, sizeIjk, operation: 'and' }); // prettier-ignore
  const view = and(fixed.judged.mask, movedView);
  const fixedSeen = and(fixedBody, view);
  const movedSeen = and(movedBody, view);
  const both = and(fixedSeen, movedSeen);
  const count = async (mask: DeviceBuffer): Promise<number> =>
    maskCount({ sizeIjk, wordsPerRow: 0, words: new Uint32Array(await backend.read(mask)) });
  const [nFixed, nMoved, nBoth, nFixedBody] = [await count(fixedSeen), await count(movedSeen), await count(both), await count(fixedBody)]; // prettier-ignore
  const nMovingBody = (maskCount(moving.body.mask) * voxelVolumeMm3(moving.body.grid)) / (voxelVolumeMm3(grid) * Math.abs(determinant(movingOfFixed))); // prettier-ignore
  const request = {
    fixed: fixed.judged.values,
    fixedGrid: grid,
    moving: moving.judged.values,
    movingGrid: moving.judged.grid,
    affineFixedLpsToMovingLps: movingOfFixed,
    fixedMask: fixedSeen,
    movingMask: moving.judged.mask,
    fixedRange: fixed.range,
    movingRange: moving.range,
    hasGradient: false,
    centreLps: middleLps(grid),
  };
  const information = await mutualInformation(backend, request);
  const correlation = await localCorrelation(backend, { ...request, radiusVoxels: CORRELATION_RADIUS });
  for (const mask of [fixedBits, movingBits, fixedBody, movedBody, movedView, view, fixedSeen, movedSeen, both]) backend.release(mask); // prettier-ignore
  return {
    localCorrelation: correlation.value,
    mutualInformation: information.value,
    bodyDice: nFixed + nMoved === 0 ? 0 : (2 * nBoth) / (nFixed + nMoved),
    overlap: Math.min(1, Math.max(nFixed, nMoved) / Math.max(1, Math.min(nFixedBody, nMovingBody))),
  };
}
