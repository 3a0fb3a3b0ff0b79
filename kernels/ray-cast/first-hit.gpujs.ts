import {
  type CpuBuffer,
  gpuJsArray,
  type GpuJsForm,
  type GpuJsPass,
  type GpuJsThread,
  gpuJsVolume,
} from '@efface/compute';
import { CAMERA_WORDS } from './camera.ts';
import { CLIP_WORDS } from './clip.ts';
import {
  along,
  between,
  beyond,
  cut,
  dotOf,
  excess,
  inPixel,
  inverseRoot,
  inwardAt,
  ownAt,
  signOf,
} from './first-hit-steps.gpujs.ts';
import { type FirstHitBinding, type FirstHitParams } from './first-hit.gen.ts';

/**
 * One pixel: every sample of its ray from the first on, the halvings of the step that ends in solid, then eight probes:
 * two for the root, six for the normal. No bricks, no fast path. `scene` is the gradient's matrix in rows, the threshold
 * and half the width of its differences. The interpolation is there twice: gpu.js does not hand arrays to helpers.
 */
function firstHitThread(
  this: GpuJsThread, stored: number[][][], camera: number[], scene: number[], clips: number[][],
  ni: number, nj: number, nk: number, stepCount: number, clipCount: number,
): number[] {
  const ox = inPixel(camera[0], camera[4], camera[8], this.thread.x, this.thread.y);
  const oy = inPixel(camera[1], camera[5], camera[9], this.thread.x, this.thread.y);
  const oz = inPixel(camera[2], camera[6], camera[10], this.thread.x, this.thread.y);
  const sx = inPixel(camera[12], camera[16], camera[20], this.thread.x, this.thread.y);
  const sy = inPixel(camera[13], camera[17], camera[21], this.thread.x, this.thread.y);
  const sz = inPixel(camera[14], camera[18], camera[22], this.thread.x, this.thread.y);
  const lx = inPixel(camera[24], camera[28], camera[32], this.thread.x, this.thread.y);
  const ly = inPixel(camera[25], camera[29], camera[33], this.thread.x, this.thread.y);
  const lz = inPixel(camera[26], camera[30], camera[34], this.thread.x, this.thread.y);
  const squaredMm = dotOf(lx, ly, lz, lx, ly, lz);
  const perMm = inverseRoot(squaredMm);
  const stepMm = Math.fround(squaredMm * perMm);
  const startSteps = camera[19];
  const threshold = scene[9];

  // Number of the sample, later a fraction of a step; the width of the next halving, 0 until there is a hit.
  let t = 0;
  let width = 0;
  let hit = -1;
  let before = -1;
  for (let turn = 0; turn < stepCount + 6; turn++) {
    if (width === 0 && t >= stepCount) {
      break;
    }
    const px = along(ox, sx, t);
    const py = along(oy, sy, t);
    const pz = along(oz, sz, t);
    let isSolid = 0;
    if (beyond(ni, nj, nk, px, py, pz) <= 0) {
      const x = Math.max(0, Math.min(ni - 1, px));
      const y = Math.max(0, Math.min(nj - 1, py));
      const z = Math.max(0, Math.min(nk - 1, pz));
      const x0 = Math.min(Math.floor(x), Math.max(ni - 2, 0));
      const y0 = Math.min(Math.floor(y), Math.max(nj - 2, 0));
      const z0 = Math.min(Math.floor(z), Math.max(nk - 2, 0));
      const x1 = Math.min(x0 + 1, ni - 1);
      const y1 = Math.min(y0 + 1, nj - 1);
      const z1 = Math.min(z0 + 1, nk - 1);
      const c00 = between(stored[z0][y0][x0], stored[z0][y0][x1], x - x0);
      const c10 = between(stored[z0][y1][x0], stored[z0][y1][x1], x - x0);
      const c01 = between(stored[z1][y0][x0], stored[z1][y0][x1], x - x0);
      const c11 = between(stored[z1][y1][x0], stored[z1][y1][x1], x - x0);
      if (between(between(c00, c10, y - y0), between(c01, c11, y - y0), z - z0) >= threshold) {
        isSolid = 1;
      }
    }
    if (isSolid === 1 && clipCount > 0) {
      for (let c = 0; c < clipCount; c++) {
        const qx = ownAt(clips[c][0], clips[c][1], clips[c][2], clips[c][4], clips[c][8], clips[c][12], px, py, pz);
        const qy = ownAt(clips[c][0], clips[c][1], clips[c][2], clips[c][5], clips[c][9], clips[c][13], px, py, pz);
        const qz = ownAt(clips[c][0], clips[c][1], clips[c][2], clips[c][6], clips[c][10], clips[c][14], px, py, pz);
        if (excess(clips[c][3], qx, qy, qz) > 0 === clips[c][11] > 0.5) {
          isSolid = 0;
        }
      }
    }
    if (width > 0) {
      if (isSolid === 0) {
        before = t;
      }
      width *= 0.5;
      if (width < 0.015625) {
        break;
      }
      t = before + width;
    } else if (isSolid === 1) {
      hit = t;
      before = t - 1;
      width = 0.5;
      t = before + width;
    } else {
      t += 1;
    }
  }
  if (hit < 0) {
    return [0, 0, 0, 0];
  }
  if (hit === 0) {
    return [-Math.fround(lx * perMm), -Math.fround(ly * perMm), -Math.fround(lz * perMm), Math.fround(startSteps * stepMm)];
  }

  let steps = before + 0.015625;
  let gx = 0;
  let gy = 0;
  let gz = 0;
  let rx = along(ox, sx, before);
  let ry = along(oy, sy, before);
  let rz = along(oz, sz, before);
  const isEntry = beyond(ni, nj, nk, rx, ry, rz) > 0;
  let clip = -1;
  if (!isEntry && clipCount > 0) {
    // The first shape that takes away the last point before; its face is asked for outside of the shape.
    for (let n = 1; n <= clipCount; n++) {
      const c = clipCount - n;
      const qx = ownAt(clips[c][0], clips[c][1], clips[c][2], clips[c][4], clips[c][8], clips[c][12], rx, ry, rz);
      const qy = ownAt(clips[c][0], clips[c][1], clips[c][2], clips[c][5], clips[c][9], clips[c][13], rx, ry, rz);
      const qz = ownAt(clips[c][0], clips[c][1], clips[c][2], clips[c][6], clips[c][10], clips[c][14], rx, ry, rz);
      if (excess(clips[c][3], qx, qy, qz) > 0 === clips[c][11] > 0.5) {
        clip = c;
      }
    }
  }
  if (clip >= 0) {
    let sign = -1;
    if (clips[clip][11] < 0.5) {
      sign = 1;
      rx = along(ox, sx, steps);
      ry = along(oy, sy, steps);
      rz = along(oz, sz, steps);
    }
    const qx = ownAt(clips[clip][0], clips[clip][1], clips[clip][2], clips[clip][4], clips[clip][8], clips[clip][12], rx, ry, rz);
    const qy = ownAt(clips[clip][0], clips[clip][1], clips[clip][2], clips[clip][5], clips[clip][9], clips[clip][13], rx, ry, rz);
    const qz = ownAt(clips[clip][0], clips[clip][1], clips[clip][2], clips[clip][6], clips[clip][10], clips[clip][14], rx, ry, rz);
    const largestQ = Math.max(Math.abs(qx), Math.max(Math.abs(qy), Math.abs(qz)));
    if (clips[clip][3] === 0) {
      gx = sign;
    } else if (clips[clip][3] === 1) {
      gx = sign * qx;
      gy = sign * qy;
      gz = sign * qz;
    } else if (Math.abs(qx) === largestQ) {
      gx = sign * signOf(qx);
    } else if (Math.abs(qy) === largestQ) {
      gy = sign * signOf(qy);
    } else {
      gz = sign * signOf(qz);
    }
  } else if (isEntry) {
    // In through the border: the gradient points from the outside to the inside.
    gx = inwardAt(rx, ni);
    gy = inwardAt(ry, nj);
    gz = inwardAt(rz, nk);
  } else {
    let low = 0;
    for (let probe = 0; probe < 8; probe++) {
      let px = rx;
      let py = ry;
      let pz = rz;
      if (probe === 1) {
        px = along(ox, sx, steps);
        py = along(oy, sy, steps);
        pz = along(oz, sz, steps);
      } else if (probe > 1) {
        const side = scene[10] * (1 - 2 * (probe % 2));
        if (probe < 4) {
          px = Math.fround(rx + side);
        } else if (probe < 6) {
          py = Math.fround(ry + side);
        } else {
          pz = Math.fround(rz + side);
        }
      }
      const x = Math.max(0, Math.min(ni - 1, px));
      const y = Math.max(0, Math.min(nj - 1, py));
      const z = Math.max(0, Math.min(nk - 1, pz));
      const x0 = Math.min(Math.floor(x), Math.max(ni - 2, 0));
      const y0 = Math.min(Math.floor(y), Math.max(nj - 2, 0));
      const z0 = Math.min(Math.floor(z), Math.max(nk - 2, 0));
      const x1 = Math.min(x0 + 1, ni - 1);
      const y1 = Math.min(y0 + 1, nj - 1);
      const z1 = Math.min(z0 + 1, nk - 1);
      const c00 = between(stored[z0][y0][x0], stored[z0][y0][x1], x - x0);
      const c10 = between(stored[z0][y1][x0], stored[z0][y1][x1], x - x0);
      const c01 = between(stored[z1][y0][x0], stored[z1][y0][x1], x - x0);
      const c11 = between(stored[z1][y1][x0], stored[z1][y1][x1], x - x0);
      const value = between(between(c00, c10, y - y0), between(c01, c11, y - y0), z - z0);
      if (probe === 0) {
        low = value;
      } else if (probe === 1) {
        // Ten bits of (threshold − low) / (value − low) by long division, each step of which is exact.
        const rise = Math.fround(value - low);
        let rest = Math.fround(threshold - low);
        let tenBits = 0;
        for (let bit = 0; bit < 10; bit++) {
          rest *= 2;
          tenBits *= 2;
          if (rest >= rise) {
            rest -= rise;
            tenBits += 1;
          }
        }
        steps = Math.fround(before + tenBits / 65536);
        rx = along(ox, sx, steps);
        ry = along(oy, sy, steps);
        rz = along(oz, sz, steps);
      } else if (probe === 2) {
        gx = value;
      } else if (probe === 3) {
        gx = Math.fround(gx - value);
      } else if (probe === 4) {
        gy = value;
      } else if (probe === 5) {
        gy = Math.fround(gy - value);
      } else if (probe === 6) {
        gz = value;
      } else {
        gz = Math.fround(gz - value);
      }
    }
  }
  const depth = Math.fround(Math.fround(startSteps + steps) * stepMm);
  let nx = dotOf(scene[0], scene[1], scene[2], gx, gy, gz);
  let ny = dotOf(scene[3], scene[4], scene[5], gx, gy, gz);
  let nz = dotOf(scene[6], scene[7], scene[8], gx, gy, gz);
  if (clip >= 0) {
    nx = dotOf(clips[clip][16], clips[clip][20], clips[clip][24], gx, gy, gz);
    ny = dotOf(clips[clip][17], clips[clip][21], clips[clip][25], gx, gy, gz);
    nz = dotOf(clips[clip][18], clips[clip][22], clips[clip][26], gx, gy, gz);
  }
  let largest = Math.max(Math.abs(nx), Math.max(Math.abs(ny), Math.abs(nz)));
  if (largest < 8.673617379884035e-19) {
    return [-Math.fround(lx * perMm), -Math.fround(ly * perMm), -Math.fround(lz * perMm), depth];
  }
  let toOne = 1;
  for (let n = 0; n < 130; n++) {
    if (largest >= 2) {
      largest *= 0.5;
      toOne *= 0.5;
    } else if (largest < 1) {
      largest *= 2;
      toOne *= 2;
    } else {
      break;
    }
  }
  const ux = 0 - cut(nx * toOne);
  const uy = 0 - cut(ny * toOne);
  const uz = 0 - cut(nz * toOne);
  const scale = inverseRoot(dotOf(ux, uy, uz, ux, uy, uz));
  return [Math.fround(ux * scale), Math.fround(uy * scale), Math.fround(uz * scale), depth];
} // prettier-ignore

