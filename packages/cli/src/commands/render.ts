import { analyseHead } from '@efface/anatomy';
import { openGroups, pngOf, renderSmoothingMm } from '@efface/cohort';
import { OutputFile } from '@efface/io';
import { type Direction, renderViews, STANDARD_VIEWS, type View } from '@efface/reidentify';
import { contactSheet, pictureFromGrey } from '@efface/report';
import { writeFile } from 'node:fs/promises';
import { type ComputeOptions, type InputOptions, type OutputOptions, UsageError } from '../options.ts';
import { openProgress } from '../progress.ts';
import { exitOnSignals, withCliBackend } from '../session.ts';
import { onlyGroup } from './only-group.ts';

/** Options of `efface render`. */
export interface RenderOptions extends InputOptions, ComputeOptions, OutputOptions {
  readonly output: string;
  readonly views: string;
  readonly size: number;
  readonly threshold?: number;
  readonly light: string;
  readonly smoothMm?: number;
  readonly overwrite?: boolean;
}

/** `yaw:pitch` in degrees. */
function parseDirection(text: string, option: string): Direction {
  const [yawDegrees, pitchDegrees, ...rest] = text
    .split(':')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (rest.length > 0 || !(Math.abs(yawDegrees) <= 180) || !(Math.abs(pitchDegrees) <= 90))
    throw new UsageError(`${option} ${text}: expected yaw:pitch in degrees, such as 20:30`);
  return { yawDegrees, pitchDegrees };
}

function parseViews(list: string): View[] {
  return list.split(',').map((name) => {
    const standard = STANDARD_VIEWS.find((view) => view.name === name);
    if (standard) return standard;
    if (!name.includes(':'))
      throw new UsageError(
        `--views ${name}: expected ${STANDARD_VIEWS.map((view) => view.name).join(', ')} or yaw:pitch`,
      );
    return { name, ...parseDirection(name, '--views') };
  });
}

/** Draws the surface of a head from several sides into one picture. */
export async function render(input: string, options: RenderOptions): Promise<void> {
  const views = parseViews(options.views);
  const light = parseDirection(options.light, '--light');
  if (!/\.png$/i.test(options.output)) throw new UsageError(`--output ${options.output}: the picture is a PNG file`);
  const group = onlyGroup(input, await openGroups(input, options));
  exitOnSignals(options.json === true);
  await using output = await OutputFile.create(options.output, {
    overwrite: options.overwrite === true,
    inputs: [input],
  });
  const progress = openProgress({ quiet: options.quiet === true, json: options.json === true });
  try {
    progress.step({ stage: 'read', done: 0, total: 3 });
    const { volume } = await group.entries[0].open();
    const thresholdReal = await withCliBackend(options, async (backend) => {
      progress.step({ stage: 'anatomy', done: 1, total: 3 });
      const anatomy = await analyseHead(backend, volume, { seed: 0 });
      const threshold = options.threshold ?? anatomy.skinThresholdReal;
      progress.step({ stage: 'render', done: 2, total: 3 });
      const rendered = await renderViews(backend, {
        volume,
        thresholdReal: threshold,
        frame: anatomy.frame,
        views,
        sizePx: options.size,
        smoothMm: options.smoothMm ?? renderSmoothingMm(volume),
        light,
      });
      const pictures = rendered.map((view) => pictureFromGrey(view.widthPx, view.heightPx, view.grey));
      await writeFile(output.path, pngOf(contactSheet(pictures, pictures.length)));
      return threshold;
    });
    await output.commit();
    progress.step({ stage: 'done', done: 3, total: 3 });
    const result = { output: options.output, thresholdReal, unit: volume.unit, views };
    process.stdout.write(
      options.json
        ? `${JSON.stringify(result, null, 2)}\n`
        : `${options.output}: ${views.length} views, surface at ${thresholdReal.toFixed(1)} ${volume.unit}\n`,
    );
  } finally {
    progress.end();
  }
}
