/** √3/65536 as the shader has it: see counter-noise.wgsl. */
const PER_NOISE = Math.fround(0.000026428997);

/** `counter_hash` of counter-noise.wgsl. */
export function counterHash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737);
  return ((word >>> 22) ^ word) >>> 0;
}

/** `counter_noise` of counter-noise.wgsl, the seed hashed already. */
export function counterNoise(counter: number, seedHash: number): number {
  const a = counterHash(counter ^ seedHash);
  const b = counterHash(a ^ 0x9e3779b9);
  return ((a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16) - 131070) * PER_NOISE;
}
