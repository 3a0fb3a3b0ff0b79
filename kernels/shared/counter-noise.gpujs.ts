// counter_hash of counter-noise.wgsl in 16-bit halves, high and low, since gpu.js has no unsigned words: products of
// halves wrap as 32-bit integers inside one expression, and their lower or upper bits are halves again.

function stateLow(low: number): number {
  return ((low | 0) * 30645 + 19205) & 65535;
}

function stateHigh(high: number, low: number): number {
  return ((((low | 0) * 30645 + 19205) >>> 16) + (high | 0) * 30645 + (low | 0) * 11410 + 44118) & 65535;
}

/** Low half of (state >> s) ^ state with s = (state >> 28) + 4. */
function mixLow(high: number, low: number): number {
  const s = Math.floor(high / 4096) + 4;
  if (s >= 16) {
    return ((high | 0) >> ((s | 0) - 16)) ^ (low | 0);
  }
  return (((low | 0) >> (s | 0)) + (((high | 0) << (16 - (s | 0))) & 65535)) ^ (low | 0);
}

function mixHigh(high: number): number {
  const s = Math.floor(high / 4096) + 4;
  return ((high | 0) >> (s | 0)) ^ (high | 0);
}

function wordLow(low: number): number {
  return ((low | 0) * 62169) & 65535;
}

function wordHigh(high: number, low: number): number {
  return ((((low | 0) * 62169) >>> 16) + (high | 0) * 62169 + (low | 0) * 4238) & 65535;
}

/** High half of the hash of a word. */
export function hashHigh(high: number, low: number): number {
  const h = stateHigh(high, low);
  const l = stateLow(low);
  return wordHigh(mixHigh(h), mixLow(h, l));
}

/** Low half of the hash of a word. */
export function hashLow(high: number, low: number): number {
  const h = stateHigh(high, low);
  const l = stateLow(low);
  const m = mixLow(h, l);
  const w = wordHigh(mixHigh(h), m);
  return (wordLow(m) | 0) ^ ((w | 0) >> 6);
}

/** Noise of a counter; the seed hashed already. */
export function noiseOf(high: number, low: number, seedHigh: number, seedLow: number): number {
  const h = (high | 0) ^ (seedHigh | 0);
  const l = (low | 0) ^ (seedLow | 0);
  const ah = hashHigh(h, l);
  const al = hashLow(h, l);
  const ch = (ah | 0) ^ 40503;
  const cl = (al | 0) ^ 31161;
  return (al + ah + hashLow(ch, cl) + hashHigh(ch, cl) - 131070) * 0.000026428997;
}

/** Everything that `noiseOf` calls, and itself. */
export const NOISE_HELPERS = [stateLow, stateHigh, mixLow, mixHigh, wordLow, wordHigh, hashHigh, hashLow, noiseOf];
