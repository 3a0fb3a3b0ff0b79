import type { Backend, DeviceBuffer } from '../backend.ts';
import { type Accuracy, exact } from '../accuracy.ts';
import type { Kernel } from '../kernel.ts';
import type { CaseBuffer, KernelCase } from './cases.ts';
import { compareElements, type Difference, type Element, elementsOf } from './compare.ts';
import { type BindingBytes, CASE_SEED, caseBytes, GUARD_BYTES, isIntact, runTwin, withGuards, writtenBindings } from './twin.ts'; // prettier-ignore

/** One thing that is wrong with a case. */
export interface CaseProblem {
  /** Binding it is about. */
  readonly binding: string;
  readonly text: string;
  readonly element: Element;
  readonly first: readonly Difference[];
}

/** A case that failed, with what is needed to look at it. */
export interface CaseFailure {
  readonly kernel: Kernel;
  readonly kernelCase: KernelCase;
  /** Backend and tuning. */
  readonly where: string;
  readonly problems: readonly CaseProblem[];
  readonly inputs: BindingBytes;
  readonly expected: BindingBytes;
  readonly actual: BindingBytes;
}

/** A case with its inputs and what the twin makes of them. */
export interface PreparedCase {
  readonly kernel: Kernel;
  readonly kernelCase: KernelCase;
  readonly inputs: BindingBytes;
  readonly expected: BindingBytes;
  /** Element type of each binding where the case names one. */
  readonly elements: Readonly<Record<string, Element | undefined>>;
}

/** Makes the inputs of a case and runs its twin on this thread. */
export function prepareCase(kernel: Kernel, kernelCase: KernelCase, seed = CASE_SEED): PreparedCase {
  const given: Readonly<Record<string, CaseBuffer>> = kernelCase.buffers(seed);
  const inputs = caseBytes(kernel, kernelCase, given);
  const elements = Object.fromEntries(Object.entries(given).map(([name, { element }]) => [name, element]));
  return { kernel, kernelCase, inputs, elements, expected: runTwin(kernel, kernelCase, inputs).bytes };
}

/**
 * Checks the twin alone: it writes nothing beyond its buffers and changes no input, what it reads beyond them does not
 * matter, its output has no NaN, and slabs in any order give the same bytes.
 */
export function checkTwin(prepared: PreparedCase): CaseFailure | undefined {
  const { kernel, kernelCase, inputs, expected } = prepared;
  const problems = [...inputProblems(prepared, expected), ...outputProblems(prepared, expected, exact())];
  const guarded = runTwin(kernel, kernelCase, inputs, { isGuarded: true });
  for (const binding of guarded.brokenGuards) problems.push(problem(binding, 'written beyond its end'));
  for (const found of outputProblems(prepared, guarded.bytes, exact()))
    problems.push({ ...found, text: `depends on what lies beyond a buffer: ${found.text}` });
  const split = runTwin(kernel, kernelCase, inputs, { slabs: 7 });
  for (const found of outputProblems(prepared, split.bytes, exact()))
    problems.push({ ...found, text: `depends on how the work is cut: ${found.text}` });
  return failureOf(prepared, 'twin', problems, guarded.bytes);
}

/**
 * Runs a case twice on a backend, each binding with guards around it, and compares with the twin: guards and inputs
 * unchanged, no NaN, within `accuracy` (default that of the kernel), both runs the same bytes, no buffer left alive.
 */
export async function checkCase(
  backend: Backend,
  prepared: PreparedCase,
  options: {
    readonly accuracy?: Accuracy;
    readonly constants?: Readonly<Record<string, number>>;
    /** For messages. */
    readonly where: string;
  },
): Promise<CaseFailure | undefined> {
  const aliveBytes = backend.memory().aliveBytes;
  const first = await runGuarded(backend, prepared, options.constants);
  const second = await runGuarded(backend, prepared, options.constants);
  const problems = [...first.problems, ...inputProblems(prepared, first.bytes)];
  problems.push(...outputProblems(prepared, first.bytes, options.accuracy ?? prepared.kernel.accuracy));
  for (const { name } of writtenBindings(prepared.kernel)) {
    const { problem: text, first: differences } = compareElements(first.bytes[name], second.bytes[name], exact());
    if (text !== undefined)
      problems.push({
        binding: name,
        text: `a second run gave other bytes: ${text}`,
        element: 'u8',
        first: differences,
      });
  }
  const leakedBytes = backend.memory().aliveBytes - aliveBytes;
  if (leakedBytes !== 0) problems.push(problem('', `${leakedBytes} bytes were left alive`));
  return failureOf(prepared, options.where, problems, first.bytes);
}

async function runGuarded(
  backend: Backend,
  { kernel, kernelCase, inputs }: PreparedCase,
  constants: Readonly<Record<string, number>> | undefined,
): Promise<{ readonly bytes: BindingBytes; readonly problems: readonly CaseProblem[] }> {
  const wholes: Record<string, DeviceBuffer> = {};
  const buffers: Record<string, DeviceBuffer> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const whole = withGuards(input, GUARD_BYTES, GUARD_BYTES);
    wholes[name] = backend.createBuffer(`${kernel.source.id}/${name}`, whole.byteLength, whole);
    buffers[name] = backend.subBuffer(wholes[name], GUARD_BYTES, input.byteLength);
  }
  const bytes: Record<string, Uint8Array> = {};
  const problems: CaseProblem[] = [];
  try {
    backend.dispatch(kernel, {
      params: kernelCase.params,
      constants: { ...kernelCase.constants, ...constants },
      buffers,
    });
    for (const [name, input] of Object.entries(inputs)) {
      const whole = new Uint8Array(await backend.read(wholes[name]));
      const end = GUARD_BYTES + input.byteLength;
      if (!isIntact(whole.subarray(0, GUARD_BYTES))) problems.push(problem(name, 'written before its start'));
      if (!isIntact(whole.subarray(end))) problems.push(problem(name, 'written beyond its end'));
      bytes[name] = whole.slice(GUARD_BYTES, end);
    }
  } finally {
    for (const whole of Object.values(wholes)) backend.release(whole);
  }
  await backend.flush();
  return { bytes, problems };
}

function inputProblems({ kernel, inputs }: PreparedCase, actual: BindingBytes): CaseProblem[] {
  return kernel.source.bindings.flatMap(({ name, access }) => {
    if (access !== 'read') return [];
    const { problem: text, first } = compareElements(inputs[name], actual[name], exact());
    return text === undefined ? [] : [{ binding: name, text: `input changed: ${text}`, element: 'u8', first }];
  });
}

function outputProblems(prepared: PreparedCase, actual: BindingBytes, accuracy: Accuracy): CaseProblem[] {
  return writtenBindings(prepared.kernel).flatMap(({ name }) => {
    const element = prepared.elements[name] ?? (prepared.kernel.accuracy.kind === 'exact' ? 'u32' : 'f32');
    const expected = elementsOf(prepared.expected[name], element);
    const { problem: text, first } = compareElements(expected, elementsOf(actual[name], element), accuracy);
    return text === undefined ? [] : [{ binding: name, text, element, first }];
  });
}

function problem(binding: string, text: string): CaseProblem {
  return { binding, text, element: 'u8', first: [] };
}

function failureOf(
  { kernel, kernelCase, inputs, expected }: PreparedCase,
  where: string,
  problems: readonly CaseProblem[],
  actual: BindingBytes,
): CaseFailure | undefined {
  return problems.length === 0 ? undefined : { kernel, kernelCase, where, problems, inputs, expected, actual };
}
