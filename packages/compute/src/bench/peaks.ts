import type { Backend, DeviceBuffer } from '../backend.ts';
import type { Kernel } from '../kernel.ts';
import type { Peaks } from './record.ts';
import { clockStepOf, sampleLaunch, type SamplePolicy } from './sample.ts';

/** The two kernels peaks are measured with. */
export interface PeakKernels {
  /** Copies `count` elements of 16 bytes. */
  readonly copy: Kernel<{ readonly count: number }, 'src' | 'dst'>;
  /** Multiply-adds in registers for `count` elements. */
  readonly fma: Kernel<
    { readonly count: number; readonly rounds: number; readonly scale: number; readonly offset: number },
    'dst'
  >;
}

/** What is measured of a backend before its kernels. */
export interface BackendMeasure {
  readonly peaks: Peaks;
  /** See SamplePolicy. */
  readonly clockStepNs: number;
}

/** More than any cache holds. */
const COPY_BYTES = 256 * 2 ** 20;

/** Elements of the arithmetic peak: enough threads for any device. */
const FMA_COUNT = 2 ** 18;

/** A launch this long hides what it costs to start. */
const LONG_NS = 2e7;

const POLICY: SamplePolicy = { maxSamples: 50, maxSeconds: 2 };

/**
 * Measures the best bandwidth (copy of 256 MiB, reads and writes counted) and arithmetic of a backend, best of the
 * samples, and the step of its clock.
 */
export async function measureBackend(backend: Backend, kernels: PeakKernels): Promise<BackendMeasure> {
  return {
    clockStepNs: await measureClockStep(backend, kernels.copy),
    peaks: {
      gbPerS: await measureBandwidth(backend, kernels.copy),
      gflopPerS: await measureArithmetic(backend, kernels.fma),
    },
  };
}

/** Smallest step a backend's clock shows, ns; 0 where it has none. */
export async function measureClockStep(backend: Backend, copy: PeakKernels['copy']): Promise<number> {
  return withBuffers(backend, { src: 16, dst: 16 }, async (buffers) => {
    const launch = () => backend.dispatch(copy, { params: { count: 1 }, buffers });
    const { timer, samplesNs } = await sampleLaunch(backend, launch, { minSamples: 200, maxNoise: 0, maxSeconds: 1 });
    return timer === 'device' ? clockStepOf(samplesNs) : 0;
  });
}

async function measureBandwidth(backend: Backend, copy: PeakKernels['copy']): Promise<number | null> {
  const sizeBytes = Math.floor(Math.min(COPY_BYTES, backend.maxBindingBytes) / 16) * 16;
  return withBuffers(backend, { src: sizeBytes, dst: sizeBytes }, async (buffers) => {
    const launch = () => backend.dispatch(copy, { params: { count: sizeBytes / 16 }, buffers });
    const { samplesNs } = await sampleLaunch(backend, launch, POLICY);
    return rate(2 * sizeBytes, Math.min(...samplesNs));
  });
}

async function measureArithmetic(backend: Backend, fma: PeakKernels['fma']): Promise<number | null> {
  return withBuffers(backend, { dst: 4 * FMA_COUNT }, async (buffers) => {
    for (let rounds = 4; ; rounds *= 4) {
      const params = { count: FMA_COUNT, rounds, scale: -1, offset: 255 };
      const launch = () => backend.dispatch(fma, { params, buffers });
      const { samplesNs } = await sampleLaunch(backend, launch, { ...POLICY, maxSeconds: 0 });
      if (Math.min(...samplesNs) < LONG_NS && rounds < 2 ** 20) continue;
      const { samplesNs: longNs } = await sampleLaunch(backend, launch, POLICY);
      return rate(fma.cost(params, {}).flops, Math.min(...longNs));
    }
  });
}

/** Amount per ns, which is 10⁹ per s; null when the clock showed nothing. */
function rate(amount: number, timeNs: number): number | null {
  return timeNs > 0 ? amount / timeNs : null;
}

async function withBuffers<B extends string, R>(
  backend: Backend,
  sizesBytes: Readonly<Record<B, number>>,
  use: (buffers: Record<B, DeviceBuffer>) => Promise<R>,
): Promise<R> {
  const buffers = Object.fromEntries(
    Object.entries<number>(sizesBytes).map(([name, size]) => [name, backend.createBuffer(`peak/${name}`, size)]),
  ) as Record<B, DeviceBuffer>;
  try {
    return await use(buffers);
  } finally {
    for (const buffer of Object.values<DeviceBuffer>(buffers)) backend.release(buffer);
    await backend.flush();
  }
}
