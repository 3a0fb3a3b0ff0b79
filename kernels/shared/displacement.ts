/** A coordinate of `displaced` in displacement.wgsl: source voxels to fixed point. */
export function displacementToFixed(voxels: number, fractionBits: number): number {
  const reach = 2 ** (30 - fractionBits) - 1;
  return Math.floor(Math.fround(Math.min(Math.max(voxels, -reach), reach) * 2 ** fractionBits + 0.5));
}
