/** `mirrored` of mirrored.wgsl: most voxels lie far from the border. */
export function mirrored(at: number, n: number): number {
  if (at >= 0 && at < n) return at;
  const period = Math.max(2 * n - 2, 1);
  const phase = ((at % period) + period) % period;
  return Math.min(phase, period - phase);
}
