/**
 * The labels two at a time as f64, for `nextLabelled`: a pair is ±0 or not, and only bit 31 of its second label can hide
 * in the sign. Undefined where that bit counts (32 structures) or the memory is not aligned for it.
 */
export function labelPairs(labels: Uint32Array, structureCount: number): Float64Array | undefined {
  if (structureCount === 32 || labels.byteOffset % 8 !== 0) return undefined;
  return new Float64Array(labels.buffer, labels.byteOffset, Math.floor(labels.length / 2));
}

/**
 * First index at or after `at` whose label is not 0, `end` if there is none. Most voxels belong to no structure, so
 * eight labels are one step. Labels in which only bit 31 is set may be passed over when there are `pairs`. Without them
 * the words may be those of a mask just as well.
 */
export function nextLabelled(labels: Uint32Array, pairs: Float64Array | undefined, at: number, end: number): number {
  // Up to a multiple of eight one by one.
  while (at < end && (at & 7) !== 0) {
    if (labels[at] !== 0) return at;
    at++;
  }
  if (pairs !== undefined) {
    let p = at >>> 1;
    const last = end >>> 1;
    while (
      p + 4 <= last &&
      Math.abs(pairs[p]) + Math.abs(pairs[p + 1]) + (Math.abs(pairs[p + 2]) + Math.abs(pairs[p + 3])) === 0
    ) p += 4; // prettier-ignore
    at = Math.max(at, 2 * p);
  } else {
    while (
      at + 8 <= end &&
      (labels[at] | labels[at + 1] | labels[at + 2] | labels[at + 3] |
        labels[at + 4] | labels[at + 5] | labels[at + 6] | labels[at + 7]) === 0
    ) at += 8; // prettier-ignore
  }
  while (at < end && labels[at] === 0) at++;
  return at;
}
