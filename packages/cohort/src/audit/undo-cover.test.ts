import { analyseHead } from '@efface/anatomy';
import { forEachFastBackend } from '@efface/compute/testing';
import { DEPTH_MASK_DEFAULTS } from '@efface/deface';
import { type DepthMap, faceDepthMap, faceThresholdReal, matchDepthsBothWays, undoSurfaces } from '@efface/reidentify';
import { generateHead } from '@efface/test-data';
import type { Volume } from '@efface/volume';
import { expect, it } from 'vitest';
import { renderSmoothingMm } from '../pictures.ts';
import { defacedCopy } from './defaced-again.ts';

forEachFastBackend((_, backend) => {
  it.each(['ct', 't1'] as const)(
    'a cover on %s has no value at which the face behind it is found',
    async (contrast) => {
      const { volume } = generateHead({ seed: 2, contrast, spacingMm: 2, noise: contrast === 'ct' ? 10 : 15 });
      const anatomy = await analyseHead(backend(), volume);
      const { frame } = anatomy;
      const smoothMm = renderSmoothingMm(volume);
      const skinReal = faceThresholdReal(volume, anatomy);
      const look = (seen: Volume, thresholdReal: number): Promise<DepthMap> =>
        faceDepthMap(backend(), { volume: seen, frame, thresholdReal, smoothMm });
      const face = await look(volume, skinReal);
      const residualMm = (map: DepthMap): number => matchDepthsBothWays(face, map)?.residualMm ?? Infinity;
      const cover = await defacedCopy(backend(), volume, { method: 'depth-mask', ...DEPTH_MASK_DEFAULTS });
      const { body } = await analyseHead(backend(), cover);
      const surfaces = await undoSurfaces(backend(), { volume: cover, frame, thresholdReal: skinReal, smoothMm, body });
      const found: number[] = [];
      for (const { volume: seen, thresholdReal } of surfaces) found.push(residualMm(await look(seen, thresholdReal)));
      // The same attack finds faces behind plain fills to less than 1 mm (undo-fill.test.ts).
      expect(residualMm(await look(cover, skinReal))).toBeGreaterThan(2);
      expect(Math.min(...found)).toBeGreaterThan(2);
    },
  );
});
