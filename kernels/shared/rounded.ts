// Twins of rounded.wgsl: arithmetic that is the same f32 on every backend.
const f = Math.fround;

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** a·b of vectors of f32: `rounded_dot`. */
export function dotRounded(a0: number, a1: number, a2: number, b0: number, b1: number, b2: number): number {
  return f(f(f(a0 * b0) + f(a1 * b1)) + f(a2 * b2));
}

/** 1/√v for a normal v > 0 to 3 ulp: `rounded_inverse_sqrt`. */
export function inverseSqrtRounded(v: number): number {
  f32[0] = v;
  const halves = ((u32[0] >>> 23) - 127) >> 1;
  u32[0] = (127 - halves) << 23;
  const toOne = f32[0];
  const half = 0.5 * v * toOne * toOne;
  let y = f(1.06640625 - f(0.3046875 * half));
  for (let n = 0; n < 3; n++) y = f(y * f(1.5 - f(half * f(y * y))));
  return y * toOne;
}

/** 2 to the whole part of log₂ 1/v, for a normal v > 0 below 2¹²⁶. */
export function powerToOne(v: number): number {
  f32[0] = v;
  u32[0] = 0x7f000000 - (u32[0] & 0x7f800000);
  return f32[0];
}
