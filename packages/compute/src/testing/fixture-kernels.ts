// Small kernels for the tests of the backends and of the twin check itself; some are wrong on purpose.
import { exact } from '../accuracy.ts';
import { type CpuSlab, defineKernel, type Kernel, type ShaderSource, workgroupsFor } from '../kernel.ts';

/** Parameters of all fixtures. */
export interface FixtureParams {
  /** Words. */
  readonly count: number;
  readonly factor: number;
}

export type FixtureBinding = 'src' | 'dst';

function fixtureSource(id: string, body: string): ShaderSource<FixtureParams, FixtureBinding> {
  return {
    id,
    wgsl: `override WG_X: u32 = 64;
struct Params { count: u32, factor: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;
@compute @workgroup_size(WG_X)
fn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(num_workgroups) n: vec3<u32>,
        @builtin(local_invocation_index) l: u32) {
  let i = (w.x + w.y * n.x + w.z * n.x * n.y) * WG_X + l;
  if (i >= params.count) { return; }
  ${body}
}`,
    paramsSizeBytes: 16,
    params: [
      { name: 'count', type: 'u32', offsetBytes: 0 },
      { name: 'factor', type: 'u32', offsetBytes: 4 },
    ],
    bindings: [
      { name: 'src', binding: 1, access: 'read' },
      { name: 'dst', binding: 2, access: 'read_write' },
    ],
    overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
  };
}

/** A kernel on words: one unit a word. `bytesPerWord` overstates the cost so that small work counts as large. */
export function fixtureKernel(
  id: string,
  body: string,
  run: (slab: CpuSlab<FixtureParams, FixtureBinding>) => void,
  bytesPerWord = 8,
): Kernel<FixtureParams, FixtureBinding> {
  return defineKernel({
    source: fixtureSource(id, body),
    tuning: { WG_X: { values: [32, 64], base: 64 } },
    workgroups: ({ count }, constants) => workgroupsFor(count, constants),
    cost: ({ count }) => ({
      readBytes: (bytesPerWord * count) / 2,
      writeBytes: (bytesPerWord * count) / 2,
      flops: count,
    }),
    accuracy: exact(),
    cpu: { units: ({ count }) => count, run },
  });
}

/** dst = src · factor modulo 2³². */
export const multiply = fixtureKernel('multiply', 'dst[i] = src[i] * params.factor;', (slab) => {
  const { src, dst } = slab.buffers;
  for (let i = slab.begin; i < slab.end; i++) dst.u32[i] = Math.imul(src.u32[i], slab.params.factor);
});

/** dst += src: shows a unit that runs twice or never. */
export const accumulate = fixtureKernel('accumulate', 'dst[i] = dst[i] + src[i];', (slab) => {
  const { src, dst } = slab.buffers;
  for (let i = slab.begin; i < slab.end; i++) dst.u32[i] += src.u32[i];
});

/** dst[src & 255] += factor, with integer atomics. */
export const scatter = fixtureKernel('scatter', 'dst[i] = src[i];', (slab) => {
  const { src, dst } = slab.buffers;
  for (let i = slab.begin; i < slab.end; i++) Atomics.add(dst.u32, src.u32[i] & 255, slab.params.factor);
});

/** Throws at unit `factor`. */
export const throwing = fixtureKernel('throwing', 'dst[i] = src[i];', (slab) => {
  const { begin, end, params, buffers } = slab;
  for (let i = begin; i < end; i++) {
    if (i === params.factor) throw new RangeError(`unit ${i} cannot be done`);
    buffers.dst.u32[i] = 1;
  }
});

/** Ends the thread that gets unit `factor`. */
export const crashing = fixtureKernel('crashing', 'dst[i] = src[i];', ({ begin, end, params }) => {
  // In a worker this ends the thread only, in the middle of the slab.
  const thread: { exit(code: number): never } = process;
  if (begin <= params.factor && params.factor < end) thread.exit(1);
});

/** All fixtures, for the worker. */
export const fixtureRegistry = Object.fromEntries(
  [multiply, accumulate, scatter, throwing, crashing].map((kernel) => [kernel.source.id, kernel as Kernel]),
);
