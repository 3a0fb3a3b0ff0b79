import type { Backend, DeviceBuffer } from '../backend.ts';
import { twinTimeNs } from '../cpu/slabs.ts';
import type { Cost, Kernel } from '../kernel.ts';
import { resolveLaunch } from '../launch.ts';
import { checkCase, type PreparedCase, prepareCase } from '../testing/check-case.ts';
import type { CaseBuffer, KernelCase, KernelCases } from '../testing/cases.ts';
import { type BindingBytes, CASE_SEED, caseBytes } from '../testing/twin.ts';
import { benchAdapter, type benchVersions } from './environment.ts';
import type { BackendMeasure } from './peaks.ts';
import { type BenchRecord, withPeaks } from './record.ts';
import { sampleLaunch, type SamplePolicy } from './sample.ts';
import { median, noiseOf } from './statistics.ts';

/** What a run of the benchmark gives each case. */
export interface BenchContext {
  readonly versions: ReturnType<typeof benchVersions>;
  readonly measure: BackendMeasure;
  readonly policy?: SamplePolicy;
  /** Cases with more bytes in their buffers are skipped. Default 2 GiB. */
  readonly maxCaseBytes?: number;
  /** Override values over those of the case: a point of its tuning. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** Above this the reference check uses a small case: the twin on one thread and its copies would take too long. */
const MAX_CHECKED_BYTES = 2 ** 28;
const MAX_CHECKED_NS = 3e9;

/** Buffers are used in turn until they are more than a cache holds. */
const ROTATED_BYTES = 2 ** 28;
const MAX_SETS = 16;

/** A case with its inputs and its reference, made once and measured on any number of backends. */
export class BenchSubject {
  readonly kernel: Kernel;
  readonly kernelCase: KernelCase;
  /** `case` when the case itself is small enough to be checked and has one result, else `eval`: the first small one. */
  readonly refcheckBy: 'case' | 'eval';
  readonly inputs: BindingBytes;
  readonly sizeBytes: number;
  readonly given: Readonly<Record<string, CaseBuffer>>;
  readonly #checked: KernelCase;
  #prepared: PreparedCase | undefined;

  constructor({ kernel, eval: [small] }: KernelCases, kernelCase: KernelCase) {
    this.kernel = kernel;
    this.kernelCase = kernelCase;
    this.given = kernelCase.buffers(CASE_SEED);
    this.inputs = caseBytes(kernel, kernelCase, this.given);
    this.sizeBytes = Object.values(this.inputs).reduce((sum, bytes) => sum + bytes.byteLength, 0);
    const { params, constants } = this.launch();
    const isSmall = this.sizeBytes <= MAX_CHECKED_BYTES && twinTimeNs(kernel.cost(params, constants)) <= MAX_CHECKED_NS;
    this.refcheckBy = isSmall && kernelCase.hasManyResults !== true ? 'case' : 'eval';
    this.#checked = this.refcheckBy === 'case' ? kernelCase : small;
  }

  /** Params and constants as the device sees them, with override values over those of the case. */
  launch(tuning: BenchContext['constants'] = {}): ReturnType<typeof resolveLaunch> {
    const { params, constants } = this.kernelCase;
    const buffers = this.given as Readonly<Record<string, never>>;
    return resolveLaunch(this.kernel, { params, constants: { ...constants, ...tuning }, buffers });
  }

