import type { Backend } from '../backend.ts';
import type { Stop } from './record.ts';
import { median, noiseOf } from './statistics.ts';

/** When to stop sampling. */
export interface SamplePolicy {
  /** Launches before the first sample: compile, find memory; fewer where they are slow. Default 1. */
  readonly warmUps?: number;
  /** Interquartile range over median that is steady enough. Default 0.02. */
  readonly maxNoise?: number;
  /** Default 10. */
  readonly minSamples?: number;
  /** Default 300. */
  readonly maxSamples?: number;
  /** Time for one case, warm-up excluded, s. Default 2. */
  readonly maxSeconds?: number;
  /** Step of the backend's clock, ns: launches shorter than 20 of them are timed by the host. Default 0. */
  readonly clockStepNs?: number;
}

/** Times of one launch. */
export interface Samples {
  readonly timer: 'device' | 'host';
  readonly samplesNs: readonly number[];
  readonly hostSamplesNs: readonly number[];
  readonly stop: Stop;
}

/** Launches are submitted in groups of about this long: waking a thread or a queue is not part of a kernel's time. */
const GROUP_NS = 5e6;
const MAX_GROUP = 64;

/** Steps of a clock that a time must span to mean something. */
const MIN_CLOCK_STEPS = 20;

/**
 * Times a launch: warm-ups, then groups of launches until the samples are steady, or enough, or the time is up.
 * A device sample is one launch on the backend's own clock; a host sample is a group's time over its size, and stands
 * in where the backend has no clock, or one too coarse for this launch.
 */
export async function sampleLaunch(backend: Backend, launch: () => void, policy: SamplePolicy = {}): Promise<Samples> {
  const { maxNoise = 0.02, minSamples = 10, maxSamples = 300, maxSeconds = 2, clockStepNs = 0, warmUps = 1 } = policy;
  const warmUpNs = await warmUp(backend, launch, warmUps, maxSeconds);
  const group = Math.min(MAX_GROUP, Math.max(1, Math.round(GROUP_NS / warmUpNs)));
  const deviceNs: number[] = [];
  const hostNs: number[] = [];
  const start = performance.now();
  for (;;) {
    backend.startTimings();
    for (let n = 0; n < group; n++) launch();
    hostNs.push((await hostTimeNs(() => backend.flush())) / group);
    for (const { timeNs } of await backend.takeTimings()) if (timeNs > 0) deviceNs.push(timeNs);
    const hasClock = deviceNs.length > 0 && median(deviceNs) >= MIN_CLOCK_STEPS * clockStepNs;
    const samplesNs = hasClock ? deviceNs : hostNs;
    const stop = stopReason(samplesNs);
    if (stop !== undefined)
      return { timer: hasClock ? 'device' : 'host', samplesNs: samplesNs.slice(), hostSamplesNs: hostNs, stop };
  }

  function stopReason(samplesNs: readonly number[]): Stop | undefined {
    if (samplesNs.length >= maxSamples) return 'count';
    if (samplesNs.length >= minSamples && noiseOf(samplesNs) <= maxNoise) return 'noise';
    return performance.now() - start >= maxSeconds * 1000 ? 'time' : undefined;
  }
}

/**
 * Launches before the first sample, and the time of one, ns. The first one compiles; where the second one is slow, there
 * are no more of them than fit into the time for samples.
 */
async function warmUp(backend: Backend, launch: () => void, warmUps: number, maxSeconds: number): Promise<number> {
  const timeOf = (launches: number): Promise<number> =>
    hostTimeNs(() => {
      for (let n = 0; n < launches; n++) launch();
      return backend.flush();
    });
  const firstNs = await timeOf(1);
  if (warmUps <= 1) return firstNs;
  const secondNs = await timeOf(1);
  const rest = Math.min(warmUps - 2, Math.floor((maxSeconds * 1e9) / secondNs));
  return rest > 0 ? (await timeOf(rest)) / rest : secondNs;
}

/**
 * Smallest step the clock of a backend shows over samples of one launch: the least positive sample or difference of
 * samples; 0 without samples. Timestamps may be rounded to as much as 100 µs by the driver or the library.
 */
export function clockStepOf(samplesNs: readonly number[]): number {
  const sorted = [...new Set(samplesNs)].filter((ns) => ns > 0).sort((a, b) => a - b);
  let step = sorted[0] ?? 0;
  for (let n = 1; n < sorted.length; n++) step = Math.min(step, sorted[n] - sorted[n - 1]);
  return step;
}

async function hostTimeNs(work: () => Promise<void>): Promise<number> {
  const begin = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - begin);
}
