import type { Accuracy } from '../accuracy.ts';
import type { CaseBuffer } from './cases.ts';

/** Element types outputs are compared as. */
export type Element = NonNullable<CaseBuffer['element']>;

/** Elements of one output. */
export type Elements = Uint8Array | Uint32Array | Int32Array | Float32Array;

/** One element that is not as expected. */
export interface Difference {
  readonly index: number;
  readonly expected: number;
  readonly actual: number;
}

/** Outcome of comparing one output. */
export interface Comparison {
  /** Undefined when the output is within its accuracy, else what is wrong in one sentence. */
  readonly problem: string | undefined;
  /** Number of elements that differ by more than the accuracy allows (for nmse: that differ at all). */
  readonly differing: number;
  /** The first of them. */
  readonly first: readonly Difference[];
}

/** Differences listed at most. */
const LISTED = 5;

/** The bytes as elements. */
export function elementsOf(bytes: Uint8Array, element: Element): Elements {
  const { buffer, byteOffset, byteLength } = bytes;
  if (element === 'u8') return bytes;
  const length = Math.floor(byteLength / 4);
  if (element === 'f32') return new Float32Array(buffer, byteOffset, length);
  return element === 'i32' ? new Int32Array(buffer, byteOffset, length) : new Uint32Array(buffer, byteOffset, length);
}

/**
 * Compares an output with the expected one. Integers are compared exactly whatever the accuracy. For f32, NaN on either
 * side is wrong, an infinity must be met by the same infinity, and finite values follow the accuracy.
 */
export function compareElements(expected: Elements, actual: Elements, accuracy: Accuracy): Comparison {
  if (actual.length !== expected.length)
    return { problem: `${actual.length} elements instead of ${expected.length}`, differing: 0, first: [] };
  const isFloat = expected instanceof Float32Array && actual instanceof Float32Array;
  if (!isFloat && sameBytes(expected, actual)) return { problem: undefined, differing: 0, first: [] };
  const agrees = isFloat ? floatRule(expected, actual, accuracy) : (index: number) => expected[index] === actual[index];
  const first: Difference[] = [];
  let differing = 0;
  let nans = 0;
  for (let index = 0; index < expected.length; index++) {
    if (agrees(index)) continue;
    differing++;
    if (Number.isNaN(expected[index]) || Number.isNaN(actual[index])) nans++;
    if (first.length < LISTED) first.push({ index, expected: expected[index], actual: actual[index] });
  }
  const outside = isFloat && accuracy.kind === 'nmse' ? nmseProblem(expected, actual, accuracy.nmse) : undefined;
  if (nans > 0) return { problem: `${nans} of ${expected.length} elements are NaN`, differing, first };
  if (differing > 0)
    return {
      problem: `${differing} of ${expected.length} elements differ (${accuracyText(accuracy)})`,
      differing,
      first,
    };
  if (outside === undefined) return { problem: undefined, differing: 0, first: [] };
  return { problem: outside, ...unequal(expected, actual) };
}

/** The accuracy in words. */
export function accuracyText(accuracy: Accuracy): string {
  switch (accuracy.kind) {
    case 'exact':
      return 'exact';
    case 'ulp':
      return `at most ${accuracy.maxUlp} ulp`;
    case 'relative':
      return `relative ${accuracy.relative}, floor ${accuracy.floor}`;
    case 'nmse':
      return `nmse ${accuracy.nmse}`;
  }
}

/** Number of representable f32 between two finite values; subnormals count as zero. */
export function ulpDistance(a: number, b: number): number {
  return Math.abs(orderedBits(a) - orderedBits(b));
}

const F32 = new Float32Array(1);
const BITS = new Int32Array(F32.buffer);
const SMALLEST_NORMAL_BITS = 0x00800000;

/** Maps f32 to integers in order: 0 for zero and subnormals, then one step for each normal value. */
function orderedBits(value: number): number {
  F32[0] = value;
  const magnitude = BITS[0] & 0x7fffffff;
  const steps = magnitude < SMALLEST_NORMAL_BITS ? 0 : magnitude - SMALLEST_NORMAL_BITS + 1;
  return BITS[0] < 0 ? -steps : steps;
}

function sameBytes(a: Elements, b: Elements): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(new Uint8Array(b.buffer, b.byteOffset, b.byteLength));
}

function floatRule(expected: Float32Array, actual: Float32Array, accuracy: Accuracy): (index: number) => boolean {
  const finite = finiteRule(accuracy);
  return (index) => {
    const b = expected[index];
    const a = actual[index];
    if (Number.isNaN(a) || Number.isNaN(b)) return false;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return a === b;
    return finite(a, b);
  };
}

function finiteRule(accuracy: Accuracy): (a: number, b: number) => boolean {
  switch (accuracy.kind) {
    case 'exact':
      return (a, b) => Object.is(a, b);
    case 'ulp':
      return (a, b) => ulpDistance(a, b) <= accuracy.maxUlp;
    case 'relative':
      return (a, b) => Math.abs(a - b) <= accuracy.relative * Math.max(Math.abs(b), accuracy.floor);
    case 'nmse':
      return () => true;
  }
}

function nmseProblem(expected: Float32Array, actual: Float32Array, limit: number): string | undefined {
  let error = 0;
  let power = 0;
  for (let index = 0; index < expected.length; index++) {
    if (!Number.isFinite(expected[index])) continue;
    error += (actual[index] - expected[index]) ** 2;
    power += expected[index] ** 2;
  }
  if (error <= limit * power) return undefined;
  return `the normalised mean square error is ${error / power}, more than ${limit}`;
}

function unequal(expected: Elements, actual: Elements): Pick<Comparison, 'differing' | 'first'> {
  const first: Difference[] = [];
  let differing = 0;
  for (let index = 0; index < expected.length; index++) {
    if (expected[index] === actual[index]) continue;
    differing++;
    if (first.length < LISTED) first.push({ index, expected: expected[index], actual: actual[index] });
  }
  return { differing, first };
}
