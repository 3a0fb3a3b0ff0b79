import {
  BIOMETRIC_BOXES, type HeadTemplate, TEMPLATE_CONTRASTS, TEMPLATE_LABELS, TEMPLATE_LANDMARKS, type TemplateContrast,
} from '@efface/anatomy'; // prettier-ignore
import { inputErrorFrom, openNifti } from '@efface/io';
import { EffaceError, type Modality, orientationCode, sameGrid, type Vec3, type Volume } from '@efface/volume';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

export const TEMPLATE_SCHEMA = 'efface-template/1';

/** Files of a template's folder, beside one image for each contrast (`ct.nii.gz`, `mr.nii.gz`). */
export const TEMPLATE_FILES = { description: 'template.json', labels: 'labels.nii.gz' } as const;

const point = z.tuple([z.number(), z.number(), z.number()]).readonly();
const box = z.object({ low: point, high: point }).refine(({ low, high }) => low.every((v, d) => v <= high[d]), {
  message: 'low is above high',
});
const DESCRIPTION = z.object({
  schema: z.literal(TEMPLATE_SCHEMA),
  name: z.string().min(1),
  builtFrom: z.int().positive(),
  contrasts: z.array(z.enum(TEMPLATE_CONTRASTS)).min(1),
  landmarksLps: z.record(z.enum(TEMPLATE_LANDMARKS), point),
  biometricBoxes: z.object({ face: box, earLeft: box, earRight: box }).default(BIOMETRIC_BOXES),
});

/** What `template.json` holds. */
export type TemplateDescription = z.infer<typeof DESCRIPTION>;

/** A template that cannot be used; the message names the file and what is wrong with it. */
export class TemplateError extends EffaceError {
  constructor(code: 'TEMPLATE_INVALID', message: string) {
    super(code, 'inputCorrupt', `${message}; make a template with tools/build-template`);
  }
}

/** The template that comes with efface: beside the bundle, in a checkout that of packages/anatomy. */
export function shippedTemplatePath(): string {
  return import.meta.url.endsWith('.mjs')
    ? join(import.meta.dirname, 'template')
    : join(import.meta.dirname, '../../../anatomy/template');
}

/**
 * Reads a template: `template.json`, `labels.nii.gz` and one image for each contrast the description names.
 * @throws InputNotFoundError for a file that is not there, TemplateError for one that does not fit, and what the
 * images' format refuses
 */
export async function readTemplate(folder: string): Promise<HeadTemplate> {
  const { contrasts, name, builtFrom, landmarksLps, biometricBoxes } = await readDescription(
    join(folder, TEMPLATE_FILES.description),
  );
  const labels = await readLabels(join(folder, TEMPLATE_FILES.labels));
  const images: Record<TemplateContrast, Volume | undefined> = { ct: undefined, mr: undefined };
  for (const contrast of contrasts) {
    const path = templateImagePath(folder, contrast);
    const image = await openTemplateImage(path, contrast === 'ct' ? 'CT' : 'MR');
    if (!sameGrid(image.grid, labels.grid))
      throw new TemplateError('TEMPLATE_INVALID', `${path}: is on another grid than ${TEMPLATE_FILES.labels}`);
    images[contrast] = image;
  }
  return { name, builtFrom, images, labels, landmarksLps, biometricBoxes };
}

/** Where a template keeps its image of a contrast. */
export function templateImagePath(folder: string, contrast: TemplateContrast): string {
  return join(folder, `${contrast}.nii.gz`);
}

async function readDescription(path: string): Promise<TemplateDescription> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw inputErrorFrom(error, path);
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new TemplateError('TEMPLATE_INVALID', `${path}: is no JSON`);
  }
  const parsed = DESCRIPTION.safeParse(found);
  if (parsed.success) return parsed.data;
  const [{ path: at, message }] = parsed.error.issues;
  throw new TemplateError('TEMPLATE_INVALID', `${path}: ${at.length === 0 ? '' : `${at.join('.')}: `}${message}`);
}

async function openTemplateImage(path: string, modality: Modality): Promise<Volume> {
  const { volume } = await openNifti(path, { modality });
  // The surfaces of a template are read along its axes.
  if (orientationCode(volume.grid) !== 'LPS')
    throw new TemplateError(
      'TEMPLATE_INVALID',
      `${path}: voxels run ${orientationCode(volume.grid)}, a template's run LPS`,
    );
  return volume;
}

async function readLabels(path: string): Promise<Volume> {
  const labels = await openTemplateImage(path, 'OT');
  if (labels.type !== 'u8')
    throw new TemplateError('TEMPLATE_INVALID', `${path}: labels are stored as u8, these are ${labels.type}`);
  const seen = new Set(labels.voxels as Uint8Array);
  const known = new Set<number>(Object.values(TEMPLATE_LABELS));
  const unknown = [...seen].find((value) => !known.has(value));
  if (unknown !== undefined)
    throw new TemplateError('TEMPLATE_INVALID', `${path}: label ${unknown} means nothing (0 to 5 do)`);
  for (const needed of ['face', 'ears', 'brain', 'body'] as const) {
    if (!seen.has(TEMPLATE_LABELS[needed]))
      throw new TemplateError('TEMPLATE_INVALID', `${path}: no voxel has the label of ${needed}`);
  }
  return labels;
}

/** A point as the description holds it: to a hundredth of a millimetre. */
export function roundedPoint(p: Vec3): Vec3 {
  const round = (v: number): number => Math.round(v * 100) / 100;
  return [round(p[0]), round(p[1]), round(p[2])];
}
