import type { Backend } from '@efface/compute';
import { type FirstOrderFeatures, PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import {
  FirstOrderExtractor, IBSI_FIRST_ORDER_NAMES, type RadiomicsConvention, type RadiomicsParameters, RegionError,
} from '@efface/radiomics'; // prettier-ignore
import { type Vec3 } from '@efface/volume';
import { labelOfBit } from '../structures/label-names.ts';
import { type OpenedImage, type Structure, structureGroups } from '../structures/structure-groups.ts';
import { type Cell, type Table } from '../tables.ts';

/** Features of one structure, or why there are none. */
export interface RadiomicsRow extends Pick<Structure, 'name' | 'source' | 'label'> {
  readonly voxelCount?: number;
  /** Of the grid the features were computed on. */
  readonly spacingMm?: Vec3;
  /** By the names of the convention. */
  readonly features?: Readonly<Record<string, number>>;
  readonly failure?: { readonly code: string; readonly message: string };
}

/** What is computed and how. */
export interface RadiomicsRequest {
  readonly image: OpenedImage;
  /** Path of the structures, see `structureGroups`. */
  readonly structures: string;
  readonly parameters: RadiomicsParameters;
  readonly convention: RadiomicsConvention;
}

/** Names of the asked features by their keys. */
export function featureNames(
  { features }: RadiomicsParameters,
  convention: RadiomicsConvention,
): readonly (readonly [keyof FirstOrderFeatures, string])[] {
  const asked = Object.entries(PYRADIOMICS_FIRST_ORDER_NAMES).filter(([, name]) => features.includes(name));
  const keys = asked.map(([key]) => key as keyof FirstOrderFeatures);
  const names = convention === 'ibsi' ? IBSI_FIRST_ORDER_NAMES : PYRADIOMICS_FIRST_ORDER_NAMES;
  return keys.flatMap((key) => (names[key] === undefined ? [] : [[key, names[key]] as const]));
}

/**
 * First-order features of every structure. One that has none says why and costs the others nothing.
 * @throws what `structureGroups` throws
 */
export async function extractRadiomics(
  backend: Backend,
  { image, structures, parameters, convention }: RadiomicsRequest,
): Promise<RadiomicsRow[]> {
  const extractor = new FirstOrderExtractor(image.volume, parameters.settings, convention);
  const names = featureNames(parameters, convention);
  const rows: RadiomicsRow[] = [];
  for await (const { grid, bits, structures: found } of structureGroups(backend, structures, image))
    found.forEach(({ name, source, label, drawn }, n) => {
      const row = { name, source, label };
      if (drawn?.drawn === 0) {
        const message = `none of the ${drawn.leftOut.length} contours lies on a slice of the image`;
        rows.push({ ...row, failure: { code: 'REGION_OUTSIDE', message } });
        return;
      }
      try {
        const { features, voxelCount, spacingMm } = extractor.featuresOf({ grid, labels: labelOfBit(bits, n) }, 1);
        const own = names.map(([key, featureName]) => [featureName, features[key]] as const);
        rows.push({ ...row, voxelCount, spacingMm, features: Object.fromEntries(own) });
      } catch (error) {
        if (!(error instanceof RegionError)) throw error;
        rows.push({ ...row, failure: { code: error.code, message: error.message } });
      }
    });
  return rows;
}

/**
 * The rows with the columns of PyRadiomics' batch output: Image, Mask, Label, diagnostics, then `original_firstorder_…` in
 * alphabetical order; with the names of IBSI by that convention. A structure without features has empty cells.
 */
export function radiomicsTable(image: string, rows: readonly RadiomicsRow[], request: RadiomicsRequest): Table {
  const { parameters, convention } = request;
  const names = featureNames(parameters, convention).map(([, name]) => name);
  if (convention === 'pyradiomics') names.sort();
  const prefix = convention === 'pyradiomics' ? 'original_firstorder_' : '';
  const settings = JSON.stringify(parameters.settings);
  return {
    columns: [
      { name: 'Image', type: 'text' },
      { name: 'Mask', type: 'text' },
      { name: 'Label', type: 'integer' },
      { name: 'Structure', type: 'text' },
      { name: 'Problem', type: 'text' },
      { name: 'diagnostics_Configuration_Settings', type: 'text' },
      { name: 'diagnostics_Mask-original_VoxelNum', type: 'integer' },
      { name: 'diagnostics_Mask-original_Spacing', type: 'text' },
      ...names.map((name) => ({ name: `${prefix}${name}`, type: 'number' as const })),
    ],
    rows: rows.map(({ name, source, label, failure, voxelCount, spacingMm, features }): Cell[] => [
      image,
      source,
      label,
      name,
      failure?.code,
      settings,
      voxelCount,
      spacingMm === undefined ? undefined : `(${spacingMm.join(', ')})`,
      ...names.map((featureName) => features?.[featureName]),
    ]),
  };
}
