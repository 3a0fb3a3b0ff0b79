// Checks one kernel case against its twin on every backend that is there, and times it.
//   npm run kernel -- 'peak-copy:count=65'     npm run kernel -- --list [TEXT]
import { parseArgs } from 'node:util';
import { BackendUnavailableError } from '@efface/compute';
import { checkCase, checkTwin, prepareCase, reportFailure } from '@efface/compute/testing';
import { openBackend } from '@efface/kernels/backends';
import { benchFamilies } from '@efface/kernels/bench';
import { allCases } from '@efface/kernels/cases';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { list: { type: 'boolean' } } });
const asked = positionals[0] ?? '';

const known = allCases.flatMap((family) =>
  (['eval', 'perf'] as const).flatMap((use) =>
    family[use].map((kernelCase) => ({ name: `${family.kernel.source.id}:${kernelCase.id}`, use, family, kernelCase })),
  ),
);

if (values.list === true || asked === '') {
  for (const { name, use } of known) if (name.includes(asked)) console.log(`${use}  ${name}`);
} else {
  const found = known.find(({ name }) => name === asked);
  if (found === undefined) {
    console.error(`no case is called ${asked}; list them with: npm run kernel -- --list`);
    process.exitCode = 2;
  } else {
    await checkAndTime(found);
  }
}

async function checkAndTime({ name, family, kernelCase }: (typeof known)[number]): Promise<void> {
  const prepared = prepareCase(family.kernel, kernelCase);
  report('twin', checkTwin(prepared));
  for (const kind of ['cpu', 'webgpu'] as const) {
    try {
      await using backend = await openBackend(kind);
      const where = `${kind}: ${backend.info.name}`;
      report(where, await checkCase(backend, prepared, { where }));
    } catch (error) {
      if (!(error instanceof BackendUnavailableError)) throw error;
      console.log(`${kind}: not checked, ${error.message}`);
    }
  }
  if (process.exitCode !== 1) {
    console.log('');
    await benchFamilies([family], console.log, { filter: name, includesEval: true });
  }
}

function report(where: string, failure: ReturnType<typeof checkTwin>): void {
  if (failure !== undefined) process.exitCode = 1;
  console.log(failure === undefined ? `${where}: ok` : reportFailure(failure));
}
