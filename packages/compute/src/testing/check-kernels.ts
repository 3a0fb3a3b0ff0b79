import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exact } from '../accuracy.ts';
import type { Backend, BackendKind } from '../backend.ts';
import type { Kernel } from '../kernel.ts';
import { isSoftwareAdapter } from '../software-adapter.ts';
import { closeTarget, CPU_ONE_THREAD, CPU_THREADED, GPUJS, GPUJS_PLAIN, openTarget, type TestTarget, WEBGPU, WEBGPU_UNCLAMPED } from './backends.ts'; // prettier-ignore
import type { KernelCase, KernelCases } from './cases.ts';
import { type CaseFailure, checkCase, checkTwin, type PreparedCase, prepareCase } from './check-case.ts';
import { reportFailure } from './dump.ts';
import { gpuJsMisfit, NO_GPUJS_FORM } from './gpujs-misfit.ts';
import { tuningPoints } from './twin.ts';

/**
 * Registers the twin check of a family: every eval case on the twin alone, on the CPU backend with one thread and with
 * several (the same bytes), and on WebGPU with and without robust accesses (within the kernel's accuracy); every tuning
 * point on the first case. A kernel with a gpu.js form is checked through gpu.js too, in single and in double precision,
 * within the same accuracy; what has no form, or is too large, is a skipped test. A failed case leaves its inputs and
 * outputs in a temporary folder named in the message, a passed one leaves nothing. Without a WebGPU adapter one skipped
 * test says why.
 */
export function checkKernels(families: readonly KernelCases[]): void {
  for (const { kernel, eval: cases } of families) {
    if (cases.length === 0) throw new RangeError(`${kernel.source.id} has no eval case`);
    const prepared = memoizedCases(kernel, cases);
    describe(kernel.source.id, async () => {
      describe('[cpu: twin]', () => {
        for (const kernelCase of cases) it(kernelCase.id, () => assertSound(checkTwin(prepared(kernelCase))));
      });
      for (const target of [CPU_ONE_THREAD, CPU_THREADED, WEBGPU, WEBGPU_UNCLAMPED])
        await describeTarget(target, (title, backend) => {
          const accuracy = target.kind === 'cpu' ? exact() : kernel.accuracy;
          const check = async (kernelCase: KernelCase, where: string, constants?: Readonly<Record<string, number>>) =>
            assertSound(
              await checkCase(backend(), prepared(kernelCase), { accuracy, where, ...(constants && { constants }) }),
            );
          for (const kernelCase of cases) it(kernelCase.id, () => check(kernelCase, title));
          for (const point of tuningPoints(kernel)) {
            const tuning = Object.entries(point).map(([name, value]) => `${name}=${value}`).join(','); // prettier-ignore
            it(`${cases[0].id} at ${tuning}`, () => check(cases[0], `${title} at ${tuning}`, point));
          }
        });
      if (kernel.gpujs === undefined) it.skipIf(true)(`[gpujs] not checked: ${NO_GPUJS_FORM}`, () => undefined);
      for (const target of kernel.gpujs === undefined ? [] : [GPUJS, GPUJS_PLAIN])
        await describeTarget(target, (title, backend) => {
          for (const kernelCase of cases) {
            const misfit = gpuJsMisfit(kernel, kernelCase);
            const name = misfit === undefined ? kernelCase.id : `${kernelCase.id} (not run: ${misfit})`;
            it.skipIf(misfit !== undefined)(name, async () =>
              assertSound(await checkCase(backend(), prepared(kernelCase), { where: title })),
            );
          }
        });
    });
  }
}

type BackendTests = (kind: BackendKind, backend: () => Backend) => void;

/**
 * Registers `body` once for each kind of backend, for property and closed-form tests. Inside tests `backend()` is the
 * open backend. Each test must release what it makes: bytes left alive fail it.
 */
export function forEachBackend(body: BackendTests): void {
  describeBackends(body, true);
}

/**
 * The same for whole stages, made of kernels that are checked one by one: a software GPU would take minutes for each and is left
 * out, with a skipped test that says so.
 */
export function forEachFastBackend(body: BackendTests): void {
  describeBackends(body, false);
}

function describeBackends(body: BackendTests, withSoftware: boolean): void {
  describe('on each backend', async () => {
    for (const target of [CPU_THREADED, WEBGPU])
      await describeTarget(
        target,
        (_, backend) => {
          let aliveBytes = 0;
          beforeEach(() => {
            ({ aliveBytes } = backend().memory());
          });
          afterEach(async () => {
            await backend().flush();
            expect(backend().memory().aliveBytes, 'bytes left alive by the test').toBe(aliveBytes);
          });
          body(target.kind, backend);
        },
        withSoftware,
      );
  });
}

const reasonsTold = new Set<string>();

/** A suite on one target; when it is not there, one skipped test in the file says why. */
async function describeTarget(
  target: TestTarget,
  body: (title: string, backend: () => Backend) => void,
  withSoftware = true,
): Promise<void> {
  // The title needs the adapter's name, so the target is opened while tests are collected.
  const opened = await openTarget(target);
  if ('backend' in opened && !withSoftware && isSoftwareAdapter(opened.backend.info)) {
    await closeTarget(target);
    it.skipIf(true)(`whole stages did not run on ${opened.title}: it takes minutes for each; their kernels are checked on it`, () => undefined); // prettier-ignore
  } else if ('backend' in opened)
    describe(`[${opened.title}]`, () => {
      afterAll(() => closeTarget(target));
      body(opened.title, () => opened.backend);
    });
  else if (!reasonsTold.has(opened.missing)) {
    reasonsTold.add(opened.missing);
    it.skipIf(true)(`${opened.title} did not run: ${opened.missing}`, () => undefined);
  }
}

/** Inputs and expected bytes by case: every suite asks for the same ones. Large cases are made anew each time. */
function memoizedCases(kernel: Kernel, cases: readonly KernelCase[]): (kernelCase: KernelCase) => PreparedCase {
  const KEPT_BYTES = 2 ** 26;
  const kept = new Map<KernelCase, PreparedCase>();
  return (kernelCase) => {
    const known = kept.get(kernelCase);
    if (known !== undefined) return known;
    const prepared = prepareCase(kernel, kernelCase);
    const sizeBytes = Object.values(prepared.inputs).reduce((sum, bytes) => sum + 2 * bytes.byteLength, 0);
    if (sizeBytes < KEPT_BYTES / cases.length) kept.set(kernelCase, prepared);
    return prepared;
  };
}

function assertSound(failure: CaseFailure | undefined): void {
  if (failure !== undefined) throw new Error(reportFailure(failure));
}
