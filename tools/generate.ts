// Writes every generated file of the repository; with --check it writes nothing and fails when one is out of date.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { format } from 'prettier';
import { documents } from './codegen/documents.ts';
import { emitCases, emitIndex, emitRegistry, emitShader, type Family } from './codegen/emit.ts';
import { reflectShader } from './codegen/reflect.ts';

const root = join(import.meta.dirname, '..');
const kernels = join(root, 'kernels');
const style = JSON.parse(readFileSync(join(root, '.prettierrc.json'), 'utf8')) as object;
const isCheck = process.argv.includes('--check');
const stale: string[] = [];
const problems: string[] = [];

async function emit(path: string, text: string): Promise<void> {
  const formatted = await format(text, { ...style, filepath: path });
  const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (current === formatted) return;
  stale.push(relative(root, path));
  if (!isCheck) writeFileSync(path, formatted);
}

/** Modules of a family that its users import: its kernels and host functions, no twins, cases, tests or benchmarks. */
function familyOf(folder: string): Family {
  const name = basename(folder);
  const files = globSync('*.ts', { cwd: folder }).sort();
  const modules = files
    .filter((file) => /^[a-z0-9-]+\.ts$/.test(file))
    .map((file) => `${name}/${basename(file, '.ts')}`);
  const shaderIds = globSync('*.wgsl', { cwd: folder })
    .map((file) => basename(file, '.wgsl'))
    .sort();
  // A shader without its spec is work in progress; the registry lists what can run.
  return {
    name,
    shaderIds: shaderIds.filter((id) => existsSync(join(folder, `${id}.ts`))),
    modules,
    hasCases: existsSync(join(folder, `${name}.cases.ts`)),
  };
}

const shaders = globSync('*/*.wgsl', { cwd: kernels })
  .filter((path) => !path.startsWith('shared'))
  .sort();
for (const shader of shaders) {
  const path = join(kernels, shader);
  try {
    await emit(path.replace(/\.wgsl$/, '.gen.ts'), emitShader(reflectShader(path, join(kernels, 'shared'))));
  } catch (error) {
    // One broken shader does not keep the others from being generated.
    problems.push(`${relative(root, path)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
const families = [...new Set(shaders.map((shader) => dirname(shader)))].map((name) => familyOf(join(kernels, name)));
await emit(join(kernels, 'index.ts'), emitIndex(families));
await emit(join(kernels, 'registry.ts'), emitRegistry(families));
await emit(join(kernels, 'cases.ts'), emitCases(families));
for (const document of documents) await emit(join(root, document.path), await document.emit());

if (stale.length === 0) console.log('generated files are up to date');
else if (isCheck) console.error(`out of date, run \`npm run generate\`:\n  ${stale.join('\n  ')}`);
else console.log(`wrote\n  ${stale.join('\n  ')}`);
for (const problem of problems) console.error(problem);
if (problems.length > 0 || (isCheck && stale.length > 0)) process.exitCode = 1;
