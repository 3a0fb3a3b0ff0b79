import { type Command, Option } from 'commander';
import { type DriftOptions } from './commands/drift.ts';
import { type RadiomicsOptions } from './commands/radiomics.ts';
import { type RasterizeCommandOptions } from './commands/rasterize.ts';
import { computeOptions, fileOptions, inputOptions, outputOptions, withOptions } from './options.ts';

const STRUCTURES_HELP = 'RT Structure Set, or NIfTI or NRRD file of labels, or a folder of them';

const LABELS_HELP = `
Labels of NIfTI and NRRD files are named by a file NAME.labels.json beside NAME.nii.gz:
  {"encoding": "values", "names": {"1": "Brain", "2": "Brainstem"}}
With the encoding "bits", bit n of a voxel says whether it belongs to structure n.`;

/** Adds the commands that say what defacing cost: features, drift, dose. */
export function addCostCommands(program: Command): void {
  withOptions(
    program
      .command('radiomics')
      .description('first-order features of every structure, with the settings, rules and columns of PyRadiomics')
      .argument('<image>', 'DICOM folder, NIfTI or NRRD file')
      .argument('<structures>', STRUCTURES_HELP)
      .option('-o, --output <file>', 'CSV, JSON or Parquet by its ending (default: print CSV)')
      .addHelpText('after', LABELS_HELP),
    [
      new Option('--params <file>', 'PyRadiomics parameter file (YAML or JSON)'),
      new Option('--convention <name>', 'where they differ: PyRadiomics’ rules, or those of IBSI')
        .choices(['pyradiomics', 'ibsi'])
        .default('pyradiomics'),
      new Option('--overwrite', 'replace an existing output'),
      new Option('--json', 'print JSON'),
      ...inputOptions(),
      ...computeOptions(),
    ],
  ).action(async (image: string, structures: string, options: RadiomicsOptions) => {
    const { radiomics } = await import('./commands/radiomics.ts');
    await radiomics(image, structures, options);
  });

  withOptions(
    program
      .command('drift')
      .description('what defacing did to the features of every structure, of one patient or of many')
      .argument('<original>', 'image before, or a CSV manifest of many patients')
      .argument('[defaced]', 'image after, on the same grid')
      .option('--structures <path>', STRUCTURES_HELP)
      .option('-o, --output <folder>', 'folder to create: drift and its summary as CSV, Parquet, JSON and Markdown')
      .addHelpText(
        'after',
        `
A manifest has the columns patient, original, defaced, structures and, where it is known, altered; paths are relative to it.
${LABELS_HELP}`,
      ),
    [
      new Option(
        '--altered <mask>',
        'NIfTI mask of what was meant to be altered (`efface mask`): a structure outside of it must be equal to the bit',
      ),
      new Option('--expect-untouched <list>', 'structures that must be equal to the bit, separated by commas'),
      new Option('--aliases <file>', 'JSON: names that structures go by, {"Parotid_L": ["Left Parotid"]}'),
      new Option('--params <file>', 'PyRadiomics parameter file with binWidth, binCount, voxelArrayShift'),
      new Option('--style <name>', 'what is printed: ours, or the table of the 2023 study')
        .choices(['tables', 'study'])
        .default('tables'),
      new Option('--overwrite', 'replace an existing output'),
      ...fileOptions(),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (original: string, defaced: string | undefined, options: DriftOptions) => {
    const { drift } = await import('./commands/drift.ts');
    await drift(original, defaced, options);
  });

  withOptions(
    program
      .command('rasterize')
      .description('write structures as masks on the grid of an image, a NIfTI file each')
      .argument('<structures>', STRUCTURES_HELP)
      .requiredOption('--reference <image>', 'image whose grid is taken: DICOM folder, NIfTI or NRRD file')
      .requiredOption('-o, --output <folder>', 'folder to create: masks, and structures.json, which says what is where'),
    [
      new Option('--packed', 'one file with a bit a structure, 32 at most a file'),
      new Option('--overwrite', 'replace an existing output'),
      new Option('--json', 'print JSON'),
      ...inputOptions(),
      ...computeOptions(),
    ],
  ).action(async (structures: string, options: RasterizeCommandOptions) => {
    const { rasterize } = await import('./commands/rasterize.ts');
    await rasterize(structures, options);
  });
}
