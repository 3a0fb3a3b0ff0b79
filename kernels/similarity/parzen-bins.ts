/** Moving value in 1/1024 bin above the first whole window, rounded after each step as in the shader. */
export function fineBin(v: number, low: number, scale: number, most: number): number {
  const x = Math.fround(Math.fround(v - low) * scale);
  return x < 0 ? 0 : x > most ? most : x;
}

/** Bin of a fixed value. */
export function fixedBin(v: number, low: number, scale: number, binCount: number): number {
  const x = Math.fround(Math.fround(v - low) * scale);
  return x < 0 ? 0 : x > binCount - 1 ? binCount - 1 : Math.floor(x);
}
