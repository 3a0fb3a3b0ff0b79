import type { BrainMesh } from './brain-mesh.ts';
import { headToLps, type Pose } from './pose.ts';
import { isInsideLps, type Sampled, sampleLps, type WorkingImage } from './working-image.ts';

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
    const first = Math.max(0, Math.ceil(INNERMOST_MM - averageRadii[v] + AT_AVERAGE));
    for (let s = first; s < SAMPLES_PER_RAY; s++) {
      const r = averageRadii[v] + s - AT_AVERAGE;
      if (r < INNERMOST_MM) continue;
      values[v * SAMPLES_PER_RAY + s] = sampleLps(image, m[3] + ux * r, m[7] + uy * r, m[11] + uz * r);
    }
    // From outside: a ray that leaves the image before it leaves the body tells nothing about air.
    for (let s = SAMPLES_PER_RAY - 1; s >= first && !Number.isNaN(values[v * SAMPLES_PER_RAY + s]); s--) {
      const r = averageRadii[v] + s - AT_AVERAGE;
      if (r < INNERMOST_MM) break;
      if (!isInsideLps(body, m[3] + ux * r, m[7] + uy * r, m[11] + uz * r)) continue;
      if (s < SAMPLES_PER_RAY - 1) airAt[v] = s + 0.5;
      break;
    }
  }
  return { values, airAt };
}
