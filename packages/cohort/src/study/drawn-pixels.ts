import { FIXED_ONE, REGION_BITS, ToggleCollector } from '@efface/kernels';
import type { Paths64 } from 'clipper2-ts';
import type { PixelWindow } from './removed-outline.ts';

/** Regions on the pixels of a window, one bit each, rows of v. */
export interface DrawnPixels {
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}

/** Draws up to eight regions as `rasterContours` does: pixel centres, even-odd, half-open. Region n becomes bit n. */
export function drawPixels(regions: readonly Paths64[], { lowU, highU, lowV, highV }: PixelWindow): DrawnPixels {
  const [width, height] = [highU - lowU + 1, highV - lowV + 1];
  const collector = new ToggleCollector([width, height, 1]);
  regions.forEach((paths, region) => {
    for (const path of paths) {
      const us = Float64Array.from(path, ({ x }) => x - lowU * FIXED_ONE);
      const vs = Float64Array.from(path, ({ y }) => y - lowV * FIXED_ONE);
      collector.add(region, { k: 0, us, vs });
    }
  });
  const { rowStart, toggles } = collector.table();
  const bits = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const base = row * width;
    for (let t = rowStart[row]; t < rowStart[row + 1]; t++)
      bits[base + (toggles[t] >>> REGION_BITS)] ^= 1 << (toggles[t] & ((1 << REGION_BITS) - 1));
    for (let u = 1; u < width; u++) bits[base + u] ^= bits[base + u - 1];
  }
  return { width, height, bits };
}
