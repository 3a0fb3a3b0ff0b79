import { type Command, Option } from 'commander';
import { type DoseCompareOptions } from './commands/dose.ts';
import { type DriftOptions } from './commands/drift.ts';
import { type RadiomicsOptions } from './commands/radiomics.ts';
import { type RasterizeCommandOptions } from './commands/rasterize.ts';
import {
  computeOptions,
  fileOptions,
  inputOptions,
  integerBetween,
  numberBetween,
  outputOptions,
  withOptions,
} from './options.ts';

const STRUCTURES_HELP = 'RT Structure Set, DICOM segmentation, NIfTI or NRRD file of labels, or a folder of them';

const DOSE_HELP = 'RT Dose, folder with one, or NIfTI or NRRD file in Gy';

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
      new Option(
        '--unit <name>',
        'of a PET in DICOM: as stored, or standardised uptake by weight, lean mass or surface',
      )
        .choices(['stored', 'suv-bw', 'suv-lbm', 'suv-bsa'])
        .default('stored'),
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
      .requiredOption(
        '-o, --output <folder>',
        'folder to create: masks, and structures.json, which says what is where',
      ),
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

  const dose = program.command('dose').description('doses of radiotherapy');
  withOptions(
    dose
      .command('compare')
      .description('how a dose differs from another: metrics and curves of structures, and the gamma index')
      .argument('<a>', `reference: ${DOSE_HELP}`)
      .argument('<b>', `what is compared with it: ${DOSE_HELP}`)
      .option('--structures <path>', STRUCTURES_HELP)
      .option(
        '-o, --output <folder>',
        'folder to create: tables, curves, and gamma as NIfTI (-1 where nothing is judged)',
      )
      .addHelpText(
        'after',
        `
Metrics: Dmin, Dmean, Dmax; D95% and D0.03cc, the dose that the hottest 95 % or 0.03 cc get at least; V20Gy (or V20Gy%) and
V20Gycc, the share and the volume that get 20 Gy or more. Differences are B − A.
${LABELS_HELP}`,
      ),
    [
      new Option('--metrics <list>', 'separated by commas').default('Dmean,Dmax,D95%,D2%,D0.03cc,V20Gy'),
      new Option('--gamma-percent <n>', 'difference of doses, % of the largest dose of A')
        .argParser(numberBetween(0.01, 100))
        .default(3),
      new Option('--gamma-mm <n>', 'distance to agreement, mm').argParser(numberBetween(0.01, 100)).default(3),
      new Option('--local', 'the difference is a percentage of the dose at each voxel instead'),
      new Option('--threshold-percent <n>', 'voxels below this percentage of the largest dose of A are not judged')
        .argParser(numberBetween(0, 100))
        .default(10),
      new Option('--cap <n>', 'largest gamma').argParser(numberBetween(1, 100)).default(2),
      new Option(
        '--gamma-steps <n>',
        'look between the voxels too, in so many steps to the distance to agreement',
      ).argParser(integerBetween(1, 100)),
      new Option('--bin-gy <n>', 'step of the curves, Gy').argParser(numberBetween(0.001, 10)).default(0.1),
      new Option('--overwrite', 'replace an existing output'),
      new Option('--json', 'print JSON'),
      ...computeOptions(),
    ],
  ).action(async (a: string, b: string, options: DoseCompareOptions) => {
    const { doseCompare } = await import('./commands/dose.ts');
    await doseCompare(a, b, options);
  });
}
