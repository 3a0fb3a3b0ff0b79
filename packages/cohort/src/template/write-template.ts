import { type HeadTemplate, TEMPLATE_CONTRASTS } from '@efface/anatomy';
import { writeNifti } from '@efface/io';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  roundedPoint, TEMPLATE_FILES, TEMPLATE_SCHEMA, type TemplateDescription, templateImagePath,
} from './read-template.ts'; // prettier-ignore

/** Writes a template into a folder, over one that is there. */
export async function writeTemplate(folder: string, template: HeadTemplate): Promise<void> {
  const { name, builtFrom, images, labels, biometricBoxes } = template;
  await mkdir(folder, { recursive: true });
  const contrasts = TEMPLATE_CONTRASTS.filter((contrast) => images[contrast] !== undefined);
  const paths = [join(folder, TEMPLATE_FILES.labels), ...TEMPLATE_CONTRASTS.map((c) => templateImagePath(folder, c))];
  for (const path of paths) await rm(path, { force: true });
  for (const contrast of contrasts) {
    const image = images[contrast];
    if (image) await writeNifti(templateImagePath(folder, contrast), image, `${name}, average of ${builtFrom}`);
  }
  await writeNifti(join(folder, TEMPLATE_FILES.labels), labels, `${name}, labels`);
  const landmarksLps = Object.fromEntries(
    Object.entries(template.landmarksLps).map(([key, p]) => [key, roundedPoint(p)]),
  ) as TemplateDescription['landmarksLps'];
  const description: TemplateDescription = {
    schema: TEMPLATE_SCHEMA,
    name,
    builtFrom,
    contrasts,
    landmarksLps,
    biometricBoxes,
  };
  // Points on one line each.
  const text = JSON.stringify(description, undefined, 2).replaceAll(/\[\s+([^[\]]*?)\s+\]/g, (_, inner: string) => {
    return `[${inner.replaceAll(/\s+/g, ' ')}]`;
  });
  await writeFile(join(folder, TEMPLATE_FILES.description), `${text}\n`);
}
