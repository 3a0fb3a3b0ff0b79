import { createMask, invert, type Mask } from '@efface/volume';
import type { BrainMesh } from './brain-mesh.ts';
import { lookUpDirection, tabulateVertices } from './direction-map.ts';
import { headToLps, type Pose } from './pose.ts';
import type { Sampled } from './working-image.ts';

/** Voxels of the image's grid whose centres lie inside the star with these radii (mm of the head frame). */
export function starMask(image: Sampled, mesh: BrainMesh, pose: Pose, radii: Float32Array): Mask {
  const table = tabulateVertices(mesh.tabulation, radii);
  let [shortest, longest] = [Infinity, 0];
  for (const radius of table.values) {
    shortest = Math.min(shortest, radius);
    longest = Math.max(longest, radius);
  }
  const forward = headToLps(pose);
  const m = invert(forward);
  const [ni, nj, nk] = image.sizeIjk;
  const mask = createMask(image.sizeIjk);
  const step = image.spacingMm;
  // The box around the star: along patient axis c it reaches `longest` times the length of the row of the pose.
  const range = (c: 0 | 1 | 2): readonly [number, number] => {
    const middle = (forward[4 * c + 3] - image.originLps[c]) / step;
    const reach = (longest * Math.hypot(forward[4 * c], forward[4 * c + 1], forward[4 * c + 2])) / step;
    return [Math.max(0, Math.ceil(middle - reach)), Math.min(image.sizeIjk[c] - 1, Math.floor(middle + reach))];
  };
  const [[iLow, iHigh], [jLow, jHigh], [kLow, kHigh]] = [range(0), range(1), range(2)];
  for (let k = kLow; k <= Math.min(kHigh, nk - 1); k++) {
    for (let j = jLow; j <= Math.min(jHigh, nj - 1); j++) {
      const row = (k * nj + j) * mask.wordsPerRow;
      const y = image.originLps[1] + step * j;
      const z = image.originLps[2] + step * k;
      for (let i = iLow; i <= Math.min(iHigh, ni - 1); i++) {
        const x = image.originLps[0] + step * i;
        const px = m[0] * x + m[1] * y + m[2] * z + m[3];
        const py = m[4] * x + m[5] * y + m[6] * z + m[7];
        const pz = m[8] * x + m[9] * y + m[10] * z + m[11];
        const r = Math.sqrt(px * px + py * py + pz * pz);
        if (r > longest) continue;
        if (r <= shortest || r <= lookUpDirection(table, px, py, pz)) mask.words[row + (i >>> 5)] |= 1 << (i & 31);
      }
    }
  }
  return mask;
}
