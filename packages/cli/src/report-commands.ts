import { type Command, Option } from 'commander';
import { type ReportOptions } from './commands/report.ts';
import { outputOptions, withOptions } from './options.ts';

/** Adds `efface report`, `efface review` and `efface cohort release`: what people look at, and what leaves afterwards. */
export function addReportCommands(program: Command): void {
  withOptions(
    program
      .command('report')
      .description('make a folder of pages of a cohort: verdicts, rates, a table of all cases, a page for each')
      .argument('<cohort>', 'folder of `efface cohort plan`')
      .addHelpText('after', '\nThe pages open from the disk and load nothing from elsewhere. They show original faces.'),
    [
      new Option('-o, --output <folder>', 'folder to create (default: report in the cohort’s)'),
      new Option('--overwrite', 'replace an existing report'),
      ...outputOptions(),
    ],
  ).action(async (folder: string, options: ReportOptions) => {
    const { report } = await import('./commands/report.ts');
    await report(folder, options);
  });
}
