import { type Backend, type DeviceBuffer } from '@efface/compute';
import {
  erode, localCorrelation, maskCount as maskBits, maskLogic, mutualInformation, resampleMask, sampleField,
} from '@efface/kernels'; // prettier-ignore
import { type Affine, determinant, IDENTITY, maskCount, type Vec3, voxelVolumeMm3 } from '@efface/volume';
import { binCountFor, CORRELATION_RADIUS } from './metrics.ts';
import { type PreparedImage, uploadMask } from './prepare.ts';
import { headMiddleLps, turned } from './starts.ts';
import { type RegistrationQuality } from './types.ts';
import { type DeviceWarp, inFixedSpace, warpBits } from './warp.ts';

/** Bodies that cover each other less are not on each other; templates that end at the nose reach 0.78. */
const LEAST_DICE = 0.75;
/**
 * `informationPeak` of 20 registrations of heads of different people, templates and generated heads (T1 to T1, CT to CT, CT to T1)
 * that lie well: 1.20 to 4.8. Of 25 that ended at wrong places because they started turned by 60° to 180°: 0.03 to 1.13. Of a CT that
 * was squeezed to two thirds of its volume to lie on another's T1: 0.73.
 */
const LEAST_PEAK = 1.15;

/** Shifts that nothing is expected to survive, mm: `informationPeak` compares with them. */
const BESIDE_MM: readonly Vec3[] = [[16, 0, 0], [-16, 0, 0], [0, 16, 0], [0, -16, 0], [0, 0, 16], [0, 0, -16]]; // prettier-ignore

/** Quarter and half turns about each patient axis, radians. */
const TURNS: readonly Vec3[] = [0, 1, 2].flatMap((axis) =>
  [1, 2, 3].map((quarters) => [0, 1, 2].map((d) => (d === axis ? (quarters * Math.PI) / 2 : 0)) as unknown as Vec3),
);
/** Share of what is compared that must be there after such a turn too. */
const LEAST_BESIDE = 0.4;
/** What is compared lies this deep at least, mm: skin on skin is what wrong registrations are good at. */
const SKIN_MM = 8;

/** Whether a registration failed: another way to lay the images is as good, or the bodies are apart. */
export function isLost({ bodyDice, informationPeak }: RegistrationQuality): boolean {
  return !(bodyDice >= LEAST_DICE && informationPeak >= LEAST_PEAK);
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
  const spacing = grid.affineIjkToLps[0];
  const deep = keep(
    erode(backend, { mask: fixedBody, sizeIjk, spacingMm: [spacing, spacing, spacing], radiusMm: SKIN_MM }),
  );
  const inner = and(deep, view);
  const { field } = warp;
  const request = {
    fixed: values,
    fixedGrid: grid,
    moving: moving.judged.values,
    movingGrid,
    affineFixedLpsToMovingLps: IDENTITY,
    ...(field && { displacementMm: keep(sampleField(backend, { source: field.displacementMm, sourceGrid: field.grid, targetGrid: grid })) }), // prettier-ignore
    fixedMask: inner,
    movingMask: moving.judged.mask,
    fixedRange: fixed.range,
    movingRange: moving.range,
    hasGradient: false,
  };
  const count = await maskBits(backend, inner);
  const binCount = binCountFor(count);
  const informationAt = async (elsewhere: Affine): Promise<number> => {
    const there = { ...request, affineFixedLpsToMovingLps: elsewhere, minOverlapVoxels: LEAST_BESIDE * count };
    return (await mutualInformation(backend, { ...there, binCount })).value;
  };
  const information = await informationAt(IDENTITY);
  let beside = 0;
  for (const shift of BESIDE_MM)
    beside += (await informationAt(turned([0, 0, 0], [0, 0, 0], shift))) / BESIDE_MM.length;
  const middle = headMiddleLps(fixed.body);
  for (const turn of TURNS) beside = Math.max(beside, await informationAt(turned(turn, middle, middle)));
  const correlation = await localCorrelation(backend, { ...request, radiusVoxels: CORRELATION_RADIUS });
  for (const buffer of owned) backend.release(buffer);
  return {
    localCorrelation: correlation.value,
    mutualInformation: information,
    informationPeak: beside > 0 ? information / beside : 0,
    bodyDice: nFixed + nMoved === 0 ? 0 : (2 * nBoth) / (nFixed + nMoved),
    overlap: nSmaller === 0 ? 0 : Math.min(1, Math.max(nFixed, nMoved) / nSmaller),
  };
}
