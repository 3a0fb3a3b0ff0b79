// Runs every project's tests through Nx, on the GPU that is there or on the software GPU, and says what ran where.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertModels, MODELS_FOLDER } from './convert-models/convert.ts';

const root = join(import.meta.dirname, '..');
const cache = join(root, 'node_modules/.cache/efface');
const summaries = join(cache, 'test-summary');

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

mkdirSync(summaries, { recursive: true });
convertModels(MODELS_FOLDER);
const run = spawnSync(
  process.execPath,
  [
    'tools/software-gpu/run.ts',
    '--prefer-hardware',
    '--',
    'nx',
    'run-many',
    '-t',
    'test',
    '--output-style=stream',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NX_DAEMON: 'false' } },
);

const counts = { passed: 0, failed: 0, skipped: 0 };
const backends = new Map<string, number>();
const skippedNames: string[] = [];
const kernelsWithoutForm: string[] = [];
for (const file of globSync('*.json', { cwd: summaries })) {
  const report = JSON.parse(readFileSync(join(summaries, file), 'utf8')) as VitestReport;
  for (const { assertionResults } of report.testResults) {
    for (const { status, fullName } of assertionResults) {
      if (status === 'passed') {
        counts.passed++;
        // Suites that run on each backend name it in their title: `… [webgpu: SwiftShader …]`.
        const backend = /\[((?:webgpu|cpu|gpujs)[^\]]*)\]/.exec(fullName)?.[1];
        if (backend) backends.set(backend, (backends.get(backend) ?? 0) + 1);
      } else if (status === 'failed') counts.failed++;
      else {
        counts.skipped++;
        const kernel = /(\S+) \[gpujs\] not checked: the kernel has no gpu\.js form$/.exec(fullName)?.[1];
        if (kernel === undefined) skippedNames.push(fullName);
        else kernelsWithoutForm.push(kernel);
      }
    }
  }
}

console.log('\nTests by backend:');
for (const [backend, count] of [...backends].sort()) console.log(`  ${backend}: ${count}`);
if (backends.size === 0) console.log('  none reported');
if (kernelsWithoutForm.length > 0)
  console.log(`\nWithout a gpu.js form, so not checked there: ${kernelsWithoutForm.sort().join(', ')}`);
if (skippedNames.length > 0) {
  console.log('\nSkipped, with the reason in the title:');
  for (const name of skippedNames) console.log(`  ${name}`);
}
console.log(
  `\nshared data: ${existsSync(process.env['EFFACE_SHARED'] ?? join(root, '../shared')) ? 'found' : 'not found, tests on real heads were skipped'}`,
);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = run.status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;
