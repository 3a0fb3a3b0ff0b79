// Checks kernel cases against their twins on every backend that is there, and times them: `npm run kernel -- --help`.
import { parseArgs } from 'node:util';
import { BackendUnavailableError } from '@efface/compute';
import { benchTable, ratioTable } from '@efface/compute/bench';
import { checkCase, checkTwin, gpuJsMisfit, prepareCase, reportFailure } from '@efface/compute/testing';
import { reportUsageErrors } from '@efface/benchmarks/usage';
import { openBackend } from '@efface/kernels/backends';
import { BENCH_TARGETS, benchFamilies } from '@efface/kernels/bench';
import { casesByFamily } from '@efface/kernels/cases';

const HELP = `Checks cases of a kernel against its CPU twin on every backend that is there, and times them.

  npm run kernel -- [options] '<kernel>:<values>'

  --list [TEXT]    print the names of the cases that contain TEXT: eval ones are checked by tests, perf ones timed by
                   benchmarks
  --no-bench       check only

The name is one that --list or a failed test prints. Less of it will do: 'smooth-axis' or 'smooth-axis:axis=0' are all
cases of a kernel that have these values, and a family stands for its kernels ('smooth').

A case is run by the twin alone, by the CPU backend, on the GPU (SwiftShader, a software one, where there is no other)
with and without clamped accesses, and through gpu.js where the kernel has a form for it. Of the times, \`time\` and
\`warm\` are medians on data no cache holds and on the same buffers again; \`noise\` is the interquartile range over the
median, \`n\` the samples and why there are no more, \`peak\` the share of the bandwidth and of the arithmetic measured in
this run, \`host\` the median with submission and waiting, and \`clock\` says whose clock was read. \`ok (eval)\` stands
where the case is too big and the first small one was checked.

Exit code 1: a case was wrong. 2: there is no such case.`;

reportUsageErrors();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    'no-bench': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
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

if (values.help) console.log(HELP);
else if (values.list) {
  for (const { name, use } of known) if (name.includes(asked)) console.log(`${use}  ${name}`);
} else if (asked === '') {
  console.error(HELP);
  process.exitCode = 2;
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
  if (kernelCase.hasManyResults === true) {
    console.log('  not checked: which of several right results comes out depends on the order of the work');
    return;
  }
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
    const misfit = kind === 'gpujs' ? gpuJsMisfit(family.kernel, kernelCase) : undefined;
    if (misfit !== undefined) {
      console.log(`  gpujs: not checked, ${misfit}`);
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
  console.log(`\n${benchTable(records)}`);
  const ratios = ratioTable(records);
  if (ratios !== '') console.log(`\nHow many times the first backend's time\n${ratios}`);
}

function report(where: string, failure: ReturnType<typeof checkTwin>): void {
  if (failure !== undefined) process.exitCode = 1;
  console.log(failure === undefined ? `  ${where}: ok` : reportFailure(failure));
}
