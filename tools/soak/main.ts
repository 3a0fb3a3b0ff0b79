// Faults, tried for real on a cohort of generated heads: processes that are killed, disks that are full, inputs that go away.
// node tools/soak/main.ts [--cases 60] [--kills 50] [--seed 1] [--only NAME]… [--json FILE]      (needs root for file systems)
// Every fault ends with the same question: are the bytes those of an undisturbed run, with one outcome a case and nothing left over?
import { parseArgs } from 'node:util';
import { writeFileSync } from 'node:fs';
import { Cohort, prepare, type Report } from './cohort.ts';
import { FAULTS } from './faults.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '60' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
  },
});

const unknown = values.only.find((name) => !(name in FAULTS));
if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${Object.keys(FAULTS).join(', ')}`);
const site = await prepare(Number(values.cases));
const reports: Report[] = [];
try {
  const whole = new Cohort(site, 'whole');
  whole.plan();
  const { status } = await whole.run().ended;
  if (status !== 0) throw new Error(`the undisturbed run ended with ${status}`);
  for (const [name, fault] of Object.entries(FAULTS)) {
    if (values.only.length > 0 && !values.only.includes(name)) continue;
    const beginMs = Date.now();
    const report = await fault({ site, whole, kills: Number(values.kills), seed: Number(values.seed) });
    reports.push({ name, seconds: (Date.now() - beginMs) / 1000, ...report });
    const { counts, skipped } = report;
    console.log(`${skipped === undefined ? 'ok     ' : 'skipped'} ${name}: ${skipped ?? Object.entries(counts).map(([what, n]) => `${what} ${n}`).join(', ')}`); // prettier-ignore
  }
} finally {
  site.remove();
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(reports, null, 2)}\n`);
console.log(`\nsoak: ${reports.filter(({ skipped }) => skipped === undefined).length} faults held, ${reports.filter(({ skipped }) => skipped !== undefined).length} skipped`); // prettier-ignore
