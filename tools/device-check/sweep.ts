import type { Backend } from '@efface/compute';
import {
  alignedTable, benchCase, BenchSubject, compareSamples, measureClockStep, median, timeText, type Verdict,
} from '@efface/compute/bench'; // prettier-ignore
import { type KernelCase, type KernelCases, tuningPoints } from '@efface/compute/testing';
import { peakCopy } from '@efface/kernels';
import { openBackend } from '@efface/kernels/backends';
import { caseName, type PartContext, type PartResult, perfCasesByInterest } from './part.ts';

type Tuning = Readonly<Record<string, number>>;

/** One point of a kernel's tuning on its case. */
interface SweepPoint {
  readonly tuning: Tuning;
  readonly refcheck: 'ok' | 'failed' | 'skip';
  readonly problem?: string;
  readonly samplesNs: readonly number[];
  readonly medianNs: number | null;
  /** Against the base. */
  readonly verdict: Verdict;
}

/** What the tuning of a kernel brings. */
interface SweepRow {
  readonly kernel: string;
  readonly case: string;
  /** The base first; its samples are those of a run before and one after the others. */
  readonly points: readonly SweepPoint[];
  /** Least median; null where nothing was timed. */
  readonly fastest: Tuning | null;
  readonly baseOverFastest: number | null;
  readonly verdict: Verdict | null;
}

/**
 * Every tuning point of every kernel on one perf case, each checked against the twin in the same run: which is fastest,
 * and whether it is faster than the base beyond doubt. Writes sweep.json.
 */
export async function sweepTuning(context: PartContext): Promise<PartResult> {
  const { families, open, isOutOfTime, progress, print, save } = context;
  await using backend = await openBackend('webgpu', open);
  const clockStepNs = await measureClockStep(backend, peakCopy);
  const rows: SweepRow[] = [];
  let leftOut = 0;
  for (const family of families) {
    const [kernelCase] = perfCasesByInterest(family, context);
    const points = tuningPoints(family.kernel);
    if (kernelCase === undefined || points.length === 0) continue;
    if (isOutOfTime()) {
      leftOut++;
      continue;
    }
    rows.push(await sweepKernel(backend, family, kernelCase, points, clockStepNs, context));
    progress(`sweep  ${caseName(family.kernel, kernelCase)}: ${points.length + 1} points`);
    save('sweep.json', `${JSON.stringify({ adapter: backend.info, rows }, null, 1)}\n`);
  }
  if (rows.length > 0) print(`sweep: the fastest tuning against the base\n${sweepTable(rows)}`);
  const wrong = rows.flatMap(({ kernel, points }) =>
    points.filter(({ refcheck }) => refcheck === 'failed').map(({ tuning }) => `${kernel} at ${tuningText(tuning)}`),
  );
  return { wrong, leftOut };
}

async function sweepKernel(
  backend: Backend,
  family: KernelCases,
  kernelCase: KernelCase,
  tunings: readonly Tuning[],
  clockStepNs: number,
  { policy, versions, maxBytes }: PartContext,
): Promise<SweepRow> {
  const { kernel } = family;
  const subject = new BenchSubject(family, kernelCase);
  const base: Tuning = Object.fromEntries(Object.entries(kernel.tuning).map(([name, axis]) => [name, axis.base]));
  const measure = async (constants: Tuning): Promise<Omit<SweepPoint, 'medianNs' | 'verdict'>> => {
    const { refcheck, problem, samplesNs } = await benchCase(backend, subject, {
      versions,
      measure: { clockStepNs, peaks: { gbPerS: null, gflopPerS: null } },
      policy,
      maxCaseBytes: maxBytes,
      constants,
    });
    return { tuning: constants, refcheck, ...(problem !== undefined && { problem }), samplesNs };
  };
  const before = await measure(base);
  const others = [];
  for (const tuning of tunings) others.push(await measure(tuning));
  // A device may run faster or slower as it warms up: the base is measured on both sides of what it is compared with.
  const after = await measure(base);
  const baseSamplesNs = [...before.samplesNs, ...after.samplesNs];
  const points = [{ ...(before.refcheck === 'ok' ? after : before), samplesNs: baseSamplesNs }, ...others].map(
    (point) => ({
      ...point,
      medianNs: point.samplesNs.length === 0 ? null : median(point.samplesNs),
      verdict: point.samplesNs === baseSamplesNs ? 'SAME' : compareSamples(baseSamplesNs, point.samplesNs),
    }),
  );
  return { kernel: kernel.source.id, case: kernelCase.id, points, ...fastestOf(points) };
}

/** The point with the least median, and what it says of the base, which comes first. */
function fastestOf(points: readonly SweepPoint[]): Pick<SweepRow, 'fastest' | 'baseOverFastest' | 'verdict'> {
  const timed = points.filter(({ medianNs }) => medianNs !== null);
  const baseNs = points[0].medianNs;
  if (timed.length === 0) return { fastest: null, baseOverFastest: null, verdict: null };
  const best = timed.reduce((a, b) => ((b.medianNs ?? 0) < (a.medianNs ?? 0) ? b : a));
  const baseOverFastest = baseNs === null || best.medianNs === null ? null : baseNs / best.medianNs;
  return { fastest: best.tuning, baseOverFastest, verdict: best.verdict };
}

function sweepTable(rows: readonly SweepRow[]): string {
  const head = ['kernel', 'case', 'base', '', 'fastest', '', 'base / fastest', 'verdict', 'check'];
  return alignedTable([
    head,
    ...rows.map(({ kernel, case: id, points, fastest, baseOverFastest, verdict }) => {
      const best = points.find(({ tuning }) => tuning === fastest);
      const wrong = points.find(({ refcheck }) => refcheck !== 'ok');
      return [
        kernel,
        id,
        tuningText(points[0].tuning),
        timeText(points[0].medianNs),
        fastest === null ? '-' : tuningText(fastest),
        timeText(best?.medianNs ?? null),
        baseOverFastest === null ? '-' : baseOverFastest.toFixed(2),
        verdict ?? '-',
        wrong === undefined ? 'ok' : `${wrong.refcheck} at ${tuningText(wrong.tuning)}: ${wrong.problem ?? ''}`,
      ];
    }),
  ]);
}

function tuningText(tuning: Tuning): string {
  return Object.entries(tuning).map(([name, value]) => `${name}=${value}`).join(','); // prettier-ignore
}
