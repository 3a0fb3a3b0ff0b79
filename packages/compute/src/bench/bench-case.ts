import type { Backend, DeviceBuffer } from '../backend.ts';
import { twinTimeNs } from '../cpu/slabs.ts';
import type { Kernel } from '../kernel.ts';
import { resolveLaunch } from '../launch.ts';
import { type CaseFailure, checkCase, prepareCase } from '../testing/check-case.ts';
import type { CaseBuffer, KernelCase, KernelCases } from '../testing/cases.ts';
import { CASE_SEED, caseBytes } from '../testing/twin.ts';
import { benchAdapter, type benchVersions } from './environment.ts';
import type { BackendMeasure } from './peaks.ts';
import type { BenchRecord } from './record.ts';
import { sampleLaunch, type SamplePolicy } from './sample.ts';
import { median, noiseOf } from './statistics.ts';

/** What a run of the benchmark gives each case. */
export interface BenchContext {
  readonly versions: ReturnType<typeof benchVersions>;
  readonly measure: BackendMeasure;
  readonly policy?: SamplePolicy;
  /** Cases with more bytes in their buffers are skipped. Default 2 GiB. */
  readonly maxCaseBytes?: number;
}

/** Above this the reference check uses a small case: the twin on one thread and its copies would take too long. */
const MAX_CHECKED_BYTES = 2 ** 28;
const MAX_CHECKED_NS = 3e9;

/** Buffers are used in turn until they are more than a cache holds. */
const ROTATED_BYTES = 2 ** 28;
const MAX_SETS = 16;

/**
 * Checks a case against its twin and times it. A case that is not right gets a record without times and the reason.
 * The time is that of one launch on data that no cache holds; a written buffer keeps what the launch before left in it.
 */
export async function benchCase(
  backend: Backend,
  family: KernelCases,
  kernelCase: KernelCase,
  context: BenchContext,
): Promise<BenchRecord> {
  const { kernel } = family;
  const given: Readonly<Record<string, CaseBuffer>> = kernelCase.buffers(CASE_SEED);
  const inputs = caseBytes(kernel, kernelCase, given);
  const caseSizeBytes = Object.values(inputs).reduce((sum, bytes) => sum + bytes.byteLength, 0);
  const { params, constants, label } = resolveLaunch(kernel, {
    params: kernelCase.params,
    ...(kernelCase.constants && { constants: kernelCase.constants }),
    buffers: given as Readonly<Record<string, never>>,
  });
  const cost = kernel.cost(params, constants);
  const isCheckedItself = caseSizeBytes <= MAX_CHECKED_BYTES && twinTimeNs(cost) <= MAX_CHECKED_NS;
  const record: BenchRecord = {
    schema: 1,
    kernel: kernel.source.id,
    case: kernelCase.id,
    variant: label.slice(label.indexOf('#') + 1),
    adapter: benchAdapter(backend),
    ...context.versions,
    refcheckBy: isCheckedItself ? 'case' : 'eval',
    refcheck: 'ok',
    timer: null,
    bufferSets: 0,
    samplesNs: [],
    medianNs: null,
    noise: null,
    stop: null,
    hostMedianNs: null,
    ...cost,
    gbPerS: null,
    gflopPerS: null,
    shareOfPeakBandwidth: null,
    shareOfPeakArithmetic: null,
  };
  const misfit = misfitOf(backend, inputs, caseSizeBytes, context.maxCaseBytes ?? 2 ** 31);
  if (misfit !== undefined) return { ...record, refcheck: 'skip', problem: misfit };
  const checked = isCheckedItself ? kernelCase : family.eval[0];
  const failure = await checkCase(backend, prepareCase(kernel, checked), { where: backend.info.name });
  if (failure !== undefined) return { ...record, refcheck: 'failed', problem: problemsOf(failure) };

  const sets: Record<string, DeviceBuffer>[] = [];
  const bufferSets = Math.max(1, Math.min(MAX_SETS, Math.ceil(ROTATED_BYTES / caseSizeBytes)));
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
    let turn = 0;
    const launch = () => dispatchCase(backend, kernel, kernelCase, sets[turn++ % bufferSets]);
    const { clockStepNs, peaks } = context.measure;
    const samples = await sampleLaunch(backend, launch, { warmUps: bufferSets, ...context.policy, clockStepNs });
    const medianNs = median(samples.samplesNs);
    const gbPerS = (cost.readBytes + cost.writeBytes) / medianNs;
    const gflopPerS = cost.flops / medianNs;
    return {
      ...record,
      timer: samples.timer,
      bufferSets,
      samplesNs: samples.samplesNs,
      medianNs,
      noise: noiseOf(samples.samplesNs),
      stop: samples.stop,
      hostMedianNs: median(samples.hostSamplesNs),
      gbPerS,
      gflopPerS,
      shareOfPeakBandwidth: peaks.gbPerS === null ? null : gbPerS / peaks.gbPerS,
      shareOfPeakArithmetic: peaks.gflopPerS === null ? null : gflopPerS / peaks.gflopPerS,
    };
  } finally {
    for (const buffers of sets) for (const buffer of Object.values(buffers)) backend.release(buffer);
    await backend.flush();
  }
}

function dispatchCase(
  backend: Backend,
  kernel: Kernel,
  { params, constants }: KernelCase,
  buffers: Readonly<Record<string, DeviceBuffer>>,
): void {
  backend.dispatch(kernel, { params, ...(constants && { constants }), buffers });
}

function misfitOf(
  backend: Backend,
  inputs: Readonly<Record<string, Uint8Array>>,
  caseSizeBytes: number,
  maxCaseBytes: number,
): string | undefined {
  if (caseSizeBytes > maxCaseBytes)
    return `needs ${Math.ceil(caseSizeBytes / 2 ** 20)} MiB, this run allows ${Math.floor(maxCaseBytes / 2 ** 20)}`;
  for (const [name, { byteLength }] of Object.entries(inputs)) {
    if (byteLength > backend.maxBindingBytes)
      return `${name} has ${byteLength} bytes, one binding holds ${backend.maxBindingBytes}`;
  }
  return undefined;
}

function problemsOf({ problems }: CaseFailure): string {
  return problems.map(({ binding, text }) => `${binding}: ${text}`).join('; ');
}