/** Clip shapes with their two whole numbers, kind and what is kept, as numbers. */
function clipValues({ f32, u32 }: CpuBuffer): Float32Array {
  return Float32Array.from(f32, (v, word) => ([3, 11].includes(word % CLIP_WORDS) ? u32[word] : v));
}

/**
 * A pixel a thread, a pass for each camera. What is decided along a ray is rounded to f32 at each operation, as in the
 * shader; the bricks are not looked at.
 */
export const firstHitGpuJs: GpuJsForm<FirstHitParams, FirstHitBinding> = {
  passes: ({ params, constants, buffers }) => {
    const { sizeIjk, cameraCount, gradientL, gradientP, gradientS, threshold, normalRadius } = params;
    const stored = gpuJsVolume(buffers, constants, sizeIjk);
    const clipCount = constants['IS_CLIPPED'] === 1 ? params.clipCount : 0;
    const clips = clipValues(buffers.clips);
    const scene = Float32Array.of(...gradientL, ...gradientP, ...gradientS, threshold, normalRadius);
    return Array.from({ length: cameraCount }, (_, camera): GpuJsPass => {
      const at = camera * CAMERA_WORDS;
      const words = buffers.cameras.u32;
      const [width, height, firstPixel, stepCount] = [3, 7, 15, 23].map((word) => words[at + word]);
      return {
        thread: firstHitThread,
        helpers: [inwardAt, inPixel, dotOf, inverseRoot, ownAt, excess, signOf, cut, between, beyond, along],
        args: [
          stored,
          gpuJsArray(buffers.cameras.f32.subarray(at), [CAMERA_WORDS]),
          gpuJsArray(scene, [scene.length]),
          gpuJsArray(clips, [CLIP_WORDS, clips.length / CLIP_WORDS]),
          ...sizeIjk,
          stepCount,
          clipCount,
        ],
        output: [width, height],
        into: buffers.dst.f32.subarray(4 * firstPixel, 4 * (firstPixel + width * height)),
      };
    });
  },
};
