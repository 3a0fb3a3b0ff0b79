import { EffaceError } from '@efface/volume';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ARCFACE_CHIP, type ChipLayout, DLIB_CHIP_68 } from './chip-layouts.ts';
import { FACE_MODELS, type FaceModel, modelSource } from './face-models.ts';
import { type DescriptorMetric, OnnxFaceRecogniser } from './face-recogniser.ts';
import { Network, type NetworkOptions, type NetworkTensor } from './network.ts';

/** Chips that recognisers can ask for. */
export const CHIP_LAYOUTS: Readonly<Record<string, ChipLayout>> = { dlib: DLIB_CHIP_68, arcface: ARCFACE_CHIP };

/** A recogniser that the user installed, as the folder's list keeps it. */
export interface UserModel extends FaceModel {
  readonly kind: 'recogniser';
  readonly chip: keyof typeof CHIP_LAYOUTS;
  readonly metric: DescriptorMetric;
  /** What the network expects of red, green and blue: (sample − mean) / divisor. */
  readonly meanRgb: readonly [number, number, number];
  readonly divisor: number;
  /** Read from the network when it is added. */
  readonly output: string;
  readonly descriptorLength: number;
  /** 1 where the network takes one chip at a time. */
  readonly batchSize?: 1;
}

/** What cannot be done with a folder's list of networks. */
export class ModelListError extends EffaceError {
  constructor(
    code: 'MODEL_NAME_INVALID' | 'MODEL_NAME_TAKEN' | 'MODEL_UNKNOWN' | 'MODEL_LIST_CORRUPT',
    message: string,
  ) {
    super(code, code === 'MODEL_LIST_CORRUPT' ? 'inputCorrupt' : 'usage', message);
  }
}

const LIST_NAME = 'models.json';

/** Letters, digits and . _ - alone: a name is part of a file's name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const MODELS = z.array(
  z.object({
    name: z.string().regex(NAME),
    kind: z.literal('recogniser'),
    file: z.string().regex(NAME),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    licence: z.string(),
    origin: z.string(),
    chip: z.enum(Object.keys(CHIP_LAYOUTS)),
    metric: z.enum(['euclidean', 'cosine']),
    meanRgb: z.tuple([z.number(), z.number(), z.number()]),
    divisor: z.number().positive(),
    output: z.string(),
    descriptorLength: z.int().positive(),
    batchSize: z.literal(1).optional(),
  }),
);

/** The networks that users added to a folder; none where it has no list. */
export async function listUserModels(folder: string): Promise<UserModel[]> {
  const path = join(folder, LIST_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return [];
  }
  const corrupt = (what: string): ModelListError =>
    new ModelListError('MODEL_LIST_CORRUPT', `${path}: ${what}; restore it, or remove it and add the networks again`);
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw corrupt('is no JSON');
  }
  const parsed = MODELS.safeParse(found);
  if (parsed.success) return parsed.data as UserModel[];
  const [{ path: at, message }] = parsed.error.issues;
  throw corrupt(`${at.join('.')}: ${message}`);
}

/** What the user says of a network to be added. */
export type UserModelRequest = Omit<UserModel, 'file' | 'output' | 'descriptorLength' | 'batchSize' | 'kind'>;

/**
 * Copies a recogniser into a folder and notes what it is. The file is run on grey pictures, after its hash was verified:
 * it must take (batch, 3, size, size), the batch being any or 1, and give one (batch, length).
 * @throws ModelListError for a name that is taken or is no name, ModelError and InferenceError as Network.open
 */
