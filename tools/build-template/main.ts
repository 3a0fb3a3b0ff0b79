// Makes a head template. Without heads: the one that comes with efface, from generated people (`npm run template`).
import { writeTemplate } from '@efface/cohort';
import { openBackend } from '@efface/kernels/backends';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { phantomTemplate } from './phantom-template.ts';

const USAGE = `usage: node tools/build-template/main.ts [--people N] [--seed N] [--spacing MM] [-o FOLDER]`;

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    spacing: { type: 'string', default: '1.75' },
    output: { type: 'string', short: 'o', default: join(import.meta.dirname, '../../packages/anatomy/template') },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
} else {
  await using backend = await openBackend('cpu');
  const first = Number(values.seed);
  const seeds = Array.from({ length: Number(values.people) }, (_, n) => first + n);
  const template = await phantomTemplate(backend, seeds, Number(values.spacing), (done) => {
    console.log(`${Math.round(100 * done)} %`);
  });
  await writeTemplate(values.output, template);
  console.log(`${values.output}: average of ${seeds.length} generated people`);
}
