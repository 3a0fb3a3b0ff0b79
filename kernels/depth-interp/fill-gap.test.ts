import { type Backend, type DeviceBuffer, type Kernel } from '@efface/compute';
import { forEachBackend, Random, randomF32 } from '@efface/compute/testing';
import { wordsPerRow } from '@efface/volume';
import { describe, expect, it } from 'vitest';
import { fillGap, type FillGapRequest, NO_LIMIT } from './fill-gap.ts';
import {
  chebyshevSteps, coarserGapLevels, type GapLevel, multigridCycle, pixelCount, releaseGapLevels, gapResidualOf, type SizePx,
} from './gap-levels.ts'; // prettier-ignore
import { gapStencil } from './gap-stencil.ts';

type Pixels = (u: number, v: number) => number;
type Where = (u: number, v: number) => boolean;

function pixels([nu, nv]: SizePx, value: Pixels): Float32Array {
  return Float32Array.from({ length: nu * nv }, (_, at) => value(at % nu, Math.floor(at / nu)));
}

function bits([nu, nv]: SizePx, isSet: Where): Uint32Array {
  const perRow = wordsPerRow(nu);
  const words = new Uint32Array(perRow * nv);
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) if (isSet(u, v)) words[v * perRow + (u >>> 5)] |= 1 << (u & 31);
  return words;
}

interface Scene {
  readonly sizePx: SizePx;
  /** Values of known pixels; unknown ones are given as `guess`. */
  readonly known: Pixels;
  readonly guess?: Pixels;
  readonly isGap: Where;
  readonly isMissing?: Where;
  readonly limit?: Pixels;
  readonly pull?: { readonly perPixel: number; readonly target: Pixels };
}

async function filled(
  backend: Backend,
  scene: Scene,
  options: Pick<FillGapRequest, 'smoothness' | 'cycles'> = {},
): Promise<Float32Array> {
  const { sizePx, known, guess = () => 0, isGap, isMissing = () => false, limit, pull } = scene;
  const upload = (data: Float32Array | Uint32Array): DeviceBuffer =>
    backend.createBuffer('scene', data.byteLength, data);
  const values = upload(pixels(sizePx, (u, v) => (isGap(u, v) ? guess(u, v) : isMissing(u, v) ? 7777 : known(u, v))));
  const gap = upload(bits(sizePx, isGap));
  const valid = upload(bits(sizePx, (u, v) => !isGap(u, v) && !isMissing(u, v)));
  const ceiling = limit && upload(pixels(sizePx, limit));
  const target = pull && upload(pixels(sizePx, pull.target));
  const result = fillGap(backend, {
    sizePx, values, gap, valid, ...(ceiling && { limit: ceiling }), ...options,
    ...(pull && target && { pull: { perPixel: pull.perPixel, target } }),
  }); // prettier-ignore
  const filling = new Float32Array(await backend.read(result));
  for (const buffer of [values, gap, valid, ceiling, target, result]) if (buffer) backend.release(buffer);
  return filling;
}

function largestError(sizePx: SizePx, actual: Float32Array, expected: Pixels, where: Where = () => true): number {
  let largest = 0;
  actual.forEach((value, at) => {
    const [u, v] = [at % sizePx[0], Math.floor(at / sizePx[0])];
    if (where(u, v)) largest = Math.max(largest, Math.abs(value - expected(u, v)));
  });
  return largest;
}

/** A star with five rays around the middle of the picture. */
const star =
  ([nu, nv]: SizePx): Where =>
  (u, v) => {
    const [x, y] = [(2 * u + 1) / nu - 1, (2 * v + 1) / nv - 1];
    return Math.hypot(x, y) < 0.6 + 0.25 * Math.cos(5 * Math.atan2(y, x));
  };

/** f32 values around 100: what rounding leaves of a smooth solution. */
const ROUNDING = 1e-4;

describe('chebyshevSteps', () => {
  it('leaves 1/T((1 + low)/(1 − low)) of every eigenvalue above low', () => {
    const steps = chebyshevSteps(4, 1 / 16);
    const left = (eigenvalue: number): number => steps.reduce((rest, step) => rest * (1 - step * eigenvalue), 1);
    const largest = Math.max(
      ...Array.from({ length: 1001 }, (_, n) => Math.abs(left(1 / 16 + (n / 1000) * (15 / 16)))),
    );
    expect(largest).toBeCloseTo(1 / Math.cosh(4 * Math.acosh(17 / 15)), 9);
  });
});

