// Times what people call, from buffers on the device to the result: `npm run bench:operations -- --help`.
import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { adapterLabel, timeText } from '@efface/compute/bench';
import { benchOperations, OPERATION_TARGETS, OPERATIONS, operationsTable } from './bench-operations.ts';
import { reportUsageErrors, UsageError } from './usage.ts';

const HELP = `Times whole operations, each after a check against a closed form in the same run, and holds them against
their goals.

  npm run bench:operations -- [options]

  --filter TEXT      only operations whose name contains TEXT (may be given several times)
  --backend NAME     ${OPERATION_TARGETS.join(' | ')}; several times for several. Default: all that are there,
                     a software GPU only when named
  --seconds S        longest sampling of one operation on one backend (default 5)
  --json FILE        write the records, one JSON object a line
  --list             print the names and measure nothing

Exit code 1: a result was wrong. A goal that is missed is printed, and is no error.`;

reportUsageErrors();
const { values } = parseArgs({
  options: {
    filter: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const accepts = (id: string): boolean => values.filter.length === 0 || values.filter.some((text) => id.includes(text));

if (values.help) console.log(HELP);
else if (values.list) for (const { id } of OPERATIONS.filter((operation) => accepts(operation.id))) console.log(id);
else await measure();

async function measure(): Promise<void> {
  const maxSeconds = Number(values.seconds);
  if (!(maxSeconds > 0)) throw new UsageError(`--seconds is a number above 0, not ${values.seconds}`);
  const targets = values.backend?.map((name) => {
    const target = OPERATION_TARGETS.find((known) => known === name);
    if (target === undefined) throw new UsageError(`--backend is one of ${OPERATION_TARGETS.join(', ')}, not ${name}`);
    return target;
  });
  if (values.json !== undefined) writeFileSync(values.json, '');
  const records = await benchOperations(console.log, {
    accepts,
    maxSeconds,
    ...(targets && { targets }),
    onRecord: (record) => {
      process.stderr.write(
        `${adapterLabel(record.adapter)} ${record.operation} ${record.problem ?? timeText(record.medianNs)}\n`,
      );
      const whole = { ...record, samplesNs: record.samplesNs.map(Math.round) };
      if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(whole)}\n`);
    },
  });
  console.log(records.length === 0 ? 'nothing was measured; --list prints the names' : `\n${operationsTable(records)}`);
  process.exitCode = records.some(({ refcheck }) => refcheck === 'failed') ? 1 : 0;
}
