import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseFailure } from './check-case.ts';
import { accuracyText, type Difference, type Elements, elementsOf } from './compare.ts';

/** NIfTI-1 data types (nifti1.h, DT_*). */
const DATATYPES = { u8: [2, 8], i32: [8, 32], f32: [16, 32], u32: [768, 32] } as const;

/** A dimension of NIfTI-1 is a signed 16-bit number. */
const MAX_DIMENSION = 32_767;

/**
 * Writes what a failed case read, should have given and gave into a new folder of the temporary folder, as .nii files
 * a viewer opens, and `case.json`. Returns the message for the test: problems, the first differing elements, the folder
 * and the command that runs this case again.
 */
export function reportFailure(failure: CaseFailure): string {
  const { kernel, kernelCase, where, problems } = failure;
  const { id } = kernel.source;
  const folder = writeFailure(failure);
  const lines = [`${id}:${kernelCase.id} is wrong on ${where}`];
  for (const { binding, text, first } of problems) {
    lines.push(`  ${binding}: ${text}`);
    for (const difference of first) lines.push(`    ${differenceText(difference, sizeIjkOf(failure, binding))}`);
  }
  return [...lines, `  files: ${folder}`, `  again: ${reproCommand(failure)}`].join('\n');
}

/** The command that checks and times this case. */
export function reproCommand({ kernel, kernelCase }: Pick<CaseFailure, 'kernel' | 'kernelCase'>): string {
  return `npm run kernel -- '${kernel.source.id}:${kernelCase.id}'`;
}

function writeFailure(failure: CaseFailure): string {
  const { kernel, kernelCase, where, problems, inputs, expected, actual } = failure;
  const root = join(tmpdir(), 'efface-kernel-failures');
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, `${kernel.source.id}-`));
  const accuracy = accuracyText(kernel.accuracy);
  const record = { case: `${kernel.source.id}:${kernelCase.id}`, where, params: kernelCase.params, accuracy, problems };
  writeFileSync(join(folder, 'case.json'), JSON.stringify({ ...record, again: reproCommand(failure) }, null, 2));
  for (const { name, access } of kernel.source.bindings) {
    const element = problems.find((p) => p.binding === name && p.element !== 'u8')?.element ?? 'u32';
    const sizeIjk = sizeIjkOf(failure, name);
    const write = (what: string, elements: Elements) =>
      writeFileSync(join(folder, `${name}-${what}.nii`), rawNifti(elements, sizeIjk));
    write('input', elementsOf(inputs[name], element));
    if (access === 'read') continue;
    const wanted = elementsOf(expected[name], element);
    const found = elementsOf(actual[name], element);
    write('expected', wanted);
    write('actual', found);
    write(
      'difference',
      Float32Array.from(found, (value, index) => value - wanted[index]),
    );
  }
  return folder;
}

function differenceText({ index, expected, actual }: Difference, sizeIjk: readonly number[] | undefined): string {
  const [ni, nj] = sizeIjk ?? [];
  const at =
    sizeIjk === undefined
      ? `[${index}]`
      : `[i=${index % ni}, j=${Math.floor(index / ni) % nj}, k=${Math.floor(index / (ni * nj))}]`;
  return `${at} expected ${expected}, found ${actual}`;
}

/** The grid of a binding that has one word for each voxel of the kernel's `sizeIjk`, if it has that parameter. */
function sizeIjkOf({ kernelCase, inputs }: CaseFailure, binding: string): readonly number[] | undefined {
  const sizeIjk = kernelCase.params['sizeIjk' as never] as unknown;
  if (!Array.isArray(sizeIjk) || !(binding in inputs)) return undefined;
  const size = sizeIjk as readonly number[];
  return inputs[binding].byteLength === 4 * size[0] * size[1] * size[2] ? size : undefined;
}

/**
 * A NIfTI-1 file without orientation: 348-byte header, 4 bytes of no extension, the elements. Without a grid it is a
 * line, or rows of one line's greatest length when there are more elements, the last row filled up with zeros.
 */
export function rawNifti(elements: Elements, sizeIjk?: readonly number[]): Uint8Array {
  const count = elements.length;
  const width = Math.min(count, MAX_DIMENSION);
  const dimensions = sizeIjk ?? [width, Math.ceil(count / width), 1];
  const [datatype, bits] = DATATYPES[elementName(elements)];
  const file = new Uint8Array(352 + (dimensions[0] * dimensions[1] * dimensions[2] * bits) / 8);
  const header = new DataView(file.buffer);
  header.setInt32(0, 348, true);
  header.setInt16(40, 3, true);
  for (let axis = 0; axis < 7; axis++) {
    header.setInt16(42 + 2 * axis, dimensions[axis] ?? 1, true);
    header.setFloat32(80 + 4 * axis, 1, true);
  }
  header.setInt16(70, datatype, true);
  header.setInt16(72, bits, true);
  header.setFloat32(108, 352, true);
  header.setFloat32(112, 1, true);
  file.set([0x6e, 0x2b, 0x31], 344);
  file.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), 352);
  return file;
}

function elementName(elements: Elements): keyof typeof DATATYPES {
  if (elements instanceof Float32Array) return 'f32';
  if (elements instanceof Int32Array) return 'i32';
  return elements instanceof Uint32Array ? 'u32' : 'u8';
}
