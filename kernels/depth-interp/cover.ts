import { type Backend, type DeviceBuffer, type DeviceVolume, volumeArguments } from '@efface/compute';
import { type Grid, type Rescale, wordsPerRow } from '@efface/volume';
import { coverFill } from './cover-fill.ts';
import { coverLimit } from './cover-limit.ts';
import { coverPair } from './cover-pair.ts';
import { type DepthField, type DepthWindow } from './depth-field.ts';
import { fillGap } from './fill-gap.ts';
import { MAX_PROFILE_BINS, PROFILE_BIN_WORDS, skinProfile } from './skin-profile.ts';
import { windowMap } from './window-map.ts';

/** What to cover. */
export interface CoverRequest {
  /** Depth of the skin. */
  readonly skin: DepthField;
  readonly window: DepthWindow;
  /** One bit for each pixel whose feature is to be covered, rows padded to words as in `skin.valid`. */
  readonly gap: DeviceBuffer;
  /** The cover lies this far in front of the skin at least. */
  readonly coverMm: number;
  /**
   * Over this length from the gap's rim the cover grows to `coverMm`, as coverMm·(1 − exp(−distance/rampMm)); 0 makes a
   * step at the rim.
   */
  readonly rampMm: number;
  readonly smoothness?: 'membrane' | 'plate';
  readonly cycles?: number;
}

/**
 * Depth of a smooth surface in front of the skin, mm (f32 for each pixel): the skin outside the gap, and in it the
 * surface of least energy that lies `coverMm` in front of the skin at least, less near the rim. Pixels of the gap without
 * skin are covered all the same. The caller owns the result. Throws RangeError for distances below 0.
 */
export function coverDepth(backend: Backend, request: CoverRequest): DeviceBuffer {
  const { skin, window, gap, coverMm, rampMm, smoothness = 'membrane', cycles } = request;
  const { sizePx, pixelMm } = window;
  if (!(coverMm >= 0 && rampMm >= 0)) throw new RangeError(`a cover of ${coverMm} mm that grows over ${rampMm} mm`);
  const count = sizePx[0] * sizePx[1];
  const full = backend.createBuffer('cover/full', 4 * count, new Float32Array(count).fill(coverMm));
  let cover = full;
  if (rampMm > 0) {
    const none = backend.createBuffer('cover/none', 4 * count);
    const pull = { perPixel: (pixelMm / rampMm) ** 2, target: full };
    cover = fillGap(backend, { sizePx, values: none, gap, valid: skin.valid, pull, ...(cycles && { cycles }) });
    backend.release(none);
    backend.release(full);
  }
  const limit = backend.createBuffer('cover/limit', 4 * count);
  backend.dispatch(coverLimit, {
    params: { sizePx, wordsPerRow: wordsPerRow(sizePx[0]) },
    buffers: { gap, valid: skin.valid, depth: skin.depthMm, cover, limit },
  });
  backend.release(cover);
  const values = skin.depthMm;
  const depthMm = fillGap(backend, {
    sizePx,
    values,
    gap,
    valid: skin.valid,
    limit,
    smoothness,
    ...(cycles && { cycles }),
  });
  backend.release(limit);
  return depthMm;
}

/** Real values below the skin, by depth. */
export interface SkinProfile {
  readonly binMm: number;
  /** Voxels of each bin; bin b holds depths from b·binMm to (b + 1)·binMm. */
  readonly counts: Float64Array;
  /** Their mean, real; of a bin without voxels that of the nearest one with. */
  readonly means: Float64Array;
  /** Their standard deviation. */
  readonly spreads: Float64Array;
}

/** Which values to look at. */
export interface SkinProfileRequest {
  readonly volume: DeviceVolume;
  readonly grid: Grid;
  readonly rescale: Rescale;
  readonly skin: DepthField;
  readonly window: DepthWindow;
  /** Pixels to leave out: the skin of features that are to be covered. */
  readonly gap: DeviceBuffer;
  readonly binMm: number;
  readonly binCount: number;
  /** Real values are counted in 65 535 steps from `low` to `high`; what lies beyond counts as the end. */
  readonly low: number;
  readonly high: number;
}

/**
 * Mean and spread of a scan's real values by their depth below the skin along the line of sight, where the window sees
 * the skin outside the gap. The sums are exact, so all backends agree. Throws RangeError for bins or a range that are
 * none, and for a window too far away.
 */
export async function readSkinProfile(backend: Backend, request: SkinProfileRequest): Promise<SkinProfile> {
  const { volume, grid, rescale, skin, window, gap, binMm, binCount, low, high } = request;
  if (!Number.isInteger(binCount) || binCount < 1 || binCount > MAX_PROFILE_BINS || !(binMm > 0))
    throw new RangeError(`a profile has 1 to ${MAX_PROFILE_BINS} bins, not ${binCount} of ${binMm} mm`);
  if (!(high > low)) throw new RangeError(`values from ${low} to ${high}`);
  const map = windowMap(grid, window);
  const pairs = packPairs(backend, window, { ...skin, gap, front: skin.depthMm }, true);
  const table = rescaleLines(rescale);
  const lines = backend.createBuffer('profile/lines', table.byteLength, table);
  const bins = backend.createBuffer('profile/bins', 4 * PROFILE_BIN_WORDS * binCount);
  const { buffers, constants } = volumeArguments(volume);
  const scale = 65535 / (high - low);
  const { sizePx } = window;
  backend.dispatch(skinProfile, {
    params: { sizeIjk: volume.sizeIjk, binCount, ...map, binsPerMm: 1 / binMm, low, scale, noBits: 0, sizePx },
    constants,
    buffers: { ...buffers, pairs, lines, bins },
  });
  const words = new Uint32Array(await backend.read(bins));
  for (const buffer of [pairs, lines, bins]) backend.release(buffer);
  return profileOf(words, binMm, Math.fround(low), Math.fround(scale));
}

