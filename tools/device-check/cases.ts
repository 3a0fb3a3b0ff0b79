import { checkCase, prepareCase, tuningPoints } from '@efface/compute/testing';
import { openBackend } from '@efface/kernels/backends';
import { caseName, type PartContext, type PartResult } from './part.ts';

/** One run of one case on the adapter. */
interface CaseCheck {
  /** `<kernel-id>:<case-id>` */
  readonly case: string;
  /** Constants of the tuning point; empty at the base. */
  readonly tuning: Readonly<Record<string, number>>;
  readonly robustness: boolean;
  /** What is wrong; empty when the case is right. */
  readonly problems: readonly string[];
}

/**
 * Every eval case on the adapter against its CPU twin, with accesses out of bounds clamped and not clamped; every tuning
 * point on the first case. Writes cases.json.
 */
export async function checkCases(context: PartContext): Promise<PartResult> {
  const { families, accepts, open, isOutOfTime, progress, print } = context;
  await using clamped = await openBackend('webgpu', open);
  await using unclamped = await openBackend('webgpu', { ...open, robustness: false });
  const backends = [clamped, unclamped];
  const checks: CaseCheck[] = [];
  const save = (): void =>
    context.save('cases.json', `${JSON.stringify({ adapter: clamped.info, checks }, null, 1)}\n`);
  let leftOut = 0;
  for (const { kernel, eval: cases } of families) {
    const asked = cases.filter((kernelCase) => accepts(caseName(kernel, kernelCase)));
    const before = checks.length;
    for (const kernelCase of asked) {
      const points = kernelCase === cases[0] ? [{}, ...tuningPoints(kernel)] : [{}];
      if (isOutOfTime()) {
        leftOut += points.length * backends.length;
        continue;
      }
      const prepared = prepareCase(kernel, kernelCase);
      for (const backend of backends)
        for (const tuning of points) {
          const name = caseName(kernel, kernelCase);
          const run = () => checkCase(backend, prepared, { constants: tuning, where: name });
          checks.push({ case: name, tuning, robustness: backend === clamped, problems: await problemsOf(run) });
        }
    }
    if (asked.length === 0) continue;
    const wrongHere = checks.slice(before).filter(({ problems }) => problems.length > 0);
    progress(`cases  ${kernel.source.id}: ${checks.length - before} checks, ${wrongHere.length} wrong`);
    save();
  }
  save();
  const wrong = checks.filter(({ problems }) => problems.length > 0);
  print(`cases: ${checks.length - wrong.length} of ${checks.length} checks passed`);
  for (const { case: name, tuning, robustness, problems } of wrong)
    print(`  ${name} ${JSON.stringify(tuning)}${robustness ? '' : ' without robustness'}: ${problems.join('; ')}`);
  return { wrong: wrong.map(({ case: name }) => name), leftOut };
}

async function problemsOf(run: () => ReturnType<typeof checkCase>): Promise<string[]> {
  try {
    return ((await run())?.problems ?? []).map(({ binding, text }) => `${binding}: ${text}`);
  } catch (error) {
    return [String(error)];
  }
}
