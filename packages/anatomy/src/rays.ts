import type { BrainMesh } from './brain-mesh.ts';
import { headToLps, type Pose } from './pose.ts';
import { type Sampled, sampleLps, type WorkingImage } from './working-image.ts';

/** Samples along each ray are 1 mm apart in the head frame; sample AT_AVERAGE lies on the average brain's surface. */
export const SAMPLES_PER_RAY = 60;
export const AT_AVERAGE = 34;
/** Nothing is sampled nearer to the middle than this, mm: all rays meet there. */
const INNERMOST_MM = 8;

/** An image seen along the rays of a posed head. Entry `vertex · SAMPLES_PER_RAY + sample`. */
export interface Rays {
  /** Real values; NaN outside the image. */
  readonly values: Float32Array;
  /** Sample at which the ray leaves the body for the air, between samples; Infinity where it does not. */
  readonly airAt: Float32Array;
}

/** Samples the image along the rays of a pose, and finds where they come out of the body. */
export function sampleRays(mesh: BrainMesh, pose: Pose, image: WorkingImage, body: Sampled): Rays {
  const { sphere, averageRadii } = mesh;
  const m = headToLps(pose);
  const count = sphere.vertexCount;
  const values = new Float32Array(count * SAMPLES_PER_RAY).fill(NaN);
  const airAt = new Float32Array(count).fill(Infinity);
  const d = sphere.directions;
  for (let v = 0; v < count; v++) {
    const [x, y, z] = [d[3 * v], d[3 * v + 1], d[3 * v + 2]];
    const ux = m[0] * x + m[1] * y + m[2] * z;
    const uy = m[4] * x + m[5] * y + m[6] * z;
    const uz = m[8] * x + m[9] * y + m[10] * z;
    let lastInside = -1;
    for (let s = 0; s < SAMPLES_PER_RAY; s++) {
      const r = averageRadii[v] + s - AT_AVERAGE;
      if (r < INNERMOST_MM) continue;
      const [px, py, pz] = [m[3] + ux * r, m[7] + uy * r, m[11] + uz * r];
      const value = sampleLps(image, px, py, pz);
      values[v * SAMPLES_PER_RAY + s] = value;
      // A ray that leaves the image tells nothing about air.
      if (Number.isNaN(value)) lastInside = SAMPLES_PER_RAY;
      else if (sampleLps(body, px, py, pz) > 0.5) lastInside = s;
    }
    if (lastInside >= 0 && lastInside < SAMPLES_PER_RAY - 1) airAt[v] = lastInside + 0.5;
  }
  return { values, airAt };
}
