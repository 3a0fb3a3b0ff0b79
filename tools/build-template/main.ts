// Makes a head template. Without heads: the one that comes with efface, from generated people (`npm run template`). With heads (a
// folder with one a person, or a manifest as `efface audit` reads it): their average.
import { type HeadTemplate } from '@efface/anatomy';
import { listSubjects, readTemplate, shippedTemplatePath, type SubjectSource, writeTemplate } from '@efface/cohort';
import { openStudy } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { type Modality, type Volume } from '@efface/volume';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { headsTemplate } from './heads-template.ts';
import { phantomTemplate } from './phantom-template.ts';

const USAGE = `usage: node tools/build-template/main.ts [--people N] [--seed N] [--spacing MM] [-o FOLDER]
       node tools/build-template/main.ts HEADS -o FOLDER [--name NAME] [--modality CT|MR] [--backend cpu|webgpu] [--spacing MM]

HEADS is a folder with one file or folder a person, or a CSV manifest (subject, path). The average is written to FOLDER, for
--template of efface deface; it shows no single person, but it is made of people: keep it as safe as their consent says.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    people: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    spacing: { type: 'string', default: '1.75' },
    output: { type: 'string', short: 'o' },
    name: { type: 'string', default: 'average of real heads' },
    modality: { type: 'string' },
    backend: { type: 'string', default: 'cpu' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** The first image that can be opened among a person's files. */
async function openHead({ path }: SubjectSource): Promise<Volume> {
  const modality = values.modality as Modality | undefined;
  const { entries } = await openStudy(path, { allowResample: true, ...(modality ? { modality } : {}) });
  const entry = entries.find(({ refusal }) => refusal === undefined);
  if (!entry) throw new RangeError(`${path}: no image in it can be opened`);
  return (await entry.open()).volume;
}

async function build(): Promise<HeadTemplate> {
  await using backend = await openBackend(values.backend === 'webgpu' ? 'webgpu' : 'cpu');
  const spacingMm = Number(values.spacing);
  const [heads] = positionals;
  if (heads !== undefined) {
    const sources = (await listSubjects(heads)).map((one) => ({ name: one.subject, open: () => openHead(one) }));
    const reference = await readTemplate(shippedTemplatePath());
    return await headsTemplate(backend, sources, reference, { name: values.name, spacingMm }, (line) => {
      console.log(line);
    });
  }
  const first = Number(values.seed);
  const seeds = Array.from({ length: Number(values.people) }, (_, n) => first + n);
  return await phantomTemplate(backend, seeds, spacingMm, (done) => {
    console.log(`${Math.round(100 * done)} %`);
  });
}

if (values.help) {
  console.log(USAGE);
} else if (positionals.length > 0 && values.output === undefined) {
  // The shipped template is of generated people; nothing else goes there by default.
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const output = values.output ?? join(import.meta.dirname, '../../packages/anatomy/template');
  const template = await build();
  await writeTemplate(output, template);
  console.log(`${output}: ${template.name}, ${template.builtFrom} heads`);
}