forEachBackend((kind, backend) => {
  // What is dispatched is the same everywhere and a GPU in software takes its time: orders of convergence are the CPU's.
  const isQuick = kind === 'cpu';

  it('a membrane reproduces discretely harmonic polynomials in a gap of any outline', async () => {
    const sizePx: SizePx = [61, 71];
    const polynomials: Pixels[] = [
      (u, v) => 100 + 0.3 * u - 0.7 * v,
      (u, v) => 50 + 0.01 * ((u - 30) ** 2 - (v - 30) ** 2),
      (u, v) => 50 + 2e-4 * ((u - 30) ** 3 - 3 * (u - 30) * (v - 30) ** 2),
    ];
    for (const known of polynomials)
      expect(largestError(sizePx, await filled(backend(), { sizePx, known, isGap: star(sizePx) }), known)).toBeLessThan(
        ROUNDING,
      );
  });

  it('a plate reproduces cubics, on which its thirteen points are exact', async () => {
    const sizePx: SizePx = [70, 83];
    const known: Pixels = (u, v) => {
      const [x, y] = [(u - 35) / 35, (v - 41) / 35];
      return 60 + 20 * x * x + 5 * x * y * y - 8 * y ** 3 + 3 * x ** 3 - 7 * y;
    };
    const scene = { sizePx, known, isGap: star(sizePx) };
    expect(largestError(sizePx, await filled(backend(), scene, { smoothness: 'plate' }), known)).toBeLessThan(ROUNDING);
  });

  it('a harmonic and a biharmonic function come out within their discretisation error', async () => {
    for (const smoothness of ['membrane', 'plate'] as const) {
      const errors: number[] = [];
      for (const n of isQuick ? [32, 64] : [32]) {
        const sizePx: SizePx = [n, n];
        // exp(x) sin(y) is harmonic, x times it biharmonic.
        const known: Pixels = (u, v) => {
          const [x, y] = [(3 * u) / n, (3 * v) / n];
          return (smoothness === 'plate' ? x : 1) * Math.exp(x) * Math.sin(y);
        };
        const isGap: Where = (u, v) => Math.hypot(u - n / 2, v - n / 2) < 0.42 * n;
        errors.push(largestError(sizePx, await filled(backend(), { sizePx, known, isGap }, { smoothness }), known));
      }
      // At most R²/4·h²/12·|∂x⁴ + ∂y⁴| with R = 1.26, h = 3/32 and 2·exp(2.76): 0.009; clamped, the plate errs less.
      expect(errors[0]).toBeLessThan(0.009);
      if (isQuick) expect(errors[0] / errors[1]).toBeGreaterThan(3);
    }
  });

  it('the edges of the picture and missing pixels are natural boundaries: cosh × cos, exact on the lattice', async () => {
    const [nu, nv] = [90, 24];
    const q = (2 * Math.PI) / nv;
    // Σ of four neighbours − 4 w = 0 when cosh k + cos q = 2; even around the outer faces of the last pixels.
    const k = Math.acosh(2 - Math.cos(q));
    for (const missing of [0, 17]) {
      const last = nu - missing;
      const exact: Pixels = (u, v) =>
        (20 * Math.cosh(k * (last - u - 0.5)) * Math.cos(q * (v + 0.5))) / Math.cosh(k * last);
      const scene: Scene = {
        sizePx: [nu, nv], known: exact, isGap: (u) => u > 1 && u < last, isMissing: (u) => u >= last,
      }; // prettier-ignore
      const result = await filled(backend(), scene);
      expect(largestError(scene.sizePx, result, exact, (u) => u < last)).toBeLessThan(2e-5);
      // What is missing is copied.
      if (missing > 0) expect(result[nu - 1]).toBe(7777);
    }
  });

  it('a pull makes values decay like cosh (exact on the lattice) and like the Bessel function I₀', async () => {
    const perPixel = 1 / 8 ** 2;
    const n = 75;
    const k = Math.acosh(1 + perPixel / 2);
    const exact: Pixels = (u) => 30 + (20 * Math.cosh(k * (n - u - 0.5))) / Math.cosh(k * (n - 0.5));
    const line = await filled(backend(), {
      sizePx: [n, 9], known: exact, isGap: (u) => u > 0, pull: { perPixel, target: () => 30 },
    }); // prettier-ignore
    expect(largestError([n, 9], line, exact)).toBeLessThan(3e-5);

    const bessel = (x: number): number => {
      let [term, sum] = [1, 1];
      for (let m = 1; m < 60; m++) sum += term *= (x / 2 / m) ** 2;
      return sum;
    };
    const centre = 37;
    const disc: Pixels = (u, v) => bessel(Math.hypot(u - centre, v - centre) / 8) / bessel(30 / 8);
    const isGap: Where = (u, v) => Math.hypot(u - centre, v - centre) < 30;
    const result = await filled(backend(), { sizePx: [n, n], known: disc, isGap, pull: { perPixel, target: () => 0 } });
    // The lattice decays by h²/24λ² less for each λ it goes: 30/8·1/(24·64) = 0.0024 of values of up to 1.
    expect(largestError([n, n], result, disc)).toBeLessThan(0.0024);
  });

  it('a membrane over a sphere touches it up to the circle of the closed form', async () => {
    const errors: number[] = [];
    for (const n of isQuick ? [64, 128] : [64]) {
      const sizePx: SizePx = [n, n];
      const c = (n - 1) / 2;
      const rim = 0.42 * n;
      const ball = 0.3 * n;
      // Contact for r < a; beyond it A·log(rim/r) with the same value and slope: a² log(rim/a) = ball² − a².
      let [low, high] = [0, ball];
      for (let step = 0; step < 60; step++) {
        const a = (low + high) / 2;
        if (a * a * Math.log(rim / a) < ball * ball - a * a) low = a;
        else high = a;
      }
      const height: Pixels = (u, v) => {
        const r = Math.hypot(u - c, v - c);
        return r < low
          ? Math.sqrt(ball ** 2 - r * r)
          : ((low * low) / Math.sqrt(ball ** 2 - low ** 2)) * Math.log(rim / r);
      };
      const limit: Pixels = (u, v) => {
        const r = Math.hypot(u - c, v - c);
        return r < ball ? 100 - Math.sqrt(ball ** 2 - r * r) : NO_LIMIT;
      };
      const isGap: Where = (u, v) => Math.hypot(u - c, v - c) < rim;
      const exact: Pixels = (u, v) => 100 - height(u, v);
      const guess: Pixels = (u, v) => Math.min(100, limit(u, v));
      const result = await filled(backend(), { sizePx, known: exact, guess, isGap, limit });
      errors.push(largestError(sizePx, result, exact) / n);
      const contact: Where = (u, v) => Math.hypot(u - c, v - c) < low - 2;
      expect(largestError(sizePx, result, limit, contact)).toBeLessThan(1e-5);
    }
    // The lattice knows the circle to half a pixel: ½·(h/2)² times Δψ = (1 + ball²/ψ²)/ψ there, ψ = 0.2: 15 h²/8.
    expect(errors[0]).toBeLessThan(15 / 8 / 64 ** 2);
    if (isQuick) expect(errors[0] / errors[1]).toBeGreaterThan(2.5);
  });

  it('never passes its limit, lies on it only where it is pushed, and is in balance elsewhere', async () => {
    const sizePx: SizePx = [61, 66];
    const isGap = star(sizePx);
    const noise = randomF32(5, pixelCount(sizePx), 0, 1);
    const skin: Pixels = (u, v) =>
      100 +
      8 * Math.cos(u / 9) * Math.sin(v / 7) -
      25 * Math.exp(-((u - 30) ** 2 / 30 + (v - 33) ** 2 / 150)) +
      noise[v * 61 + u];
    for (const smoothness of ['membrane', 'plate'] as const) {
      const scene = { sizePx, known: skin, guess: skin, isGap };
      const free = await filled(backend(), scene, { smoothness });
      const result = await filled(backend(), { ...scene, limit: (u, v) => skin(u, v) - 2 }, { smoothness, cycles: 8 });
      const limit = pixels(sizePx, (u, v) => skin(u, v) - 2);
      let [touching, hanging, wrong, imbalance] = [0, 0, 0, 0];
      result.forEach((value, at) => {
        const [u, v] = [at % 61, Math.floor(at / 61)];
        if (!isGap(u, v)) {
          wrong += value === Math.fround(skin(u, v)) ? 0 : 1;
          return;
        }
        wrong += value <= limit[at] ? 0 : 1;
        // For a plate the membrane is what was added to it.
        const lift = (pixel: number): number => result[pixel] - (smoothness === 'plate' ? free[pixel] : 0);
        const force = lift(at - 1) + lift(at + 1) + lift(at - 61) + lift(at + 61) - 4 * lift(at);
        // On the limit the membrane may only push towards it.
        imbalance = Math.max(imbalance, value < limit[at] ? Math.abs(force) : -force);
        if (value < limit[at]) hanging++;
        else touching++;
      });
      expect(wrong).toBe(0);
      // Values around 100 round to 2⁻¹⁸: 8 of them here, 8 of the plate, and as many again in the load it makes; and a
      // relaxation ends where force/8 rounds to nothing.
      expect(imbalance).toBeLessThan((8 + 8 + 16 + 8) * 2 ** -18);
      expect(Math.min(touching, hanging)).toBeGreaterThan(100);
    }
  });

  it('a limit that is out of reach changes nothing', async () => {
    const sizePx: SizePx = [40, 51];
    const known: Pixels = (u, v) => 50 + 0.02 * (u - 20) ** 2 - 0.1 * v;
    for (const smoothness of ['membrane', 'plate'] as const) {
      const scene = { sizePx, known, isGap: star(sizePx) };
      const free = await filled(backend(), scene, { smoothness });
      const held = await filled(backend(), { ...scene, limit: () => NO_LIMIT }, { smoothness });
      expect(largestError(sizePx, held, (u, v) => free[v * 40 + u])).toBeLessThan(ROUNDING);
    }
  });

  it('copies what needs no filling and keeps the guess where nothing is known', async () => {
    const random = new Random(3);
    for (const sizePx of [
      [1, 1],
      [3, 2],
      [5, 5],
      [9, 1],
      [1, 40],
    ] as const) {
      const values = Float32Array.from({ length: pixelCount(sizePx) }, () => 100 * random.nextF32());
      const known: Pixels = (u, v) => values[v * sizePx[0] + u];
      expect(await filled(backend(), { sizePx, known, isGap: () => false })).toEqual(values);
      const alone = await filled(backend(), { sizePx, known, guess: () => 42, isGap: () => true });
      for (const value of alone) expect(value).toBeCloseTo(42, 4);
      // A whole picture from one known pixel is that pixel.
      const one = await filled(backend(), { sizePx, known: () => 9, isGap: (u, v) => u + v > 0 });
      for (const value of one) expect(value).toBeCloseTo(9, 4);
    }
  });

  it('refuses sizes, cycles and pulls that are none', () => {
    const buffer = backend().createBuffer('none', 64);
    const request = { sizePx: [4, 4], values: buffer, gap: buffer, valid: buffer } as const;
    for (const wrong of [{ sizePx: [0, 4] as const }, { cycles: 1.5 }, { pull: { perPixel: -1, target: buffer } }])
      expect(() => fillGap(backend(), { ...request, ...wrong })).toThrow(RangeError);
    backend().release(buffer);
  });

  it('each cycle leaves at most 0.25 of the residual, whatever the outline and the size', async () => {
    const outlines: Record<string, (size: SizePx) => Pick<Scene, 'isGap' | 'isMissing'>> = {
      star: (size) => ({ isGap: star(size) }),
      'up to the edges': ([nu]) => ({ isGap: (u, v) => v > 3 + 0.1 * nu + 0.3 * u }),
      'around single known pixels': (size) => ({
        isGap: (u, v) => star(size)(u, v) && !(u % 23 === 5 && v % 29 === 7),
      }),
      'around what is missing': (size) => ({
        isGap: (u, v) => star(size)(u, v) && Math.hypot(u - 0.4 * size[0], v - 0.45 * size[1]) > 0.1 * size[0],
        isMissing: (u, v) => Math.hypot(u - 0.4 * size[0], v - 0.45 * size[1]) <= 0.1 * size[0],
      }),
    };
    for (const [name, outline] of Object.entries(outlines)) {
      for (const sizePx of kind === 'cpu'
        ? ([
            [40, 40],
            [97, 130],
          ] as const)
        : ([[40, 40]] as const)) {
        for (const smoothness of ['membrane', 'plate'] as const) {
          const factor = await residualFactor(backend(), sizePx, outline(sizePx), smoothness);
          expect(factor, `${smoothness} ${name} ${sizePx.join('×')}`).toBeLessThan(0.25);
        }
      }
    }
  });

  it.skipIf(kind === 'webgpu')(
    'its work grows with the number of pixels and not faster (counted once: on the CPU)',
    async () => {
      for (const smoothness of ['membrane', 'plate'] as const) {
        const perPixel: number[] = [];
        for (const n of [64, 128, 256]) {
          const sizePx: SizePx = [n, n];
          let work = 0;
          const counting = counted(backend(), (kernel, { params, constants }) => {
            const all = Object.fromEntries(
              kernel.source.overrides.map(({ name, defaultValue }) => [name, defaultValue]),
            );
            const { readBytes, writeBytes } = kernel.cost(params, { ...all, ...constants });
            work += readBytes + writeBytes;
          });
          const values = backend().createBuffer('values', 4 * n * n);
          const request = { sizePx, values, gap: values, valid: values, limit: values, smoothness };
          backend().release(fillGap(counting, request));
          backend().release(values);
          perPixel.push(work / n ** 2);
        }
        // The border of one coarse pixel weighs less and less; a factor log n would be 1.33 from 64 to 256.
        expect(perPixel[2] / perPixel[1]).toBeLessThan(1.02);
        expect(perPixel[2] / perPixel[0]).toBeLessThan(1.02);
      }
    },
  );
});

