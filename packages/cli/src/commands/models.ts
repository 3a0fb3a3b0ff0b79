import {
  addUserModel, CHIP_LAYOUTS, FACE_MODELS, type FaceModel, listUserModels, modelSource, networkFault, removeUserModel,
} from '@efface/reidentify'; // prettier-ignore
import { modelsFolder, type ModelsOptions } from '../networks.ts';
import { type OutputOptions, UsageError } from '../options.ts';

/** Options of `efface models add`. */
export interface AddModelOptions extends ModelsOptions, OutputOptions {
  readonly kind: 'recogniser';
  readonly sha256: string;
  readonly licence: string;
  readonly origin: string;
  readonly chip: string;
  readonly metric: 'euclidean' | 'cosine';
  readonly mean: readonly [number, number, number];
  readonly divisor: number;
}

/** `122.8,117,104.3`, or one number for all three. */
export function parseMean(text: string): readonly [number, number, number] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [red, green = red, blue = red] = values;
  if ((values.length !== 1 && values.length !== 3) || !values.every(Number.isFinite))
    throw new UsageError(`--mean ${text}: expected one number, or red,green,blue`);
  return [red, green, blue];
}

/** Installs a recogniser of the user's own. */
export async function addModel(name: string, file: string, options: AddModelOptions): Promise<void> {
  const { sha256, licence, origin, chip, metric, mean, divisor } = options;
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw new UsageError('--sha256: expected 64 hexadecimal digits');
  if (!(chip in CHIP_LAYOUTS))
    throw new UsageError(`--chip ${chip}: expected ${Object.keys(CHIP_LAYOUTS).join(' or ')}`);
  const folder = modelsFolder(options);
  const request = { name, sha256: sha256.toLowerCase(), licence, origin, chip, metric, meanRgb: mean, divisor };
  const model = await addUserModel(folder, file, request);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(model, null, 2)}\n`
      : `${name}: a ${model.kind} of ${model.descriptorLength} numbers, in ${folder}; use it with --recogniser ${name}\n`,
  );
}

/** A network and what keeps it from being run. */
export interface ListedModel extends FaceModel {
  readonly fault?: { readonly code: string; readonly message: string };
}

/** The networks of a folder, each looked at. */
export async function modelsOf(folder: string): Promise<ListedModel[]> {
  const listed: ListedModel[] = [];
  for (const model of [...Object.values(FACE_MODELS), ...(await listUserModels(folder))]) {
    const fault = await networkFault(modelSource(model, folder));
    listed.push(fault ? { ...model, fault: { code: fault.code, message: fault.message } } : model);
  }
  return listed;
}

/** Prints the networks of a folder with their licences. */
export async function listModels(options: ModelsOptions & OutputOptions): Promise<void> {
  const folder = modelsFolder(options);
  const models = await modelsOf(folder);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ folder, models }, null, 2)}\n`);
    return;
  }
  const lines = models.flatMap(({ name, kind, licence, origin, fault }) => [
    `${name}  ${kind}  ${licence}`,
    `  ${origin}`,
    ...(fault ? [`  cannot be used: ${fault.message} [${fault.code}]`] : []),
  ]);
  process.stdout.write([folder, ...lines, ''].join('\n'));
}

/** Takes out a network that was added. */
export async function removeModel(name: string, options: ModelsOptions): Promise<void> {
  await removeUserModel(modelsFolder(options), name);
}
