import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend.ts';
import { createCpuBackend } from '../cpu/cpu-backend.ts';
import { defineCases, type KernelCase, type KernelCases } from '../testing/cases.ts';
import { type FixtureBinding, fixtureKernel, type FixtureParams, multiply } from '../testing/fixture-kernels.ts';
import { Random, randomU32 } from '../testing/random.ts';
import { benchCase, type BenchContext, BenchSubject } from './bench-case.ts';
import { compareRuns, compareSamples, comparisonTable } from './compare.ts';
import { benchVersions } from './environment.ts';
import { clockStepOf, sampleLaunch } from './sample.ts';
import { median, medianInterval, noiseOf } from './statistics.ts';
import { benchTable, timeText } from './table.ts';

describe('statistics of samples', () => {
  it('median and noise by hand', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    // Quartiles of 1..5 are 2 and 4.
    expect(noiseOf([1, 2, 3, 4, 5])).toBeCloseTo(2 / 3, 12);
    expect(noiseOf([7, 7, 7])).toBe(0);
  });

  it('the interval of the median: second and ninth of ten', () => {
    // Binomial(10, ½): P(2 ≤ X ≤ 8) = 0.979, and no narrower symmetric pair reaches 0.95.
    expect(medianInterval([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])).toEqual([2, 9]);
    expect(medianInterval([3, 1, 2])).toEqual([1, 3]);
  });

  it('the interval holds the median of a skewed distribution 95 times of 100', () => {
    const random = new Random(1);
    const trials = 2000;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      // Exponential with mean 1: its median is ln 2.
      const [low, high] = medianInterval(Array.from({ length: 25 }, () => -Math.log(1 - random.nextF32())));
      if (low <= Math.LN2 && Math.LN2 <= high) held++;
    }
    // Four standard errors of 2000 trials below 0.95.
    expect(held / trials).toBeGreaterThan(0.93);
  });

  it('the step of a clock from its samples', () => {
    expect(clockStepOf([100_000, 300_000, 0, 200_000])).toBe(100_000);
    expect(clockStepOf([1040, 1024, 1088])).toBe(16);
    expect(clockStepOf([])).toBe(0);
  });
});

describe('comparing runs', () => {
  const around = (center: number, spread: number) =>
    Array.from({ length: 21 }, (_, n) => center + (spread * (n - 10)) / 10);

  it.each([
    ['SAME', around(100, 2), around(100.5, 2)],
    ['FASTER', around(100, 2), around(80, 2)],
    ['SLOWER', around(100, 2), around(120, 2)],
    // Apart, but by 1 %.
    ['SAME', around(100, 0.1), around(101, 0.1)],
    // The intervals overlap, the medians are outside of them.
    ['AMBIGUOUS', around(100, 10), around(105.5, 10)],
    ['AMBIGUOUS', [100, 100, 100], around(50, 1)],
    ['AMBIGUOUS', [], around(50, 1)],
  ])('%s', (verdict, before, after) => {
    expect(compareSamples(before, after)).toBe(verdict);
  });

  it('FASTER and SLOWER swap with the runs', () => {
    expect(compareSamples(around(80, 2), around(100, 2))).toBe('SLOWER');
  });
});