/** How much of the residual's norm a cycle leaves, the mean of cycles 3 to 8; the solution is 0, so nothing is lost to rounding. */
async function residualFactor(
  backend: Backend,
  sizePx: SizePx,
  { isGap, isMissing = () => false }: Pick<Scene, 'isGap' | 'isMissing'>,
  smoothness: 'membrane' | 'plate',
): Promise<number> {
  const isPlate = smoothness === 'plate';
  const planeCount = isPlate ? 7 : 3;
  const sizeBytes = 4 * pixelCount(sizePx);
  const buffer = (data: Float32Array | Uint32Array): DeviceBuffer =>
    backend.createBuffer('level', data.byteLength, data);
  const gap = buffer(bits(sizePx, isGap));
  const valid = buffer(bits(sizePx, (u, v) => !isGap(u, v) && !isMissing(u, v)));
  const planes = backend.createBuffer('planes', planeCount * sizeBytes);
  const free = backend.createBuffer('free', sizeBytes);
  const load = backend.createBuffer('load', sizeBytes);
  backend.dispatch(gapStencil, {
    params: { sizePx, wordsPerRow: wordsPerRow(sizePx[0]), pull: 0 },
    constants: { PLANES: planeCount, IS_PLATE: isPlate ? 1 : 0 },
    buffers: { gap, valid, goal: valid, planes, free, load },
  });
  const level: GapLevel = { sizePx, planeCount, planes, free };
  const levels = coarserGapLevels(backend, level);
  const noise = randomF32(9, pixelCount(sizePx), -1, 1);
  let x = buffer(pixels(sizePx, (u, v) => (isGap(u, v) ? 3 + noise[v * sizePx[0] + u] : 0)));
  const norms: number[] = [];
  for (let n = 0; n < 8; n++) {
    x = multigridCycle(backend, level, levels, { x, load }, isPlate
      ? { steps: chebyshevSteps(4, 1 / 16), kind: 'F' }
      : { steps: chebyshevSteps(2, 1 / 4), kind: 'V' }); // prettier-ignore
    const { residual, inside } = gapResidualOf(backend, level, { x, load });
    norms.push(Math.hypot(...new Float32Array(await backend.read(residual))));
    for (const done of [residual, inside]) backend.release(done);
  }
  for (const done of [gap, valid, load, x]) backend.release(done);
  releaseGapLevels(backend, [level, ...levels]);
  return (norms[7] / norms[2]) ** (1 / 5);
}

/** The backend, telling of each dispatch. */
function counted(
  backend: Backend,
  tell: (kernel: Kernel, dispatch: { readonly params: object; readonly constants?: object }) => void,
): Backend {
  return new Proxy(backend, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (name === 'dispatch') tell(given[0] as Kernel, given[1] as { readonly params: object });
        return Reflect.apply(value, of, given);
      };
    },
  });
}
