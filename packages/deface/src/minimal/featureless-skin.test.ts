import { expect, it } from 'vitest';
import { featurelessSkin, weightFromRim } from './featureless-skin.ts';

const [NU, NV] = [121, 101];
const field = (of: (u: number, v: number) => number): Float32Array =>
  Float32Array.from({ length: NU * NV }, (_, n) => of(n % NU, Math.floor(n / NU)));
const gap = Uint8Array.from(field((u, v) => (u >= 20 && u <= 100 && v >= 20 && v <= 80 ? 1 : 0)));
const at = (values: Float32Array, u: number, v: number): number => values[v * NU + u];

it('leaves flat skin as it is, and what is outside the gap', () => {
  const skin = field((u, v) => (u < 3 ? Number.NaN : 70 + (v > 90 ? 5 : 0)));
  const flat = featurelessSkin(
    field(() => 70),
    gap,
    [NU, NV],
    1,
  );
  expect(Math.max(...flat.map((depth) => Math.abs(depth - 70)))).toBeLessThan(1e-3);
  const smooth = featurelessSkin(skin, gap, [NU, NV], 1);
  for (let n = 0; n < skin.length; n++)
    if (!gap[n]) expect(Object.is(smooth[n], skin[n]) || Number.isNaN(smooth[n])).toBe(true);
});

it('takes features off', () => {
  // A nose: a Gaussian of 20 mm height and 6 mm width.
  const along = (from: number): number => Math.exp((-from * from) / (2 * 6 ** 2));
  const smooth = featurelessSkin(
    field((u, v) => 80 - 20 * along(u - 60) * along(v - 50)),
    gap,
    [NU, NV],
    1,
  );
  // Both factors are blurred alike, by three boxes of 29 pixels: (29² − 1)/12 = 70 each, 210 for a blur of 14² = 196.
  let kernel = [1];
  for (let pass = 0; pass < 3; pass++)
    kernel = Array.from({ length: kernel.length + 28 }, (_, n) => {
      let sum = 0;
      for (let d = 0; d < 29; d++) sum += kernel[n - d] ?? 0;
      return sum / 29;
    });
  const factor = kernel.reduce((sum, share, n) => sum + share * along(n - (kernel.length - 1) / 2), 0);
  expect(80 - at(smooth, 60, 50)).toBeCloseTo(20 * factor ** 2, 3);
  expect(20 * factor ** 2).toBeLessThan(3);
});

it('weighs nothing on the rim and all inside', () => {
  const weight = weightFromRim(gap, [NU, NV], 1);
  expect(at(weight, 60, 50)).toBe(1);
  expect(at(weight, 19, 50)).toBe(0);
  // The rim lies between pixels 19 and 20.
  expect(at(weight, 20, 50)).toBeLessThan(0.2);
  for (let u = 21; u < 60; u++) expect(at(weight, u, 50)).toBeGreaterThanOrEqual(at(weight, u - 1, 50));
});