describe('timing kernels [cpu: calling thread]', () => {
  let backend: Backend;
  let context: BenchContext;
  beforeAll(() => {
    const workerUrl = new URL('../testing/fixture-worker.ts', import.meta.url);
    backend = createCpuBackend({ workerUrl, registry: {}, threads: 0 });
    const measure = { peaks: { gbPerS: 10, gflopPerS: null }, clockStepNs: 0 };
    context = { versions: benchVersions(), measure, policy: { maxSeconds: 0.05 } };
  });
  afterAll(() => backend[Symbol.asyncDispose]());

  const caseOf = (count: number): KernelCase<FixtureParams, FixtureBinding> => ({
    id: `count=${count}`,
    params: { count, factor: 3 },
    buffers: (seed) => ({ src: { init: randomU32(seed, count) }, dst: { sizeBytes: 4 * count } }),
  });
  const familyOf = (kernel: typeof multiply): KernelCases<FixtureParams, FixtureBinding> =>
    defineCases(kernel, { eval: [caseOf(7)], perf: [caseOf(100_000)] });

  it('a record holds the times and what follows from them', async () => {
    const family = familyOf(multiply);
    const record = await benchCase(backend, new BenchSubject(family, family.perf[0]), context);
    const { medianNs, samplesNs, gbPerS } = record;
    expect(record).toMatchObject({
      refcheck: 'ok',
      refcheckBy: 'case',
      kernel: 'multiply',
      timer: 'device',
      bufferSets: 16,
    });
    expect(samplesNs.length).toBeGreaterThanOrEqual(1);
    expect(medianNs).toBe(median(samplesNs));
    // 8 bytes a word, on one thread: between 0.01 and 1000 GB/s anywhere.
    expect(gbPerS).toBe(800_000 / (medianNs ?? 0));
    expect(gbPerS).toBeGreaterThan(0.01);
    expect(gbPerS).toBeLessThan(1000);
    expect(record.shareOfPeakBandwidth).toBe((gbPerS ?? 0) / 10);
    expect(record.shareOfPeakArithmetic).toBeNull();
    expect(record.hostMedianNs).toBeGreaterThan(0);
    expect(record.node).toBe(process.version);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    expect(benchTable([record])).toContain(timeText(medianNs));
    expect(backend.memory().aliveBytes).toBe(0);
    expect(comparisonTable(compareRuns([record], [record]))).toMatch(/multiply:count=100000/);
  });

  it('a point of the tuning is checked and timed in place of the base, and named', async () => {
    const family = familyOf(multiply);
    const record = await benchCase(backend, new BenchSubject(family, family.perf[0]), {
      ...context,
      constants: { WG_X: 128 },
    });
    expect(record).toMatchObject({ refcheck: 'ok', variant: 'WG_X=128' });
    expect(record.medianNs).toBeGreaterThan(0);
  });

  it('a case of which many results are right is checked by another one', async () => {
    let calls = 0;
    const family = defineCases(
      fixtureKernel('racing', '', ({ params, buffers }) => {
        for (let n = 0; n < params.count; n++) buffers.dst.u32[n] = params.count === 7 ? n : calls++;
      }),
      { eval: [caseOf(7)], perf: [{ ...caseOf(100), hasManyResults: true }] },
    );
    const record = await benchCase(backend, new BenchSubject(family, family.perf[0]), context);
    expect(record).toMatchObject({ refcheck: 'ok', refcheckBy: 'eval' });
    expect(() => defineCases(family.kernel, { eval: family.perf, perf: [] })).toThrow(RangeError);
  });

  it('a kernel that is wrong gets no time', async () => {
    let calls = 0;
    const family = familyOf(fixtureKernel('wrong', '', ({ buffers }) => (buffers.dst.u32[0] = calls++)));
    const record = await benchCase(backend, new BenchSubject(family, family.perf[0]), context);
    expect(record).toMatchObject({ refcheck: 'failed', medianNs: null, samplesNs: [], timer: null });
    expect(record.problem).toMatch(/dst: /);
    expect(benchTable([record])).toMatch(/failed: .*dst/);
  });

  it('neither does one that throws', async () => {
    const family = familyOf(
      fixtureKernel('thrown', '', () => {
        throw new RangeError('no such thing');
      }),
    );
    const record = await benchCase(backend, new BenchSubject(family, family.perf[0]), context);
    expect(record).toMatchObject({ refcheck: 'failed', medianNs: null, problem: 'no such thing' });
    expect(backend.memory().aliveBytes).toBe(0);
  });

  it('a case too big for the run is named, not hidden', async () => {
    const family = familyOf(multiply);
    const record = await benchCase(backend, new BenchSubject(family, family.perf[0]), {
      ...context,
      maxCaseBytes: 1000,
    });
    expect(record).toMatchObject({ refcheck: 'skip', medianNs: null });
    expect(record.problem).toMatch(/needs 1 MiB/);
  });

  it('sampling stops at each of its limits', async () => {
    const src = backend.createBuffer('src', 400);
    const dst = backend.createBuffer('dst', 400);
    const launch = () => backend.dispatch(multiply, { params: { count: 100, factor: 1 }, buffers: { src, dst } });
    // Samples of a coarse clock may all be equal: no noise is little enough for a limit below 0.
    expect((await sampleLaunch(backend, launch, { maxNoise: -1, maxSamples: 30, maxSeconds: 9 })).stop).toBe('count');
    expect((await sampleLaunch(backend, launch, { maxNoise: 1e9, minSamples: 2, maxSeconds: 9 })).stop).toBe('noise');
    expect((await sampleLaunch(backend, launch, { maxNoise: -1, maxSamples: 1e9, maxSeconds: 0 })).stop).toBe('time');
    // The first one, a second one, and none of the others when there is no time; then one group of samples.
    let launches = 0;
    const counted = () => {
      launches++;
      launch();
    };
    const { samplesNs } = await sampleLaunch(backend, counted, { warmUps: 1000, maxSeconds: 0 });
    expect(launches).toBe(2 + samplesNs.length);
    // A clock too coarse for the launch gives way to the host's.
    const coarse = await sampleLaunch(backend, launch, { clockStepNs: 1e9, maxSeconds: 0 });
    expect(coarse.timer).toBe('host');
    backend.release(src);
    backend.release(dst);
  });
});

it('times are given in the unit that suits them', () => {
  expect([null, 999, 1234, 5.678e6, 2.5e9].map(timeText)).toEqual(['-', '999 ns', '1.23 µs', '5.68 ms', '2.50 s']);
});
