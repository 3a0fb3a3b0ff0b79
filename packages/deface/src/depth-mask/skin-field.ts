import { type HeadAnatomy } from '@efface/anatomy';
import { type Backend, deviceVolumeFromF32, type DeviceVolume, releaseVolume, uploadVolume } from '@efface/compute';
import { brickExtents, depthField, type DepthWindow, realValuesOf } from '@efface/kernels';
import { isUniformRescale, maskToBytes, spacingMm, type Volume, wordsPerRow } from '@efface/volume';
import { type FaceWindow } from './face-windows.ts';
import { realAlongSight } from './superficial-layer.ts';

/** Surfaces no farther than this many voxels of the body mask's grid from that mask are the body's. */
const BODY_TOLERANCE_VOXELS = 2;
/** Beside the head: the mask loses thin ears. */
const EAR_MM = 20;

/** What a window sees: f32 for each pixel, mm from its plane. */
export interface SeenSkin {
  /** Depth of the body's skin; NaN where there is none. */
  readonly skinMm: Float32Array;
  /** Depth of what stands in front of the skin without being body (mask shells, wires, noise); NaN where nothing does. */
  readonly deviceMm: Float32Array;
}

/**
 * The skin of the body in several windows, found where the image reaches the anatomy's threshold, sub-voxel. What
 * the body mask leaves out is told apart; behind it the mask's own surface stands for the skin.
 */
export async function seenSkin(
  backend: Backend,
  volume: Volume,
  { body, skinThresholdReal }: HeadAnatomy,
  windows: readonly Pick<FaceWindow, 'what' | 'window'>[],
): Promise<SeenSkin[]> {
  const image = thresholdField(backend, volume, skinThresholdReal);
  const bits = Float32Array.from(maskToBytes(body.mask));
  const bodyField = deviceVolumeFromF32(backend.createBuffer('cover/body', bits.byteLength, bits), body.grid.sizeIjk);
  // Every window looks through the same bricks.
  const bricks = brickExtents(backend, image.field);
  const bodyBricks = brickExtents(backend, bodyField);
  const faceMm = BODY_TOLERANCE_VOXELS * Math.max(...spacingMm(body.grid));
  const seen: SeenSkin[] = [];
  for (const { what, window } of windows) {
    const toleranceMm = what === 'face' ? faceMm : EAR_MM;
    const first = await depths(backend, { ...image, grid: volume.grid, window, bricks });
    const own = await depths(backend, { field: bodyField, thresholdStored: 0.5, grid: body.grid, window, bricks: bodyBricks }); // prettier-ignore
    const deviceMm = new Float32Array(first.length).fill(Number.NaN);
    const skinMm = own.map((bodyMm, n) => {
      if (Math.abs(first[n] - bodyMm) <= toleranceMm) return first[n];
      if (first[n] < bodyMm) deviceMm[n] = first[n];
      return bodyMm;
    });
    seen.push({ skinMm, deviceMm });
  }
  backend.release(bricks);
  backend.release(bodyBricks);
  releaseVolume(backend, bodyField);
  releaseVolume(backend, image.field);
  if (volume.unit === 'HU' && hasShell(volume, skinThresholdReal, windows[0].window, seen[0]))
    return seen.map((field, n) => behindShell(volume, skinThresholdReal, windows[n].window, field));
  return seen;
}

/** A mask shell is thinner than this, and the skin behind it nearer, mm; noses and lips are thicker. */
const SHELL_MM = { thickness: 6, toSkin: 20 };
const SHELL_STEP_MM = 0.5;
/** Where the first thing seen is thin and hollow behind over this share of the face, it is a shell: nostrils are less. */
const SHELL_SHARE = 0.25;

function hasShell(volume: Volume, thresholdReal: number, window: DepthWindow, seen: SeenSkin): boolean {
  const behind = behindShell(volume, thresholdReal, window, seen);
  const count = (field: Float32Array): number => field.reduce((sum, depth) => sum + (Number.isNaN(depth) ? 0 : 1), 0);
  return count(behind.deviceMm) - count(seen.deviceMm) > SHELL_SHARE * count(seen.skinMm);
}

/** The skin behind what is thin and hollow behind; the body mask takes in shells that lie on it. */
function behindShell(volume: Volume, thresholdReal: number, window: DepthWindow, seen: SeenSkin): SeenSkin {
  const [skinMm, deviceMm] = [seen.skinMm.slice(), seen.deviceMm.slice()];
  const realAt = realAlongSight(volume, window);
  const nu = window.sizePx[0];
  seen.skinMm.forEach((first, n) => {
    if (Number.isNaN(first)) return;
    const isSolid = (behindMm: number): boolean =>
      realAt(n % nu, Math.floor(n / nu), first + behindMm) >= thresholdReal;
    let at = SHELL_STEP_MM;
    while (at <= SHELL_MM.thickness && isSolid(at)) at += SHELL_STEP_MM;
    if (at > SHELL_MM.thickness) return;
    while (at <= SHELL_MM.toSkin && !isSolid(at)) at += SHELL_STEP_MM;
    if (at > SHELL_MM.toSkin) return;
    skinMm[n] = first + at - SHELL_STEP_MM / 2;
    if (!(deviceMm[n] < first)) deviceMm[n] = first;
  });
  return { skinMm, deviceMm };
}

interface ThresholdField {
  readonly field: DeviceVolume;
  readonly thresholdStored: number;
}

/** Stored values where one rising line maps them to real ones, else real values. */
function thresholdField(backend: Backend, volume: Volume, thresholdReal: number): ThresholdField {
  const stored = uploadVolume(backend, 'cover/volume', volume);
  const { slopePerK, interceptPerK } = volume.rescale;
  if (isUniformRescale(volume.rescale) && slopePerK[0] > 0)
    return { field: stored, thresholdStored: (thresholdReal - interceptPerK[0]) / slopePerK[0] };
  const real = realValuesOf(backend, stored, volume.grid, volume.rescale);
  releaseVolume(backend, stored);
  return { field: deviceVolumeFromF32(real, volume.grid.sizeIjk), thresholdStored: thresholdReal };
}

/** Depths of the first surface, NaN where there is none. */
async function depths(
  backend: Backend,
  { field, ...request }: ThresholdField & Pick<Parameters<typeof depthField>[1], 'grid' | 'window' | 'bricks'>,
): Promise<Float32Array<ArrayBuffer>> {
  const seen = depthField(backend, { volume: field, ...request });
  const depthMm = new Float32Array(await backend.read(seen.depthMm));
  const valid = new Uint32Array(await backend.read(seen.valid));
  backend.release(seen.depthMm);
  backend.release(seen.valid);
  const nu = request.window.sizePx[0];
  const perRow = wordsPerRow(nu);
  return depthMm.map((depth, n) => {
    const word = valid[Math.floor(n / nu) * perRow + ((n % nu) >>> 5)];
    return (word >>> ((n % nu) & 31)) & 1 ? depth : Number.NaN;
  });
}
