import { forEachBackend } from '@efface/compute/testing';
import { depthWindow } from '@efface/kernels';
import { describe, expect, it } from 'vitest';
import { coverShape } from './cover-shape.ts';

const [NU, NV] = [61, 23];
const window = depthWindow({ centreLps: [0, 0, 0], directionLps: [0, 1, 0], upLps: [0, 0, 1], pixelMm: 1, sizePx: [NU, NV] }); // prettier-ignore
const field = (of: (u: number, v: number) => number): Float32Array =>
  Float32Array.from({ length: NU * NV }, (_, n) => of(n % NU, Math.floor(n / NU)));
const everywhere = (value: number): Float32Array => field(() => value);

/** A strip from top to bottom: pixels 10 to 50. */
const strip = Uint8Array.from({ length: NU * NV }, (_, n) => (n % NU >= 10 && n % NU <= 50 ? 1 : 0));

/**
 * Share of the height: 1 − y, where y(u − 1) − 2·y(u) + y(u + 1) = y(u)/8² and y = 1 at the rim, 21 pixels from the
 * middle: a hyperbolic cosine.
 */
function ramp(u: number): number {
  const kappa = Math.acosh(1 + 1 / 128);
  const from = Math.min(21, Math.abs(u - 30));
  return 1 - Math.cosh(kappa * from) / Math.cosh(kappa * 21);
}

forEachBackend((_, backend) => {
  describe('a cover', () => {
    it('rises over flat skin as a screened membrane does', async () => {
      const cover = await coverShape(backend(), {
        window, skinMm: everywhere(80), gap: strip, heightMm: everywhere(10), beginMm: everywhere(0),
      }); // prettier-ignore
      // The height is concave, so the membrane lies on its limit everywhere.
      const exact = field((u) => 80 - 10 * ramp(u));
      expect(Math.max(...cover.map((depth, n) => Math.abs(depth - exact[n])))).toBeLessThan(0.01);
    });

    it('spans what lies deep, lies in front of what stands out, and leaves what has no skin', async () => {
      // A ridge 12 mm high and 6 wide between two hollows 8 deep.
      const skin = field((u, v) => {
        if (v === 0 && u < 3) return Number.NaN;
        return Math.abs(u - 30) <= 3 ? 68 : Math.abs(u - 30) < 15 ? 88 : 80;
      });
      const cover = await coverShape(backend(), {
        window, skinMm: skin, gap: strip, heightMm: everywhere(4), beginMm: everywhere(0),
      }); // prettier-ignore
      for (let n = 0; n < cover.length; n++) {
        const u = n % NU;
        if (Number.isNaN(skin[n])) expect(cover[n]).toBeNaN();
        else if (!strip[n]) expect(cover[n]).toBe(skin[n]);
        else expect(skin[n] - cover[n]).toBeGreaterThanOrEqual(4 * ramp(u) - 0.01);
      }
      // From the ridge's edge to the rim a straight line is the least: at 14 of the 17 pixels it is far above the hollow.
      expect(skin[11 * NU + 36] - cover[11 * NU + 36]).toBeGreaterThan(15);
    });

    it('ends where the image begins', async () => {
      const cover = await coverShape(backend(), {
        window, skinMm: everywhere(80), gap: strip, heightMm: everywhere(10), beginMm: everywhere(77),
      }); // prettier-ignore
      expect(Math.min(...cover)).toBe(77);
      // Skin that the border cuts is left.
      const cut = await coverShape(backend(), {
        window, skinMm: everywhere(80), gap: strip, heightMm: everywhere(10), beginMm: everywhere(Infinity),
      }); // prettier-ignore
      expect(cut).toEqual(everywhere(80));
    });
  });
});
