import { type MethodName } from '@efface/deface';
import { type Command, Option } from 'commander';
import { type DefaceOptions } from './commands/deface.ts';
import { type MaskOptions } from './commands/mask.ts';
import { type MethodsOptions } from './commands/methods.ts';
import { networkOptions } from './networks.ts';
import { computeOptions, inputOptions, integerBetween, numberBetween, outputOptions, withOptions } from './options.ts';

/** Methods of the command line; those of `@efface/deface`, which loads too much for a help text. */
export const METHOD_NAMES: readonly MethodName[] = ['depth-mask', 'minimal', 'reface', 'quickshear', 'biometric-mask'];

/** Options that say what a method removes; `deface` and `mask` share them. */
function methodOptions(): Option[] {
  return [
    new Option(
      '--method <name>',
      'how faces are removed, see `efface methods`; auto: the least damaging that passes verification',
    )
      .choices([...METHOD_NAMES, 'auto'])
      .default('quickshear'),
    ...methodDetailOptions(),
    new Option('--brain-mask <file>', 'NIfTI mask of the brain on the image’s grid; anything non-zero is brain'),
    new Option(
      '--structures <path>',
      'where they are: RT Structure Set, DICOM segmentation or labels (default: what lies with the images)',
    ),
  ];
}

/** How the methods work, and what they must leave; those of a cohort too. */
export function methodDetailOptions(): Option[] {
  return [
    new Option(
      '--rule <name>',
      'published: as it was published, to the voxel; else mended (default: robust for quickshear, full for biometric-mask)',
    ).choices(['robust', 'full', 'published']),
    new Option('--buffer-mm <mm>', 'distance of the plane from the brain, rule robust (default: 10)').argParser(
      numberBetween(0, 100),
    ),
    new Option('--buffer-voxels <n>', 'the reference implementation’s buffer, rule published (default: 10)').argParser(
      numberBetween(0, 1000),
    ),
    new Option(
      '--keep-out-mm <mm>',
      'nothing nearer than this to the brain is altered (default: 5; rule published: 0)',
    ).argParser(numberBetween(0, 100)),
    new Option(
      '--cover-mm <mm>',
      'depth-mask: how far in front of the face the cover lies at least (default: 4)',
    ).argParser(numberBetween(1, 50)),
    new Option(
      '--feather-mm <mm>',
      'reface: depth over which the patient’s tissue goes over into the new face (default: 4)',
    ).argParser(numberBetween(0, 50)),
    new Option('--match-noise <on|off>', 'reface: give the new face the image’s own noise (default: on)').choices([
      'on',
      'off',
    ]),
    new Option('--ears <on|off>', 'the ears too (default: on; quickshear: off)').choices(['on', 'off']),
    new Option(
      '--template <folder>',
      'head template of tools/build-template (default: the one that comes with efface)',
    ),
    new Option('--protect <list>', 'structures of which nothing is altered, separated by commas: Parotid_L,Eye_R'),
    new Option('--seed <n>', 'seed of everything random').argParser(integerBetween(0, 2 ** 32 - 1)).default(0),
  ];
}

/** Adds the commands that alter heads, or say how. */
export function addMethodCommands(program: Command): void {
  withOptions(
    program
      .command('deface')
      .description('remove the face; the output has the format, geometry and untouched voxels of the input')
      .argument('<in>', 'NIfTI file, DICOM file, or a folder of either')
      .argument('<out>', 'folder to create: the image, record.json, qc/ with pictures (which show the original face)'),
    [
      ...methodOptions(),
      ...inputOptions(),
      new Option('--no-pictures', 'do not render the head before and after'),
      new Option('--verify <how>', 'try to recognise the patient: 9 portraits before and after, 81, or not at all')
        .choices(['fast', 'full', 'off'])
        .default('fast'),
      ...networkOptions(),
      new Option('--uid-key-file <file>', 'DICOM: file with a secret; the same key gives the same new UIDs'),
      new Option('--keep-source-references', 'DICOM: keep references to the original instances'),
      new Option(
        '--dose <file>',
        'a dose in NIfTI that belongs to the image: set to 0 where the face was (RT Doses go by themselves)',
      ),
      new Option('--allow-uncleaned', 'DICOM: also write objects that may show the face in ways nobody looked at'),
      new Option('--overwrite', 'replace an existing output'),
      new Option('--dry-run', 'do everything but write'),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (input: string, output: string, options: DefaceOptions) => {
    const { deface } = await import('./commands/deface.ts');
    await deface(input, output, options);
  });

  withOptions(
    program
      .command('mask')
      .description('write only the mask of what a method would remove (1 = removed), on the input’s own grid')
      .argument('<in>', 'NIfTI file, DICOM file, or a folder of either')
      .requiredOption('-o, --output <mask.nii.gz>', 'NIfTI file to write'),
    [
      ...methodOptions(),
      ...inputOptions(),
      new Option('--overwrite', 'replace an existing output'),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (input: string, options: MaskOptions) => {
    const { mask } = await import('./commands/mask.ts');
    await mask(input, options);
  });
  withOptions(
    program.command('methods').description('what each method does to a head, what it needs, and what it costs'),
    [
      new Option(
        '--measure',
        'also use each on a generated head here and now: time, volume altered, is it recognised?',
      ),
      ...networkOptions(),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (options: MethodsOptions) => {
    const { methods } = await import('./commands/methods.ts');
    await methods(options);
  });
}
