import { forEachBackend } from '@efface/compute/testing';
import { cross, dot, normalize, type Vec3 } from '@efface/volume';
import { expect, it } from 'vitest';
import { type Camera } from './camera.ts';
import { type GBuffer } from './ray-cast.ts';
import { type Light, type Lighting, readPictures, relight } from './relight.ts';

const camera = (eyeLps: Vec3, widthPx: number, heightPx: number): Camera => ({
  kind: 'orthographic', eyeLps, targetLps: [0, 0, 0], upLps: [0, 0, 1], heightMm: 9, widthPx, heightPx,
}); // prettier-ignore

/** The formula, without quantisation. */
function exactGrey(normal: Vec3, towardsLight: Vec3, { ambient = 0.15, model = 'lambert' }: Lighting): number {
  const cosine = dot(normal, normalize(towardsLight));
  const lit = model === 'lambert' ? Math.max(0, cosine) : ((1 + cosine) / 2) ** 2;
  return 255 * (ambient + (1 - ambient) * lit);
}

/** Unit normals around the sphere; pixel 0 has none. */
const normalOf = (pixel: number): Vec3 =>
  pixel === 0 ? [0, 0, 0] : normalize([Math.sin(pixel), Math.cos(3 * pixel), Math.sin(7 * pixel + 1)]);

forEachBackend((_, backend) => {
  /** A G-buffer with these normals, pixels numbered through all cameras. */
  function gBufferOf(cameras: readonly Camera[], normalAt: (pixel: number) => Vec3): GBuffer {
    const count = cameras.reduce((sum, { widthPx, heightPx }) => sum + widthPx * heightPx, 0);
    const pixels = Float32Array.from({ length: 4 * count }, (__, n) => (n % 4 === 3 ? 1 : normalAt(n >> 2)[n % 4]));
    return { buffer: backend().createBuffer('g-buffer', pixels.byteLength, pixels), cameras };
  }

  async function picturesOf(gBuffer: GBuffer, lights: readonly Light[], lighting?: Lighting): Promise<Uint8Array[][]> {
    const pictures = relight(backend(), gBuffer, lights, lighting);
    const greys = await readPictures(backend(), pictures);
    backend().release(pictures.buffer);
    backend().release(gBuffer.buffer);
    return greys;
  }

  it('is ambient light plus cos θ, or ((1 + cos θ)/2)², and background where there is nothing', async () => {
    const normals: Vec3[] = [[0, -1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]]; // prettier-ignore
    const lights: Light[] = [{ space: 'lps', direction: [0, -3, 0] }];
    const view = (): GBuffer => gBufferOf([camera([0, -9, 0], 4, 1)], (p) => normals[p]);
    // The second has 90°: 0.2 + 0.8/4.
    const lambert = await picturesOf(view(), lights, { ambient: 0.2, background: 7 });
    const half = await picturesOf(view(), lights, { ambient: 0.2, model: 'half-lambert' });
    expect([...lambert[0][0]]).toEqual([255, 51, 51, 7]);
    expect([...half[0][0]]).toEqual([255, 102, 51, 0]);
  });

  it('makes all pictures of several cameras and lights, each within a rounding of the formula', async () => {
    const cameras = [camera([0, -90, 0], 17, 13), camera([50, 40, 20], 9, 3), camera([0, 0.1, 80], 8, 8)];
    const head = [normalize([3, 1, 0]), normalize([-1, 3, 0]), [0, 0, 1]] as const;
    const lights: Light[] = [
      { space: 'lps', direction: [1, -2, 0.5] },
      { space: 'camera', direction: [-2, 1, 3] },
      { space: 'frame', direction: [0.3, -1, 0.2], axesLps: head },
    ];
    for (const lighting of [{ background: 200 }, { ambient: 0, model: 'half-lambert' }] as const) {
      const pictures = await picturesOf(gBufferOf(cameras, normalOf), lights, lighting);
      let first = 0;
      pictures.forEach((ofCamera, c) => {
        const { eyeLps, widthPx, heightPx } = cameras[c];
        const back = normalize(eyeLps);
        const right = normalize(cross([0, 0, 1], back));
        const up = cross(back, right);
        const sum = ([x, y, z]: Vec3, axes: readonly [Vec3, Vec3, Vec3]): Vec3 =>
          [0, 1, 2].map((d) => x * axes[0][d] + y * axes[1][d] + z * axes[2][d]) as unknown as Vec3;
        const towards = [[1, -2, 0.5], sum([-2, 1, 3], [right, up, back]), sum([0.3, -1, 0.2], head)] as const;
        expect(ofCamera).toHaveLength(lights.length);
        ofCamera.forEach((greys, l) => {
          expect(greys).toHaveLength(widthPx * heightPx);
          greys.forEach((grey, p) => {
            if (first + p === 0) expect(grey).toBe('background' in lighting ? lighting.background : 0);
            // Half a grey of rounding, and what the roundings of normal and light do before it.
            else expect(Math.abs(grey - exactGrey(normalOf(first + p), towards[l], lighting))).toBeLessThan(0.55);
          });
        });
        first += widthPx * heightPx;
      });
    }
  });

  it('refuses what makes no picture', () => {
    const gBuffer = gBufferOf([camera([0, -9, 0], 1, 1)], normalOf);
    const light: Light = { space: 'lps', direction: [0, 0, 1] };
    expect(() => relight(backend(), gBuffer, [])).toThrow(RangeError);
    expect(() => relight(backend(), gBuffer, [{ ...light, direction: [0, 0, 0] }])).toThrow();
    for (const lighting of [{ ambient: 1.1 }, { background: 256 }, { background: 0.5 }])
      expect(() => relight(backend(), gBuffer, [light], lighting)).toThrow(RangeError);
    backend().release(gBuffer.buffer);
  });
});
