import { openScan } from '@efface/io';
import { releaseVolume, uploadVolume } from '@efface/compute';
import { forEachBackend } from '@efface/compute/testing';
import { sharedPath } from '@efface/test-data';
import { type Mask, maskCount, type Vec3, wordsPerRow } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { coverDepth, fillCover, readSkinProfile } from './cover.ts';
import { depthField, depthWindow } from './depth-field.ts';

const path = sharedPath('data/ixi_t1_2mm/T1/IXI128-HH-1470_T1.nii.gz');

/** Between the air and the skin of this scan: what `analyseHead` says, rounded. */
const THRESHOLD_STORED = 45;

describe.skipIf(path === undefined)(path === undefined ? 'no real head: ../shared is not there' : 'a real head', () => {
  forEachBackend((_, backend) => {
    it('gets a cover over its face and keeps everything else', async () => {
      const { volume } = await openScan(path ?? '');
      const { grid, rescale } = volume;
      const [ni, nj, nk] = grid.sizeIjk;
      // Where `analyseHead` finds it.
      const noseLps: Vec3 = [-8, -115, -57];
      const sizePx = [120, 150] as const;
      const window = depthWindow({
        centreLps: [noseLps[0], noseLps[1] - 40, noseLps[2] + 5], directionLps: [0, 1, 0], upLps: [0, 0, 1], pixelMm: 1.25, sizePx,
      }); // prettier-ignore
      const perRow = wordsPerRow(sizePx[0]);
      const words = new Uint32Array(perRow * sizePx[1]);
      for (let v = 0; v < sizePx[1]; v++)
        for (let u = 0; u < sizePx[0]; u++)
          if (Math.hypot((u - 59.5) / 38, (v - 76) / 54) < 1) words[v * perRow + (u >>> 5)] |= 1 << (u & 31);
      const device = uploadVolume(backend(), 'head', volume);
      const gap = backend().createBuffer('gap', words.byteLength, words);
      const skin = depthField(backend(), { volume: device, grid, thresholdStored: THRESHOLD_STORED, window });
      const cover = coverDepth(backend(), { skin, window, gap, coverMm: 3, rampMm: 4 });
      const profile = await readSkinProfile(backend(), {
        volume: device, grid, rescale, skin, window, gap, binMm: 1, binCount: 30, low: 0, high: 1000,
      }); // prettier-ignore
      const filled = fillCover(backend(), {
        volume: device, grid, rescale, thresholdStored: THRESHOLD_STORED, skin, coverDepthMm: cover, window, profile, seed: 1,
      }); // prettier-ignore
      const skinMm = new Float32Array(await backend().read(skin.depthMm));
      const coverMm = new Float32Array(await backend().read(cover));
      const real = new Float32Array(await backend().read(filled.real));
      const altered: Mask = {
        sizeIjk: grid.sizeIjk,
        wordsPerRow: wordsPerRow(ni),
        words: new Uint32Array(await backend().read(filled.altered)),
      };
      for (const buffer of [gap, skin.depthMm, skin.valid, cover, filled.real, filled.altered])
        backend().release(buffer);
      releaseVolume(backend(), device);

      let [wrong, ahead] = [0, 0];
      coverMm.forEach((depth, at) => {
        const [u, v] = [at % sizePx[0], Math.floor(at / sizePx[0])];
        const isGap = ((words[v * perRow + (u >>> 5)] >>> (u & 31)) & 1) === 1;
        if (isGap ? !(skinMm[at] === 0 || depth <= skinMm[at]) : depth !== skinMm[at]) wrong++;
        if (isGap && skinMm[at] > 0) ahead = Math.max(ahead, skinMm[at] - depth);
      });
      expect(wrong).toBe(0);
      // Eyes lie more than a centimetre behind the bridge of the nose.
      expect(ahead).toBeGreaterThan(10);
      // Tissue below a millimetre of partial volume, air is around 5.
      expect(Math.min(...profile.means.slice(2, 15))).toBeGreaterThan(2 * THRESHOLD_STORED);

      for (let at = 0; at < real.length; at++) {
        const row = Math.floor(at / ni);
        const isAltered =
          ((altered.words[row * altered.wordsPerRow + ((at % ni) >>> 5)] >>> ((at % ni) & 31)) & 1) === 1;
        const stored = Number(volume.voxels[at]);
        const k = Math.floor(row / nj);
        if (
          isAltered
            ? stored >= THRESHOLD_STORED
            : real[at] !== Math.fround(stored * rescale.slopePerK[k] + rescale.interceptPerK[k])
        )
          wrong++;
      }
      expect(wrong).toBe(0);
      // Voxels are 8 mm³: more than 8 ml of cover, less than a twentieth of the image.
      expect(maskCount(altered)).toBeGreaterThan(1000);
      expect(maskCount(altered)).toBeLessThan(0.05 * ni * nj * nk);
    });
  });
});
