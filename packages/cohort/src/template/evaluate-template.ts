/**
 * How well a template lies on real heads: `node packages/cohort/src/template/evaluate-template.ts [TEMPLATE]`.
 * Prints one line per head and a summary per data set; figures only.
 */
import { analyseHead, type HeadTemplate, lpsOfTemplateByFrame, locateTemplate } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { openNifti, openStudy } from '@efface/io';
import { openBackend } from '@efface/kernels/backends';
import { sharedPath } from '@efface/test-data';
import { type Affine, length, subtract, transformPoint, type Vec3, type Volume } from '@efface/volume';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTemplate, shippedTemplatePath } from './read-template.ts';

/** One head to lay a template on. */
interface Head {
  readonly set: string;
  readonly name: string;
  readonly volume: Volume;
}

/** Every head of the shared data set, one after the other. */
export async function* sharedHeads(): AsyncGenerator<Head> {
  const ixi = sharedPath('data/ixi_t1_2mm/T1');
  for (const name of ixi === undefined ? [] : readdirSync(ixi).sort()) {
    const { volume } = await openNifti(join(ixi ?? '', name), { modality: 'MR' });
    yield { set: 'IXI T1', name: name.replace('_T1.nii.gz', ''), volume };
  }
  const kbp = sharedPath('data/openkbp_ct_rt');
  for (const name of kbp === undefined
    ? []
    : readdirSync(kbp)
        .filter((n) => n.startsWith('pt_'))
        .sort()) {
    const { volume } = await openNifti(join(kbp ?? '', name, 'ct.nii.gz'), { modality: 'CT' });
    yield { set: 'OpenKBP CT', name, volume };
  }
  const archives = sharedPath('data/dicom');
  for (const file of archives === undefined
    ? []
    : readdirSync(archives)
        .filter((n) => n.endsWith('.tar.xz'))
        .sort()) {
    const folder = mkdtempSync(join(tmpdir(), 'efface-template-'));
    try {
      execFileSync('tar', ['-xJf', join(archives ?? '', file), '-C', folder]);
      const { entries } = await openStudy(folder, { allowResample: true });
      let index = 0;
      for (const entry of entries) {
        if (entry.refusal !== undefined || entry.modality === 'OT') continue;
        const { volume } = await entry.open();
        yield { set: 'DICOM', name: `${file.replace('.tar.xz', '')} ${++index}`, volume };
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** What one head gave. */
export interface TemplateScore {
  readonly set: string;
  readonly name: string;
  /** From the nose tip, nasion and chin that the template says to those found in the image, mm; NaN where none was. */
  readonly noseMm: number;
  readonly nasionMm: number;
  readonly chinMm: number;
  /** The same for the map by the brain alone. */
  readonly noseByBrainMm: number;
  readonly quality: number;
  readonly faceCoverage: number;
  readonly faceMisfitMm: number;
  readonly headMisfitMm: number;
  readonly isLost: boolean;
  readonly timeMs: number;
}

/** Lays a template on one head. */
export async function scoreTemplate(backend: Backend, template: HeadTemplate, head: Head): Promise<TemplateScore> {
  const anatomy = await analyseHead(backend, head.volume);
  const found = await locateTemplate(backend, head.volume, anatomy, template);
  const { noseTip, nasion, chin } = template.landmarksLps;
  const error = (map: Affine, point: Vec3, truth: Vec3 | undefined): number =>
    truth === undefined ? NaN : length(subtract(transformPoint(map, point), truth));
  const { noseTipLps, nasionLps, chinLps } = anatomy.face;
  return {
    set: head.set,
    name: head.name,
    noseMm: error(found.lpsOfTemplate, noseTip, noseTipLps),
    nasionMm: error(found.lpsOfTemplate, nasion, nasionLps),
    chinMm: error(found.lpsOfTemplate, chin, chinLps),
    noseByBrainMm: error(lpsOfTemplateByFrame(anatomy.frame), noseTip, noseTipLps),
    quality: found.quality,
    faceCoverage: found.faceCoverage,
    faceMisfitMm: found.faceMisfitMm,
    headMisfitMm: found.headMisfitMm,
    isLost: found.isLost,
    timeMs: found.timeMs,
  };
}

const COLUMNS = [
  'noseMm', 'nasionMm', 'chinMm', 'noseByBrainMm', 'faceMisfitMm', 'headMisfitMm', 'quality', 'faceCoverage', 'timeMs',
] as const; // prettier-ignore

/** Median and largest (smallest of shares) of each column, leaving out NaN, as a line of a Markdown table. */
function summary(title: string, scores: readonly TemplateScore[]): string {
  const cells = COLUMNS.map((column) => {
    const values = scores.map((score) => score[column]).filter((v) => !Number.isNaN(v)).sort((a, b) => a - b); // prettier-ignore
    if (values.length === 0) return '–';
    const digits = column === 'timeMs' ? 0 : column === 'quality' || column === 'faceCoverage' ? 2 : 1;
    const worst = column === 'quality' || column === 'faceCoverage' ? values[0] : (values.at(-1) ?? NaN);
    return `${values[Math.floor(values.length / 2)].toFixed(digits)} (${worst.toFixed(digits)}, n ${values.length})`;
  });
  const lost = scores.filter(({ isLost }) => isLost).length;
  return `| ${title} | ${scores.length} | ${lost} | ${cells.join(' | ')} |`;
}

async function main(): Promise<void> {
  const [path = shippedTemplatePath(), only] = process.argv.slice(2);
  const template = await readTemplate(path);
  await using backend = await openBackend('cpu');
  const scores: TemplateScore[] = [];
  for await (const head of sharedHeads()) {
    if (only !== undefined && !head.set.includes(only)) continue;
    const score = await scoreTemplate(backend, template, head);
    scores.push(score);
    const cells = COLUMNS.map((column) => score[column].toFixed(column === 'timeMs' ? 0 : 2).padStart(8));
    console.log(`${head.set.padEnd(10)} ${head.name.padEnd(36)} ${cells.join('')} ${score.isLost ? 'lost' : ''}`);
  }
  console.log(
    `\n| set | heads | lost | ${COLUMNS.join(' | ')} |\n| --- | --- | --- |${COLUMNS.map(() => ' --- |').join('')}`,
  );
  for (const set of new Set(scores.map((score) => score.set)))
    console.log(summary(set, scores.filter((score) => score.set === set))); // prettier-ignore
}

if (import.meta.main) await main();
