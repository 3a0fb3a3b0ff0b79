import { createWebGpuBackend, defineKernel, exact, BackendUnavailableError } from '@efface/compute';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { camelCase, type ReflectedShader, reflectShader, resolveImports } from './reflect.ts';

const folder = mkdtempSync(join(tmpdir(), 'efface-reflect-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const reflect = (text: string): ReflectedShader => reflectShader(write('shader.wgsl', text), folder);

const HEAD = `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
`;
const MAIN = '@compute @workgroup_size(1)\nfn main() { }\n';

describe('imports', () => {
  it('are pulled in once each, wherever they are asked for; comment lines are left out', () => {
    write('a.wgsl', '// About a.\n#import b\nfn a() -> u32 { return b(); }\n');
    write('b.wgsl', 'fn b() -> u32 { return 1u; } // one\n');
    const main = write('main.wgsl', '// Header.\n#import a\n#import b\n\nfn c() { }\n');
    expect(resolveImports(main, folder)).toBe(
      'fn b() -> u32 { return 1u; } // one\nfn a() -> u32 { return b(); }\nfn c() { }\n',
    );
  });

  it('that do not exist are named', () => {
    expect(() => resolveImports(write('main.wgsl', '#import nowhere\n'), folder)).toThrow(/nowhere\.wgsl/);
  });
});

describe('what is reflected', () => {
  it('is the parameters, the bindings in order, and the overrides with their literals', () => {
    const shader = reflect(`override WG_X: u32 = 64;
override MASK: u32 = 0xfffffffFu;
override FLOAT_LIKE: u32 = 0x1f;
override SHIFT: i32 = -3i;
override SCALE: f32 = 2.5f;
override IS_FAST: bool = true;
struct Params { size_ijk: vec3u, low: f32, step_i: vec3<i32>, affine: mat3x4f, }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> out_mask: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
var<workgroup> tile: array<f32, 64>;
fn helper(workgroup: vec3<u32>, x: f32) -> f32 { if (x > 0.0) { return x; } return f32(workgroup.x); }
@compute @workgroup_size(WG_X)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>) { tile[0] = helper(workgroup, 1.0); }
`);
    expect(shader).toMatchObject({
      id: 'shader',
      paramsSizeBytes: 80,
      params: [
        { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
        { name: 'low', type: 'f32', offsetBytes: 12 },
        { name: 'stepI', type: 'vec3<i32>', offsetBytes: 16 },
        { name: 'affine', type: 'mat3x4<f32>', offsetBytes: 32 },
      ],
      bindings: [
        { name: 'volume0', binding: 1, access: 'read' },
        { name: 'outMask', binding: 2, access: 'read_write' },
      ],
      overrides: [
        { name: 'WG_X', type: 'u32', defaultValue: 64 },
        { name: 'MASK', type: 'u32', defaultValue: 0xffffffff },
        { name: 'FLOAT_LIKE', type: 'u32', defaultValue: 31 },
        { name: 'SHIFT', type: 'i32', defaultValue: -3 },
        { name: 'SCALE', type: 'f32', defaultValue: 2.5 },
        { name: 'IS_FAST', type: 'bool', defaultValue: 1 },
      ],
    });
  });

  it.each([
    ['no uniform called params', MAIN, /one uniform `params`/],
    ['params at another binding', `${HEAD.replace('binding(0)', 'binding(1)')}${MAIN}`, /one uniform `params`/],
    ['no entry point main', `${HEAD}${MAIN.replace('main', 'start')}`, /one entry point main, found start/],
    ['two entry points', `${HEAD}${MAIN}${MAIN.replace('main', 'other')}`, /found main, other/],
    [
      'a binding of another group',
      `${HEAD}@group(1) @binding(1) var<storage, read> src: array<u32>;\n${MAIN}`,
      /src is not in group 0/,
    ],
    [
      'a gap in the bindings',
      `${HEAD}@group(0) @binding(2) var<storage, read> src: array<u32>;\n${MAIN}`,
      /bindings are 2, expected 1/,
    ],
    [
      'an array in the parameters',
      `${HEAD.replace('u32 }', 'array<vec4<u32>, 2> }')}${MAIN}`,
      /count: parameters of type array/,
    ],
    [
      'an override that is computed',
      `override A: u32 = 2u * 3u;\n${HEAD}${MAIN}`,
      /override A needs a literal, found 2u \* 3u/,
    ],
  ])('refuses %s', (_, text, expected) => expect(() => reflect(text)).toThrow(expected));

  it('turns names into those of TypeScript', () => {
    expect(['src', 'size_ijk', 'volume_0', 'step_k_2'].map(camelCase)).toEqual(['src', 'sizeIjk', 'volume0', 'stepK2']);
  });
});

/** Every type a parameter may have, in an order that needs padding almost everywhere. */
const LAYOUT = `struct Params {
  a: u32, b: vec3<f32>, c: i32, d: vec2<u32>, e: f32, f: vec4<i32>, g: vec3<u32>, h: u32, i: mat3x4<f32>,
  j: vec2<f32>, k: vec3<i32>, l: vec2<i32>, m: mat4x4<f32>, n: f32, o: vec4<u32>, p: vec4<f32>, q: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;
@compute @workgroup_size(1)
fn main() {
  BODY
}
`;

describe('the layout the library reflects is the one the device reads', async () => {
  const backend = await createWebGpuBackend().catch((error: unknown) => {
    if (error instanceof BackendUnavailableError) return error;
    throw error;
  });
  if (backend instanceof BackendUnavailableError) {
    it.skipIf(true)(`webgpu did not run: ${backend.message}`, () => undefined);
    return;
  }
  afterAll(() => backend[Symbol.asyncDispose]());

  it(`for every type of parameter [webgpu: ${backend.info.name}]`, async () => {
    const { params: fields } = reflect(LAYOUT.replace('BODY', ''));
    const lengthOf = (type: string): number =>
      type === 'mat3x4<f32>' ? 12 : type === 'mat4x4<f32>' ? 16 : type.startsWith('vec') ? Number(type[3]) : 1;
    const values: Record<string, number | number[]> = {};
    const reads: string[] = [];
    let next = 1;
    for (const { name, type } of fields) {
      const elements = Array.from({ length: lengthOf(type) }, () => next++);
      values[name] = type.includes('<') ? elements : elements[0];
      for (const [n, value] of elements.entries()) {
        const part = type.startsWith('mat')
          ? `[${Math.floor(n / 4)}][${n % 4}]`
          : type.startsWith('vec')
            ? `[${n}]`
            : '';
        reads.push(`dst[${value - 1}] = f32(params.${name}${part});`);
      }
    }
    const count = next - 1;
    const source = { ...reflect(LAYOUT.replace('BODY', reads.join('\n  '))), id: 'layout' };
    const kernel = defineKernel<object, string>({
      source,
      tuning: {},
      workgroups: () => 1,
      cost: () => ({ readBytes: source.paramsSizeBytes, writeBytes: 4 * count, flops: 0 }),
      accuracy: exact(),
      cpu: { units: () => 1, run: () => undefined },
    });
    const dst = backend.createBuffer('dst', 4 * count);
    backend.dispatch(kernel, { params: values, buffers: { dst } });
    expect([...new Float32Array(await backend.read(dst))]).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    backend.release(dst);
  });
});
