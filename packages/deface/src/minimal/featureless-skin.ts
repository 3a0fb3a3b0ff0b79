/** A face blurred by this much has no nose, no eyes and no mouth left, mm (standard deviation). */
const BLUR_MM = 14;
/** The share of a face's skin that is face; the rest falls away beside and below it. */
const DEEPEST_SHARE = 0.8;
/** Over this length from the rim of the gap what is done to the skin grows to its full extent, mm. */
const RAMP_MM = 10;

/** Box filters that stand for a Gaussian. */
const PASSES = 3;

type SizePx = readonly [number, number];

/**
 * A face without features: the skin of a window, mm from its plane, blurred over the pixels to be changed and a margin
 * around them. NaN where there is no skin. Skin that falls away behind the face (neck, temples) counts as no deeper than
 * DEEPEST_SHARE of the face, since it would draw the blurred face into the head.
 */
export function featurelessSkin(
  skinMm: Float32Array,
  gap: Uint8Array,
  [nu, nv]: SizePx,
  pixelMm: number,
): Float32Array {
  const radiusPx = boxRadius(BLUR_MM / pixelMm);
  const depths = skinMm.filter((skin, n) => gap[n] && !Number.isNaN(skin)).sort();
  const deepestMm = depths[Math.floor(DEEPEST_SHARE * (depths.length - 1))];
  const sum = skinMm.map((skin) => (Number.isNaN(skin) ? 0 : Math.min(skin, deepestMm)));
  const count = skinMm.map((skin) => (Number.isNaN(skin) ? 0 : 1));
  const [blurred, weight] = [boxBlur(sum, [nu, nv], radiusPx), boxBlur(count, [nu, nv], radiusPx)];
  return skinMm.map((skin, n) => (Number.isNaN(skin) ? Number.NaN : gap[n] ? blurred[n] / weight[n] : skin));
}

/** 0 on the rim of the gap and outside, 1 farther inside than RAMP_MM. */
export function weightFromRim(gap: Uint8Array, sizePx: SizePx, pixelMm: number): Float32Array {
  // The mean of a step over a width of twice the ramp is 1/2 on the step and 1 a ramp away from it.
  const radiusPx = Math.max(1, Math.round(RAMP_MM / pixelMm / PASSES));
  return boxBlur(Float32Array.from(gap), sizePx, radiusPx).map((share, n) => (gap[n] ? Math.max(0, 2 * share - 1) : 0));
}

/** Radius of a box whose passes have a standard deviation of `sigmaPx`: each adds ((2r + 1)² − 1)/12 of variance. */
function boxRadius(sigmaPx: number): number {
  return Math.max(1, Math.round((Math.sqrt((12 * sigmaPx ** 2) / PASSES + 1) - 1) / 2));
}

/** Means over (2r + 1)² pixels, several times; beyond the border is 0. */
function boxBlur(field: Float32Array, [nu, nv]: SizePx, radiusPx: number): Float32Array {
  let blurred = field;
  for (let pass = 0; pass < PASSES; pass++) {
    blurred = boxLines(blurred, nv, nu, nu, 1, radiusPx);
    blurred = boxLines(blurred, nu, nv, 1, nu, radiusPx);
  }
  return blurred;
}

function boxLines(
  field: Float32Array,
  lines: number,
  length: number,
  lineStride: number,
  stride: number,
  radius: number,
): Float32Array {
  const out = new Float32Array(field.length);
  for (let line = 0; line < lines; line++) {
    const base = line * lineStride;
    let sum = 0;
    for (let n = -radius; n < length; n++) {
      if (n + radius < length) sum += field[base + (n + radius) * stride];
      if (n - radius - 1 >= 0) sum -= field[base + (n - radius - 1) * stride];
      if (n >= 0) out[base + n * stride] = sum / (2 * radius + 1);
    }
  }
  return out;
}
