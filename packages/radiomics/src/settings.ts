import { EffaceError } from '@efface/volume';
import { PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { parse } from 'yaml';
import * as z from 'zod';

/** Parameters that cannot be used; the message names the file and the entry. */
export class RadiomicsSettingsError extends EffaceError {
  constructor(message: string) {
    super('RADIOMICS_SETTINGS_INVALID', 'usage', message);
  }
}

const positive = z.number().positive();
const numbers = (least: number, most: number) => z.array(z.number()).min(least).max(most);
/** PyRadiomics takes one value where a list has one. */
const listOf = <T extends z.ZodType<number[]>>(list: T) => z.preprocess((v) => (typeof v === 'number' ? [v] : v), list);

/**
 * The settings of PyRadiomics 3 that touch first-order features, by its names and with its defaults
 * (docs "Customizing the Extraction"; `imageoperations.py`, `base.py`). `null` stands for unset, as there.
 */
const SETTINGS = z.object({
  /** Units of the values. Edges are multiples of it. */
  binWidth: positive.default(25),
  /** So many equal bins instead. */
  binCount: z.int().positive().nullable().default(null),
  /** Added for Energy, TotalEnergy and RootMeanSquared. */
  voxelArrayShift: z.number().default(0),
  /** (value − mean) / standard deviation of the whole image, times normalizeScale. */
  normalize: z.boolean().default(false),
  normalizeScale: positive.default(1),
  /** Normalised values beyond so many standard deviations are set there. */
  removeOutliers: positive.nullable().default(null),
  /** mm along i, j, k; 0 keeps an axis. */
  resampledPixelSpacing: z.tuple([z.number().nonnegative(), z.number().nonnegative(), z.number().nonnegative()]).nullable().default(null), // prettier-ignore
  interpolator: z
    .union([z.literal('sitkBSpline'), z.literal(3)])
    .nullable()
    .default('sitkBSpline'),
  /** New voxels kept around the region. First-order features do not see them. */
  padDistance: z.int().nonnegative().default(5),
  /** Lower bound, or lower and upper bound. */
  resegmentRange: listOf(numbers(1, 2)).nullable().default(null),
  resegmentMode: z.enum(['absolute', 'relative', 'sigma']).default('absolute'),
  /** A mask on another grid is brought to the image's. */
  correctMask: z.boolean().default(false),
  /** Axes along which the region has more than one voxel, at least. */
  minimumROIDimensions: z.int().min(1).max(3).default(2),
  /** Regions with so many voxels or fewer are refused. */
  minimumROISize: z.int().positive().nullable().default(null),
  label: z.int().positive().default(1),
});

/** See SETTINGS. */
export type RadiomicsSettings = z.infer<typeof SETTINGS>;

/** What a parameter file asks for. */
export interface RadiomicsParameters {
  readonly settings: RadiomicsSettings;
  /** Names of PyRadiomics, such as `Mean`, in its order. */
  readonly features: readonly string[];
  /** Entries that ask for something else than first-order features of the original image, or that do not touch them. */
  readonly ignored: readonly string[];
}

/** All features but the deprecated one, which must be named. */
const DEFAULT_FEATURES = Object.values(PYRADIOMICS_FIRST_ORDER_NAMES).filter((name) => name !== 'StandardDeviation');

/** PyRadiomics' defaults. */
export const DEFAULT_PARAMETERS: RadiomicsParameters = {
  settings: SETTINGS.parse({}),
  features: DEFAULT_FEATURES,
  ignored: [],
};

const FILE = z.object({
  setting: z.record(z.string(), z.unknown()).nullable().optional(),
  featureClass: z.record(z.string(), z.array(z.string()).nullable()).nullable().optional(),
  imageType: z.record(z.string(), z.unknown()).nullable().optional(),
});

/**
 * Reads a parameter file of PyRadiomics, YAML or JSON: `setting`, `featureClass`, `imageType`.
 * @throws RadiomicsSettingsError for text that is no such file, and for values that cannot be
 */
export function parseParameters(text: string, path: string): RadiomicsParameters {
  let found: unknown;
  try {
    found = parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new RadiomicsSettingsError(`${path}: is no YAML or JSON (${reason})`);
  }
  const { setting, featureClass, imageType } = checked(FILE, found ?? {}, path, '');
  const ignored = [
    ...Object.keys(setting ?? {}).filter((name) => !(name in SETTINGS.shape)).map((name) => `setting.${name}`),
    ...Object.keys(featureClass ?? {}).filter((name) => name !== 'firstorder').map((name) => `featureClass.${name}`),
    ...Object.keys(imageType ?? {}).filter((name) => name !== 'Original').map((name) => `imageType.${name}`),
  ]; // prettier-ignore
  if (featureClass && !('firstorder' in featureClass))
    throw new RadiomicsSettingsError(`${path}: featureClass: asks for no firstorder; nothing else is computed`);
  return {
    settings: checked(SETTINGS, setting ?? {}, path, 'setting'),
    features: featuresOf(featureClass?.['firstorder'], path),
    ignored,
  };
}

function featuresOf(asked: readonly string[] | null | undefined, path: string): readonly string[] {
  if (!asked || asked.length === 0) return DEFAULT_FEATURES;
  const known = Object.values(PYRADIOMICS_FIRST_ORDER_NAMES);
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new RadiomicsSettingsError(`${path}: featureClass.firstorder: there is no ${unknown}; there are ${known.join(', ')}`); // prettier-ignore
  return known.filter((name) => asked.includes(name));
}

function checked<T>(schema: z.ZodType<T>, found: unknown, path: string, prefix: string): T {
  const parsed = schema.safeParse(found);
  if (parsed.success) return parsed.data;
  const [{ path: at, message }] = parsed.error.issues;
  const where = [...(prefix === '' ? [] : [prefix]), ...at].join('.');
  throw new RadiomicsSettingsError(`${path}: ${where === '' ? '' : `${where}: `}${message}`);
}
