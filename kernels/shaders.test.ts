// Every shader in every variant that its cases use, at every tuning point, on Dawn's null device: needs no GPU.
import { resolveConstants, validateShader, variantLabel } from '@efface/compute';
import { tuningPoints } from '@efface/compute/testing';
import { describe, expect, it } from 'vitest';
import { allCases } from './cases.ts';
import { registry } from './registry.ts';

const shaders = Object.entries(registry).map(([id, kernel]) => {
  const families = allCases.filter((family) => family.kernel.source.id === id);
  const ofCases = families.flatMap((family) => [...family.eval, ...family.perf]).map(({ constants }) => constants);
  const points = [{}, ...tuningPoints(kernel)];
  const variants = [{}, ...ofCases].flatMap((constants) => points.map((point) => ({ ...constants, ...point })));
  const labels = variants.map((variant) => variantLabel(kernel, resolveConstants(kernel, variant)));
  return { id, kernel, variants, pipelines: new Set(labels).size };
});
const total = shaders.reduce((sum, { pipelines }) => sum + pipelines, 0);

describe(`${total} pipelines compile within the limits of any WebGPU device and fit their reflected layout`, () => {
  it.each(shaders)('$id: $pipelines', async ({ kernel, variants, pipelines }) => {
    expect(await validateShader(kernel, variants)).toEqual({ pipelines, problems: [] });
  });

  it('every kernel has cases', () => {
    expect(allCases.map(({ kernel }) => kernel.source.id).sort()).toEqual(Object.keys(registry).sort());
  });
});
