import { type Calibration, DEFAULT_CALIBRATION, readCalibration } from '@efface/cohort';
import {
  type FaceModel, type FaceNetworks, FACE_MODELS, INFERENCE_PROVIDERS, type InferenceProvider, openFaceNetworks,
  openUserRecogniser,
} from '@efface/reidentify'; // prettier-ignore
import { Option } from 'commander';
import { join } from 'node:path';

/** Option of every command that knows where networks are. */
export interface ModelsOptions {
  readonly models?: string;
}

/** Options of every command that looks at faces. */
export interface NetworkOptions extends ModelsOptions {
  readonly ortProvider: InferenceProvider;
  readonly recogniser?: string;
  readonly calibration?: string;
}

/** `--models`. */
export function modelsOption(): Option {
  return new Option('--models <folder>', 'folder of the face networks (default: that of the installation)');
}

/** `--recogniser`, `--calibration`, `--ort-provider`, `--models`. */
export function networkOptions(): Option[] {
  return [
    new Option(
      '--recogniser <name>',
      'a recogniser of your own (see `efface models`); its distances need --calibration',
    ),
    new Option('--calibration <file>', 'thresholds measured on other people: the calibration.json of their audit'),
    new Option('--ort-provider <name>', 'where ONNX Runtime runs the face networks')
      .choices([...INFERENCE_PROVIDERS])
      .default('cpu'),
    modelsOption(),
  ];
}

/** The folder the user named, else that beside the bundle; in a checkout, the cache that `npm run models` fills. */
export function modelsFolder({ models }: ModelsOptions): string {
  if (models !== undefined) return models;
  return import.meta.url.endsWith('.mjs')
    ? join(import.meta.dirname, 'models')
    : join(import.meta.dirname, '../../../node_modules/.cache/efface/models');
}

/** The thresholds the user gave, else those that come with efface. */
export async function cliCalibration({ calibration }: NetworkOptions): Promise<Calibration> {
  return calibration === undefined ? DEFAULT_CALIBRATION : await readCalibration(calibration);
}

/** The networks of one run and what a record says of them. */
export interface OpenedNetworks extends AsyncDisposable {
  readonly networks: FaceNetworks;
  readonly models: readonly FaceModel[];
}

/** Opens the face networks the user asked for. ModelError, ModelListError and InferenceError say what is missing. */
export async function openCliNetworks(options: NetworkOptions, threads?: number): Promise<OpenedNetworks> {
  const folder = modelsFolder(options);
  const runOptions = { provider: options.ortProvider, ...(threads === undefined ? {} : { threads }) };
  const networks = await openFaceNetworks(folder, runOptions);
  const dispose = async (): Promise<void> => {
    await networks[Symbol.asyncDispose]();
  };
  if (options.recogniser === undefined)
    return { networks, models: Object.values(FACE_MODELS), [Symbol.asyncDispose]: dispose };
  try {
    const { model, recogniser } = await openUserRecogniser(folder, options.recogniser, runOptions);
    const { ssd, tiny, landmarks } = FACE_MODELS;
    return {
      networks: { ...networks, recogniser },
      models: [ssd, tiny, landmarks, model],
      [Symbol.asyncDispose]: async () => {
        await recogniser[Symbol.asyncDispose]();
        await dispose();
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
