import { EXIT_CODES } from '@efface/volume';
import { Command, Option } from 'commander';
import { type AuditCommandOptions } from './commands/audit.ts';
import { type DemoOptions } from './commands/demo.ts';
import { type DoctorOptions } from './commands/doctor.ts';
import { type InspectOptions } from './commands/inspect.ts';
import { type RegisterOptions } from './commands/register.ts';
import { type RenderOptions } from './commands/render.ts';
import { type AddModelOptions } from './commands/models.ts';
import { type ModelsOptions, modelsOption, networkOptions } from './networks.ts';
import {
  computeOptions, fileOptions, inputOptions, integerBetween, numberBetween, type OutputOptions, outputOptions, withOptions,
} from './options.ts'; // prettier-ignore
import { addCohortCommands } from './cohort-commands.ts';
import { addCostCommands } from './cost-commands.ts';
import { addMethodCommands } from './method-commands.ts';
import { addReportCommands } from './report-commands.ts';
import { VERSION } from './version.ts';

const EXIT_HELP = `
Exit codes:
${Object.values(EXIT_CODES)
  .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`)
  .join('\n')}`;

/** The whole command line. Actions load what they need when they run, so that `--help` is instant. */
export function createProgram(): Command {
  const program = new Command('efface')
    .description('Removes faces from head CT, MR and PET, and proves what it did.')
    .version(VERSION)
    .showHelpAfterError('(run with --help for all options)')
    .addHelpText('after', EXIT_HELP)
    .exitOverride();

  addMethodCommands(program);

  withOptions(
    program
      .command('render')
      .description('draw the surface of a head')
      .argument('<in>', 'NIfTI file, DICOM file, or a folder of either')
      .requiredOption('-o, --output <file.png>', 'picture to write; several views lie side by side'),
    [
      new Option(
        '--views <list>',
        'front, three-quarter, profile, or yaw:pitch in degrees; separated by commas',
      ).default('front,three-quarter,profile'),
      new Option('--size <px>', 'edge of one view').argParser(integerBetween(16, 8192)).default(512),
      new Option(
        '--threshold <value>',
        'surface value in real units (default: −300 HU on CT, else measured)',
      ).argParser(numberBetween(-1e9, 1e9)),
      new Option('--light <yaw:pitch>', 'direction of the light in degrees, seen from the face').default('20:30'),
      new Option('--smooth-mm <mm>', 'Gaussian σ before rendering (default: 0 on CT, else 1 to 1.8)').argParser(
        numberBetween(0, 20),
      ),
      new Option('--overwrite', 'replace an existing picture'),
      ...inputOptions(),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (input: string, options: RenderOptions) => {
    const { render } = await import('./commands/render.ts');
    await render(input, options);
  });

  withOptions(
    program
      .command('register')
      .description(
        'lay an image on another: the moved image on the fixed one’s grid, and the map that brought it there',
      )
      .argument('<fixed>', 'DICOM folder, NIfTI or NRRD file')
      .argument('<moving>', 'the image to bring to it, likewise')
      .requiredOption('-o, --output <folder>', 'folder to create: moved.nii.gz, affine.tfm, registration.json'),
    [
      new Option('--dof <n>', '6: turn and shift; 7: and one scale; 9: and three; 12: and shears')
        .choices(['6', '7', '9', '12'])
        .default('6'),
      new Option('--metric <name>', 'what the affine map compares')
        .choices(['mutual-information', 'local-correlation', 'mean-squares', 'surface-distance'])
        .default('mutual-information'),
      new Option(
        '--deformable [metric]',
        'then deform, without folds (default metric: local-correlation within a modality, else mutual-information)',
      ).choices(['local-correlation', 'mutual-information']),
      new Option('--fixed-mask <file>', 'only voxels of the fixed image where this is not 0 count'),
      new Option('--moving-mask <file>', 'the same for the moving image'),
      new Option('--fixed-modality <name>', 'what was imaged, for files that do not say').choices(['CT', 'MR', 'PT', 'OT']), // prettier-ignore
      new Option('--moving-modality <name>', 'the same for the moving image').choices(['CT', 'MR', 'PT', 'OT']),
      new Option('--labels <file>', 'labels of the moving image, brought along as labels.nii.gz'),
      new Option('--allow-lost', 'write also what does not lie on the fixed image'),
      new Option('--overwrite', 'replace an existing output'),
      ...fileOptions().filter(({ long }) => long !== '--modality'),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (fixed: string, moving: string, options: Omit<RegisterOptions, 'dof'> & { readonly dof: string }) => {
    const { register } = await import('./commands/register.ts');
    await register(fixed, moving, { ...options, dof: Number(options.dof) as RegisterOptions['dof'] });
  });

  withOptions(
    program
      .command('audit')
      .description(
        'try to recognise altered heads among the originals; tables of detection, verification, identification',
      )
      .requiredOption('--known <set>', 'originals: a folder with one scan or photograph a subject, or a CSV manifest')
      .option(
        '--unknown <set>',
        'altered heads of the same subjects, named alike; without it only controls are measured',
      )
      .requiredOption('-o, --output <folder>', 'folder to create: tables, plots, records, a page with every face')
      .addHelpText(
        'after',
        `
