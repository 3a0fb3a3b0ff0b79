import { type KernelCase } from '@efface/compute/testing';

/** The case with the smallest workgroups there are: a small grid has more than 65 535 of them. */
export function inSmallWorkgroups<P extends object, B extends string>(kernelCase: KernelCase<P, B>): KernelCase<P, B> {
  return { ...kernelCase, id: `${kernelCase.id};wg=1`, constants: { ...kernelCase.constants, WG_X: 1 } };
}
