import { dot, type Grid, ijkToLps, stepLps, subtract, type Vec3 } from '@efface/volume';
import { checkWindow, type DepthWindow, lineOfSight } from './depth-field.ts';

/** Fractional bits of positions in a window: WINDOW_BITS of shared/depth-window.wgsl. */
const WINDOW_BITS = 18;

/** Pixels and mm that positions of 32 bits and depths of 24 may have. */
const FARTHEST_PX = 2 ** 13;
const FARTHEST_MM = 2 ** 12;

/** Index space to window (u and v in pixels, depth in mm), as whole numbers of 2^−WINDOW_BITS. */
export interface WindowMap {
  readonly origin: Vec3;
  readonly stepI: Vec3;
  readonly stepJ: Vec3;
  readonly stepK: Vec3;
}

/**
 * Where the voxels of a grid lie in a window. A step rounded to 2⁻¹⁸ moves the far corner of the largest volume by less
 * than 0.01 pixel and 0.01 mm. Throws RangeError when voxels lie more than 8192 pixels or 4096 mm away.
 */
export function windowMap(grid: Grid, window: DepthWindow): WindowMap {
  checkWindow(window);
  const { originLps, uLps, vLps, pixelMm } = window;
  const forward = lineOfSight(window);
  const toWindow = (vLps3: Vec3): Vec3 => [dot(vLps3, uLps) / pixelMm, dot(vLps3, vLps) / pixelMm, dot(vLps3, forward)];
  const toFixed = (v: Vec3): Vec3 => v.map((x) => Math.round(x * 2 ** WINDOW_BITS)) as unknown as Vec3;
  for (let corner = 0; corner < 8; corner++) {
    const pIjk = grid.sizeIjk.map((n, d) => ((corner >> d) & 1 ? n - 1 : 0)) as unknown as Vec3;
    const [u, v, depth] = toWindow(subtract(ijkToLps(grid, pIjk), originLps)).map((x) => Math.abs(x) + 1);
    if (u >= FARTHEST_PX || v >= FARTHEST_PX || depth >= FARTHEST_MM)
      throw new RangeError(
        `the volume lies ${u.toFixed(0)} × ${v.toFixed(0)} pixels, ${depth.toFixed(0)} mm from the window`,
      );
  }
  return {
    origin: toFixed(toWindow(subtract(ijkToLps(grid, [0, 0, 0]), originLps))),
    stepI: toFixed(toWindow(stepLps(grid, 0))),
    stepJ: toFixed(toWindow(stepLps(grid, 1))),
    stepK: toFixed(toWindow(stepLps(grid, 2))),
  };
}
