import { openStudy, type ScanFacts, type Study } from '@efface/io';
import { EffaceError } from '@efface/volume';
import { type InputOptions } from '../options.ts';

/** Options of `efface inspect`. */
export interface InspectOptions extends InputOptions {
  readonly json?: boolean;
}

/** What is known of one image: its facts, or why it cannot be opened. */
interface Inspected {
  readonly id: string;
  readonly label: string;
  readonly nFiles: number;
  readonly facts?: ScanFacts;
  readonly refusal?: { readonly code: string; readonly message: string };
}

/** Prints what is in a file or folder. */
export async function inspect(input: string, options: InspectOptions): Promise<void> {
  const study = await openStudy(input, options);
  const images: Inspected[] = [];
  for (const entry of study.entries) {
    const { id, label, nFiles, refusal } = entry;
    if (refusal) {
      images.push({ id, label, nFiles, refusal });
      continue;
    }
    try {
      images.push({ id, label, nFiles, facts: (await entry.open()).describe() });
    } catch (error) {
      // One damaged image does not hide the others; anything that is no known refusal does end the command.
      if (!(error instanceof EffaceError)) throw error;
      images.push({ id, label, nFiles, refusal: { code: error.code, message: error.message } });
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ images, skipped: study.skipped }, null, 2)}\n`);
  else process.stdout.write(inspectionText(images, study));
}

function inspectionText(images: readonly Inspected[], study: Study): string {
  const lines: string[] = [];
  for (const { label, nFiles, facts, refusal } of images) {
    lines.push(`${label} (${nFiles} ${nFiles === 1 ? 'file' : 'files'})`);
    if (refusal) lines.push(`  cannot be processed: ${refusal.message} [${refusal.code}]`);
    if (facts) lines.push(...factLines(facts));
  }
  for (const { code, message } of study.skipped) lines.push(`skipped: ${message} [${code}]`);
  return `${lines.join('\n')}\n`;
}

function factLines(facts: ScanFacts): string[] {
  const spacing = facts.spacingMm.map((v) => v.toFixed(3)).join(' × ');
  const frames = facts.nFrames > 1 ? `, ${facts.nFrames} frames` : '';
  return [
    `  ${facts.modality}, ${facts.unit}; stored as ${facts.storedType}`,
    `  ${facts.sizeIjk.join(' × ')} voxels of ${spacing} mm${frames}; i, j, k grow to ${facts.orientation}`,
    ...(facts.shear > 1e-3 ? [`  sheared: the axes are not rectangular (cos = ${facts.shear.toFixed(4)})`] : []),
    ...Object.entries(facts.format).map(([name, value]) => `  ${name}: ${value}`),
    ...facts.warnings.map(({ code, message }) => `  note: ${message} [${code}]`),
  ];
}
