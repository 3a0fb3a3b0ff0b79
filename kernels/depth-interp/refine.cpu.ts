/** Weights of the four fine pixels of a coarse one along one axis: `refine_weight` of shared/refine.wgsl. */
export const REFINE_WEIGHTS = [0.25, 0.75, 0.75, 0.25];

/** First of the four fine pixels of coarse pixel c along one axis. */
export function firstChild(c: number): number {
  return 2 * c - 3;
}

/** First parent of fine pixel i along one axis; the other is the next. */
export function firstParent(i: number): number {
  return (i + 1) >> 1;
}