  /** What the backends are checked against; the twin runs at the first call. */
  prepared(): PreparedCase {
    return (this.#prepared ??= prepareCase(this.kernel, this.#checked));
  }
}

/**
 * Checks a case against its twin and times it. A case that is not right gets a record without times and the reason.
 * `samplesNs` are of launches on data that no cache holds (cold), `warmMedianNs` of launches on the same buffers; a
 * written buffer keeps what the launch before left in it.
 */
export async function benchCase(backend: Backend, subject: BenchSubject, context: BenchContext): Promise<BenchRecord> {
  const { kernel, kernelCase, given, inputs, sizeBytes } = subject;
  const tuning = context.constants ?? {};
  const { params, constants, label } = subject.launch(tuning);
  const cost = kernel.cost(params, constants);
  const record: BenchRecord = {
    schema: 1,
    kernel: kernel.source.id,
    case: kernelCase.id,
    variant: label.slice(label.indexOf('#') + 1),
    adapter: benchAdapter(backend),
    ...context.versions,
    refcheckBy: subject.refcheckBy,
    refcheck: 'ok',
    timer: null,
    bufferSets: 0,
    samplesNs: [],
    medianNs: null,
    noise: null,
    stop: null,
    warmMedianNs: null,
    hostMedianNs: null,
    ...cost,
    gbPerS: null,
    gflopPerS: null,
    peaks: context.measure.peaks,
    shareOfPeakBandwidth: null,
    shareOfPeakArithmetic: null,
  };
  const misfit =
    misfitOf(backend, subject, context.maxCaseBytes ?? 2 ** 31) ??
    (backend.kind === 'gpujs' ? gpuJsMisfitOf(kernel, constants, cost) : undefined);
  if (misfit !== undefined) return { ...record, refcheck: 'skip', problem: misfit };
  const problem = await problemOf(backend, subject, tuning);
  if (problem !== undefined) return { ...record, refcheck: 'failed', problem };

  const sets: Record<string, DeviceBuffer>[] = [];
  const bufferSets = Math.max(1, Math.min(MAX_SETS, Math.ceil(ROTATED_BYTES / sizeBytes)));
  try {
    for (let n = 0; n < bufferSets; n++)
      sets.push(
        Object.fromEntries(
          Object.entries(inputs).map(([name, bytes]) => [
            name,
            backend.createBuffer(
              `${label}/${name}`,
              bytes.byteLength,
              given[name].init === undefined ? undefined : bytes,
            ),
          ]),
        ),
      );
    const { clockStepNs, peaks } = context.measure;
    const policy = { ...context.policy, clockStepNs };
    let turn = 0;
    const launch = (buffers: Record<string, DeviceBuffer>) =>
      backend.dispatch(kernel, {
        params: kernelCase.params,
        constants: { ...kernelCase.constants, ...tuning },
        buffers,
      });
    const launchCold = () => launch(sets[turn++ % bufferSets]);
    const samples = await sampleLaunch(backend, launchCold, { warmUps: bufferSets, ...policy });
    const launchWarm = () => launch(sets[0]);
    // gpu.js is a baseline, and slow: once is enough.
    const warm =
      bufferSets === 1 || backend.kind === 'gpujs' ? undefined : await sampleLaunch(backend, launchWarm, policy);
    const medianNs = median(samples.samplesNs);
    const timed: BenchRecord = {
      ...record,
      timer: samples.timer,
      bufferSets,
      samplesNs: samples.samplesNs,
      medianNs,
      noise: noiseOf(samples.samplesNs),
      stop: samples.stop,
      warmMedianNs: warm === undefined ? null : median(warm.samplesNs),
      hostMedianNs: median(samples.hostSamplesNs),
      gbPerS: (cost.readBytes + cost.writeBytes) / medianNs,
      gflopPerS: cost.flops / medianNs,
    };
    return withPeaks(timed, peaks);
  } finally {
    for (const buffers of sets) for (const buffer of Object.values(buffers)) backend.release(buffer);
    await backend.flush();
  }
}

/** gpu.js takes 5 to 100 times a twin's time; a case whose twin is estimated at more would hold up the whole run. */
const MAX_GPUJS_TWIN_NS = 5e8;

function gpuJsMisfitOf({ gpujs }: Kernel, constants: Readonly<Record<string, number>>, cost: Cost): string | undefined {
  if (twinTimeNs(cost) > MAX_GPUJS_TWIN_NS) return 'gpu.js would take minutes';
  return gpujs?.misfit?.(constants);
}

function misfitOf(backend: Backend, { inputs, sizeBytes }: BenchSubject, maxCaseBytes: number): string | undefined {
  if (sizeBytes > maxCaseBytes)
    return `needs ${Math.ceil(sizeBytes / 2 ** 20)} MiB, this run allows ${Math.floor(maxCaseBytes / 2 ** 20)}`;
  for (const [name, { byteLength }] of Object.entries(inputs)) {
    if (byteLength > backend.maxBindingBytes)
      return `${name} has ${byteLength} bytes, one binding holds ${backend.maxBindingBytes}`;
  }
  return undefined;
}

/** What is wrong with a case. One kernel that a device refuses must not take the others' measurements with it. */
async function problemOf(
  backend: Backend,
  subject: BenchSubject,
  constants: Readonly<Record<string, number>>,
): Promise<string | undefined> {
  try {
    const failure = await checkCase(backend, subject.prepared(), { constants, where: backend.info.name });
    return failure?.problems.map(({ binding, text }) => `${binding}: ${text}`).join('; ');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
