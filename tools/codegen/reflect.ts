import { type OverrideInfo, type ParamField, type ParamType, type StorageBinding } from '@efface/compute';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TypeInfo, WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';

/** What the generated file of one shader holds. */
export interface ReflectedShader {
  readonly id: string;
  readonly wgsl: string;
  readonly paramsSizeBytes: number;
  readonly params: readonly ParamField[];
  readonly bindings: readonly StorageBinding[];
  readonly overrides: readonly OverrideInfo[];
}

const PARAM_TYPES: readonly ParamType[] = [
  'u32', 'i32', 'f32', 'vec2<u32>', 'vec2<i32>', 'vec2<f32>', 'vec3<u32>', 'vec3<i32>', 'vec3<f32>',
  'vec4<u32>', 'vec4<i32>', 'vec4<f32>', 'mat3x4<f32>', 'mat4x4<f32>',
]; // prettier-ignore

/** snake_case of WGSL to camelCase of TypeScript: `size_ijk` → `sizeIjk`, `volume_0` → `volume0`. */
export function camelCase(snake: string): string {
  return snake.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Text of a shader with each `#import name` replaced by shared/name.wgsl, once, and comments that only people need left out. */
export function resolveImports(path: string, sharedFolder: string): string {
  const seen = new Set<string>();
  const expand = (file: string): string =>
    readFileSync(file, 'utf8').replaceAll(/^#import\s+([\w-]+)\s*$\n?/gm, (_, name: string) => {
      if (seen.has(name)) return '';
      seen.add(name);
      return expand(join(sharedFolder, `${name}.wgsl`));
    });
  return expand(path)
    .replaceAll(/^\s*\/\/.*\n/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimStart();
}

/** WGSL has short aliases for its vectors; one spelling is enough for the rest of the code. */
function paramType(type: TypeInfo, where: string): ParamType {
  const alias = /^vec([234])([uif])$/.exec(type.getTypeName());
  const name = alias ? `vec${alias[1]}<${alias[2]}32>` : type.getTypeName().replace(/^mat(\dx\d)f$/, 'mat$1<f32>');
  const found = PARAM_TYPES.find((known) => known === name);
  if (!found) throw new Error(`${where}: parameters of type ${name} are not supported`);
  return found;
}

/** Reflects one shader file. Throws when it breaks a convention: uniform `params` at binding 0, one entry point `main`. */
export function reflectShader(path: string, sharedFolder: string): ReflectedShader {
  const id = basename(path, '.wgsl');
  const wgsl = resolveImports(path, sharedFolder);
  const reflection = new WgslReflect(withoutBodies(wgsl));
  const fail = (message: string): never => {
    throw new Error(message);
  };
  const entries = reflection.entry.compute.map((entry) => entry.name);
  if (entries.length !== 1 || entries[0] !== 'main') fail(`expected one entry point main, found ${entries.join(', ')}`);
  const [uniform] = reflection.uniforms;
  if (reflection.uniforms.length !== 1 || uniform.name !== 'params' || uniform.binding !== 0 || uniform.group !== 0)
    fail('expected one uniform `params` at group 0, binding 0');
  const params = (uniform.members ?? []).map(({ name, type, offset }) => ({
    name: camelCase(name),
    type: paramType(type, name),
    offsetBytes: offset,
  }));
  const bindings = reflection.storage
    .map(({ name, binding, group, access }) => {
      if (group !== 0) fail(`${name} is not in group 0`);
      return { name: camelCase(name), binding, access: access === 'read_write' ? 'read_write' : 'read' } as const;
    })
    .sort((a, b) => a.binding - b.binding);
  const numbers = bindings.map(({ binding }) => binding);
  const expected = bindings.map((_, n) => n + 1);
  if (numbers.join() !== expected.join()) fail(`bindings are ${numbers.join(', ')}, expected ${expected.join(', ')}`);
  return {
    id,
    wgsl,
    paramsSizeBytes: Math.ceil(uniform.size / 16) * 16,
    params,
    bindings,
    overrides: overridesOf(wgsl, fail),
  };
}

/**
 * The declarations alone: bodies are Tint's business, and the reflection library stumbles over legal names in them
 * (`workgroup`).
 */
function withoutBodies(wgsl: string): string {
  let text = '';
  let at = 0;
  for (const match of wgsl.matchAll(/^fn\s/gm)) {
    if (match.index < at) continue;
    const open = wgsl.indexOf('{', match.index);
    let depth = 1;
    let end = open + 1;
    for (; depth > 0 && end < wgsl.length; end++) depth += wgsl[end] === '{' ? 1 : wgsl[end] === '}' ? -1 : 0;
    // The reflection library knows `workgroup` as an address space only; parameter names carry no information here.
    const signature = wgsl.slice(match.index, open).replaceAll(/\bworkgroup\s*:/g, 'workgroup_:');
    const returns = /->\s*([\w<>]+)\s*$/.exec(signature)?.[1];
    text += `${wgsl.slice(at, match.index)}${signature}{${returns ? ` var none: ${returns}; return none; ` : ''}}`;
    at = end;
  }
  return text + wgsl.slice(at);
}

/** `override NAME: type = literal;` declarations. The reflection library does not evaluate their values. */
function overridesOf(wgsl: string, fail: (message: string) => never): OverrideInfo[] {
  const found: OverrideInfo[] = [];
  for (const [, name, type, literal] of wgsl.matchAll(/^override\s+(\w+)\s*:\s*(\w+)\s*=\s*([^;]+);/gm)) {
    if (type !== 'u32' && type !== 'i32' && type !== 'f32' && type !== 'bool')
      fail(`override ${name} has type ${type}`);
    const text = literal.trim();
    const value = text === 'true' ? 1 : text === 'false' ? 0 : Number(text.replace(/[uif]$/, ''));
    // A hexadecimal literal may end in the digit f.
    const defaultValue = /^0x/i.test(text) ? Number(text.replace(/[ui]$/, '')) : value;
    if (!Number.isFinite(defaultValue)) fail(`override ${name} needs a literal, found ${text}`);
    found.push({ name, type: type, defaultValue });
  }
  return found;
}