A manifest has the columns subject, session, method and path (relative to the manifest); subject and path must be there.
Every method is a set of its own. Further sessions of a known subject are its genuine pairs; who has none gets a stand-in.
The output shows original faces.`,
      ),
    [
      new Option(
        '--threshold <value>',
        'surface value in real units (default: −300 HU on CT, else measured)',
      ).argParser(numberBetween(-1e9, 1e9)),
      new Option('--portraits <n>', 'of each head: 81 (9 cameras, 9 lights) or 9').choices(['81', '9']).default('81'),
      new Option(
        '--attackers <list>',
        'mean, best, linear, geometry; separated by commas (geometry takes 20 ms a pair)',
      ).default('mean,best,linear,geometry'),
      new Option(
        '--probes <list>',
        'look further: sweep (skin at other values), undo (inside a fill), leak (other series, contours of the body, dose)',
      ),
      new Option('--aware <method>', 'also attack as somebody who defaces the known by the same method').choices(['quickshear']), // prettier-ignore
      new Option('--style <name>', 'what is printed: the three tables, or that of the 2023 study')
        .choices(['tables', 'study'])
        .default('tables'),
      new Option('--overwrite', 'replace an existing audit'),
      ...fileOptions(),
      ...networkOptions(),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (options: AuditCommandOptions) => {
    const { audit } = await import('./commands/audit.ts');
    await audit(options);
  });

  addCostCommands(program);
  addCohortCommands(program);
  addReportCommands(program);

  withOptions(
    program
      .command('inspect')
      .description('say what is in a file or folder, without patient data')
      .argument('<in>', 'NIfTI file, DICOM file, or a folder of either'),
    [...inputOptions(), new Option('--json', 'print JSON')],
  ).action(async (input: string, options: InspectOptions) => {
    const { inspect } = await import('./commands/inspect.ts');
    await inspect(input, options);
  });

  const models = program.command('models').description('list, add and remove face networks');
  models
    .command('list')
    .description('networks with kind, licence and origin')
    .addOption(modelsOption())
    .addOption(new Option('--json', 'print JSON'))
    .action(async (options: ModelsOptions & OutputOptions) => {
      const { listModels } = await import('./commands/models.ts');
      await listModels(options);
    });
  withOptions(
    models
      .command('add')
      .description('install a recogniser: an ONNX file that takes (batch, 3, size, size) and gives (batch, length)')
      .argument('<name>', 'what to call it')
      .argument('<file>', 'the ONNX file; it is copied'),
    [
      new Option('--kind <kind>', 'what it is').choices(['recogniser']).makeOptionMandatory(),
      new Option('--sha256 <hex>', 'SHA-256 of the file; other bytes are never run').makeOptionMandatory(),
      new Option('--licence <text>', 'under which it may be used').makeOptionMandatory(),
      new Option(
        '--origin <text>',
        'where it is from and what it was trained on, as far as is known',
      ).makeOptionMandatory(),
      new Option('--chip <name>', 'the picture it wants: dlib (150 px) or arcface (112 px)').default('arcface'),
      new Option('--metric <name>', 'how its descriptors are compared')
        .choices(['cosine', 'euclidean'])
        .default('cosine'),
      new Option('--mean <values>', 'taken from red, green, blue: one number or three').default('127.5'),
      new Option('--divisor <value>', 'then divided by').argParser(numberBetween(1e-6, 1e6)).default(127.5),
      modelsOption(),
      new Option('--json', 'print JSON'),
    ],
  ).action(async (name: string, file: string, options: Omit<AddModelOptions, 'mean'> & { readonly mean: string }) => {
    const { addModel, parseMean } = await import('./commands/models.ts');
    await addModel(name, file, { ...options, mean: parseMean(options.mean) });
  });
  models
    .command('remove')
    .description('take out a network that was added')
    .argument('<name>', 'its name')
    .addOption(modelsOption())
    .action(async (name: string, options: ModelsOptions) => {
      const { removeModel } = await import('./commands/models.ts');
      await removeModel(name, options);
    });

  program
    .command('doctor')
    .description(
      'say which adapters, drivers, features, backends and face networks there are, what is missing and how to get it',
    )
    .addOption(modelsOption())
    .addOption(new Option('--json', 'print JSON'))
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./commands/doctor.ts');
      await doctor(options);
    });

  withOptions(
    program
      .command('demo')
      .description('deface a head and show it before and after; works with no data at hand')
      .argument('[out]', 'folder to create', 'efface-demo'),
    [
      new Option('--generated', 'use the generated head even where real heads lie beside the checkout'),
      new Option('--seed <n>', 'which generated person').argParser(integerBetween(0, 9999)).default(1),
      new Option('--study', 'a generated study in DICOM (CT, MR, PET, RT objects): defaced, with what it cost'),
      new Option('--overwrite', 'replace an existing output'),
      ...networkOptions(),
      ...computeOptions(),
      ...outputOptions(),
    ],
  ).action(async (output: string, options: DemoOptions) => {
    const { demo } = await import('./commands/demo.ts');
    await demo(output, options);
  });

  return program;
}
