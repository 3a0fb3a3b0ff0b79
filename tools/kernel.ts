// Checks kernel cases against their twins on every backend that is there, and times them.
//   npm run kernel -- 'smooth-axis:size=[33,17,5];axis=0'     npm run kernel -- --list [TEXT]
// A name is <kernel>:<values>, as --list and failures print it. The kernel may be its family (`ray-cast`), and any of
// the values may be left out: all cases that have the given ones are run.
import { parseArgs } from 'node:util';
import { BackendUnavailableError } from '@efface/compute';
import { benchTable, ratioTable } from '@efface/compute/bench';
import { checkCase, checkTwin, prepareCase, reportFailure } from '@efface/compute/testing';
import { reportUsageErrors } from '@efface/benchmarks/usage';
import { openBackend } from '@efface/kernels/backends';
import { BENCH_TARGETS, benchFamilies } from '@efface/kernels/bench';
import { casesByFamily } from '@efface/kernels/cases';

reportUsageErrors();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean' }, 'no-bench': { type: 'boolean', default: false } },
});
const asked = positionals[0] ?? '';

const known = Object.entries(casesByFamily).flatMap(([folder, kernels]) =>
  kernels.flatMap((family) =>
    (['eval', 'perf'] as const).flatMap((use) =>
      family[use].map((kernelCase) => {
        const id = family.kernel.source.id;
        return { name: `${id}:${kernelCase.id}`, owners: [id, folder], use, family, kernelCase };
      }),
    ),
  ),
);
type Known = (typeof known)[number];

if (values.list === true || asked === '') {
  for (const { name, use } of known) if (name.includes(asked)) console.log(`${use}  ${name}`);
} else {
  const exact = known.filter(({ name }) => name === asked);
  const found = exact.length > 0 ? exact : known.filter((one) => isMeant(one, asked));
  if (found.length === 0) {
    console.error(`no case is called ${asked}; list them with: npm run kernel -- --list`);
    process.exitCode = 2;
  } else {
    for (const one of found) await check(one);
    if (process.exitCode !== 1 && !values['no-bench']) await time(found);
  }
}

/** Whether a case is of the kernel or family asked for and has all the values asked for. */
function isMeant({ owners, kernelCase }: Known, name: string): boolean {
  const [owner, ...rest] = name.split(':');
  const has = new Set(kernelCase.id.split(';'));
  return owners.includes(owner) && rest.join(':').split(';').every((value) => value === '' || has.has(value)); // prettier-ignore
}

async function check({ name, family, kernelCase }: Known): Promise<void> {
  console.log(name);
  const prepared = prepareCase(family.kernel, kernelCase);
  report('twin', checkTwin(prepared));
  const runs = [
    { kind: 'cpu', label: 'cpu', options: {} },
    { kind: 'webgpu', label: 'webgpu', options: {} },
    { kind: 'webgpu', label: 'webgpu without robustness', options: { robustness: false } },
    { kind: 'gpujs', label: 'gpujs', options: {} },
    { kind: 'gpujs', label: 'gpujs', options: { gpuJsMode: 'cpu' } },
  ] as const;
  for (const { kind, label, options } of runs) {
    if (kind === 'gpujs' && family.kernel.gpujs === undefined) {
      console.log('  gpujs: not checked, the kernel has no gpu.js form');
      break;
    }
    try {
      await using backend = await openBackend(kind, options);
      const where = `${label}: ${backend.info.name}`;
      report(where, await checkCase(backend, prepared, { where }));
    } catch (error) {
      if (!(error instanceof BackendUnavailableError)) throw error;
      console.log(`  ${label}: not checked, ${error.message}`);
    }
  }
}

async function time(found: readonly Known[]): Promise<void> {
  const names = new Set(found.map(({ name }) => name));
  const families = [...new Set(found.map(({ family }) => family))];
  console.log('');
  const records = await benchFamilies(families, console.log, {
    accepts: (name) => names.has(name),
    targets: BENCH_TARGETS,
    includesEval: true,
  });
  console.log(`\n${benchTable(records)}\n\n${ratioTable(records)}`);
}

function report(where: string, failure: ReturnType<typeof checkTwin>): void {
  if (failure !== undefined) process.exitCode = 1;
  console.log(failure === undefined ? `  ${where}: ok` : reportFailure(failure));
}