/** Mean and spread of each bin from its counts and sums. */
function profileOf(words: Uint32Array, binMm: number, low: number, scale: number): SkinProfile {
  const binCount = words.length / PROFILE_BIN_WORDS;
  const counts = new Float64Array(binCount);
  const means = new Float64Array(binCount);
  const spreads = new Float64Array(binCount);
  for (let bin = 0; bin < binCount; bin++) {
    const at = PROFILE_BIN_WORDS * bin;
    const wide = (part: number): bigint => (BigInt(words[at + part + 1]) << 32n) + BigInt(words[at + part]);
    const n = BigInt(words[at]);
    counts[bin] = words[at];
    if (n === 0n) continue;
    const sum = wide(1);
    const squares = wide(3) + (wide(5) << 16n);
    means[bin] = low + Number(sum) / counts[bin] / scale;
    // n·Σq² − (Σq)² is whole: nothing cancels.
    spreads[bin] = Math.sqrt(Number(n * squares - sum * sum)) / counts[bin] / scale;
  }
  const filled = [...counts.keys()].filter((bin) => counts[bin] > 0);
  if (filled.length > 0) {
    for (let bin = 0; bin < binCount; bin++) {
      const nearest = filled.reduce((best, other) => (Math.abs(other - bin) < Math.abs(best - bin) ? other : best));
      means[bin] = means[nearest];
      spreads[bin] = spreads[nearest];
    }
  }
  return { binMm, counts, means, spreads };
}

/** What to fill with what. */
export interface FillCoverRequest {
  readonly volume: DeviceVolume;
  readonly grid: Grid;
  readonly rescale: Rescale;
  /** Stored value from which a voxel is solid: those stay as they are. */
  readonly thresholdStored: number;
  readonly skin: DepthField;
  /** Depth of the cover: `coverDepth`. */
  readonly coverDepthMm: DeviceBuffer;
  readonly window: DepthWindow;
  readonly profile: Pick<SkinProfile, 'binMm' | 'means' | 'spreads'>;
  /** Whole number from 0; the same seed gives the same noise. */
  readonly seed: number;
}

/** A covered scan on the device. The caller releases both buffers. */
export interface CoveredVolume {
  /** Real values, f32, i fastest; of voxels that are not altered what the volume has, rescaled. */
  readonly real: DeviceBuffer;
  /** Bits of the voxels that were altered, rows padded to words. */
  readonly altered: DeviceBuffer;
}

/**
 * Fills what lies between a cover and the skin with the subject's own superficial layer: profile(depth below the cover),
 * with noise of its spread. A voxel is altered when its centre lies in front of the skin (all four pixels around it have
 * one), not in front of the cover, and it is not solid; nothing behind the skin is. Throws RangeError for an empty
 * profile and for a window too far away.
 */
export function fillCover(backend: Backend, request: FillCoverRequest): CoveredVolume {
  const { volume, grid, rescale, thresholdStored, skin, coverDepthMm, window, profile, seed } = request;
  const binCount = profile.means.length;
  if (binCount < 1 || binCount !== profile.spreads.length) throw new RangeError(`a profile of ${binCount} bins`);
  const { sizeIjk } = volume;
  const [ni, nj, nk] = sizeIjk;
  const { sizePx } = window;
  const map = windowMap(grid, window);
  // Nothing is left out, so the skin's own bits do for the gap's.
  const pairs = packPairs(backend, window, { ...skin, gap: skin.valid, front: coverDepthMm }, false);
  const table = new Float32Array(2 * (nk + binCount));
  table.set(rescaleLines(rescale));
  for (let bin = 0; bin < binCount; bin++) table.set([profile.means[bin], profile.spreads[bin]], 2 * (nk + bin));
  const tables = backend.createBuffer('cover/tables', table.byteLength, table);
  const perRow = wordsPerRow(ni);
  const real = backend.createBuffer('cover/real', 4 * ni * nj * nk);
  const altered = backend.createBuffer('cover/altered', 4 * perRow * nj * nk);
  const { buffers, constants } = volumeArguments(volume);
  backend.dispatch(coverFill, {
    params: {
      sizeIjk,
      binCount,
      ...map,
      binsPerMm: 1 / profile.binMm,
      threshold: thresholdStored,
      seed,
      noBits: 0,
      sizePx,
      wordsPerRow: perRow,
    },
    constants,
    buffers: { ...buffers, pairs, tables, dst: real, altered },
  });
  for (const buffer of [pairs, tables]) backend.release(buffer);
  return { real, altered };
}

/** Slope and intercept of each slice. */
function rescaleLines({ slopePerK, interceptPerK }: Rescale): Float32Array {
  return Float32Array.from({ length: 2 * slopePerK.length }, (_, n) =>
    n % 2 === 0 ? slopePerK[n >> 1] : interceptPerK[n >> 1],
  );
}

function packPairs(
  backend: Backend,
  { sizePx }: DepthWindow,
  { depthMm, valid, gap, front }: DepthField & { readonly gap: DeviceBuffer; readonly front: DeviceBuffer },
  outsideGap: boolean,
): DeviceBuffer {
  const pairs = backend.createBuffer('cover/pairs', 8 * sizePx[0] * sizePx[1]);
  backend.dispatch(coverPair, {
    params: { sizePx, wordsPerRow: wordsPerRow(sizePx[0]) },
    constants: { OUTSIDE_GAP: outsideGap ? 1 : 0 },
    buffers: { gap, valid, front, back: depthMm, pairs },
  });
  return pairs;
}