export async function addUserModel(folder: string, file: string, request: UserModelRequest): Promise<UserModel> {
  const { name } = request;
  if (!NAME.test(name))
    throw new ModelListError(
      'MODEL_NAME_INVALID',
      `the name ${JSON.stringify(name)} has other characters than letters, digits, . _ -`,
    );
  const list = await listUserModels(folder);
  const taken = [...Object.values(FACE_MODELS), ...list].some((model) => model.name === name);
  if (taken) throw new ModelListError('MODEL_NAME_TAKEN', `there is a network ${name} already in ${folder}`);
  const { sizePx } = CHIP_LAYOUTS[request.chip];
  await using network = await Network.open({ name, file, sha256: request.sha256 }, []);
  const described = await onlyDescriptor(network, sizePx);
  const model: UserModel = { ...request, kind: 'recogniser', file: `${name}.onnx`, ...described };
  await mkdir(folder, { recursive: true });
  const target = join(folder, model.file);
  await copyFile(file, target);
  const copied = createHash('sha256')
    .update(await readFile(target))
    .digest('hex');
  if (copied !== request.sha256) {
    await rm(target);
    throw new ModelListError('MODEL_LIST_CORRUPT', `${file}: changed while it was copied`);
  }
  await writeList(folder, [...list, model]);
  return model;
}

/** Takes a network out of a folder's list and removes its file. @throws ModelListError when there is none of that name */
export async function removeUserModel(folder: string, name: string): Promise<void> {
  const list = await listUserModels(folder);
  const model = list.find((one) => one.name === name);
  if (!model) throw unknownModel(folder, name, list);
  await writeList(folder, list.filter((one) => one !== model)); // prettier-ignore
  await rm(join(folder, model.file), { force: true });
}

/** Opens a recogniser that was added. @throws ModelListError when there is none of that name; as Network.open */
export async function openUserRecogniser(
  folder: string,
  name: string,
  options?: NetworkOptions,
): Promise<{ readonly model: UserModel; readonly recogniser: OnnxFaceRecogniser }> {
  const list = await listUserModels(folder);
  const model = list.find((one) => one.name === name);
  if (!model) throw unknownModel(folder, name, list);
  const { metric, meanRgb, divisor, output, descriptorLength, batchSize } = model;
  const spec = {
    metric,
    layout: CHIP_LAYOUTS[model.chip],
    normalisation: { meanRgb, divisor },
    output,
    descriptorLength,
    ...(batchSize === undefined ? {} : { batchSize }),
  };
  return { model, recogniser: await OnnxFaceRecogniser.open(modelSource(model, folder), spec, options) };
}

function unknownModel(folder: string, name: string, list: readonly UserModel[]): ModelListError {
  const there = list.length === 0 ? 'none was added' : `there are ${list.map((model) => model.name).join(', ')}`;
  return new ModelListError('MODEL_UNKNOWN', `no network ${name} in ${folder}; ${there}`);
}

async function onlyDescriptor(
  network: Network,
  sizePx: number,
): Promise<Pick<UserModel, 'output' | 'descriptorLength' | 'batchSize'>> {
  const grey = (batch: number): NetworkTensor => ({
    values: new Float32Array(batch * 3 * sizePx * sizePx),
    dims: [batch, 3, sizePx, sizePx],
  });
  const outputs = Object.entries(await network.tryRun(grey(1)));
  const [[output, { dims: size }]] = outputs;
  const isDescriptor = outputs.length === 1 && size.length === 2 && size[0] === 1;
  if (!isDescriptor)
    throw network.unexpected(
      `gives ${outputs.map(([name, tensor]) => `${name} (${tensor.dims.join(', ')})`).join(', ')}, expected one descriptor (batch, length)`,
    );
  const takesTwo = await network.tryRun(grey(2)).then(
    (two) => two[output].dims[0] === 2,
    () => false,
  );
  return { output, descriptorLength: size[1], ...(takesTwo ? {} : { batchSize: 1 }) };
}

/** Renamed into place: a reader never sees half a list. */
async function writeList(folder: string, list: readonly UserModel[]): Promise<void> {
  const path = join(folder, LIST_NAME);
  await writeFile(`${path}.part`, `${JSON.stringify(list, null, 2)}\n`);
  await rename(`${path}.part`, path);
}
