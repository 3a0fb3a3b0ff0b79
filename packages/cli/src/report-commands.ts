import { type Command, Option } from 'commander';
import { type ReleaseOptions } from './commands/cohort/release.ts';
import { type ReportOptions } from './commands/report.ts';
import { type ReviewCommandOptions } from './commands/review.ts';
import { integerBetween, outputOptions, withOptions } from './options.ts';

/** Adds `efface report`, `efface review` and `efface cohort release`: what people look at, and what leaves afterwards. */
export function addReportCommands(program: Command): void {
  withOptions(
    program
      .command('report')
      .description('make a folder of pages of a cohort: verdicts, rates, a table of all cases, a page for each')
      .argument('<cohort>', 'folder of `efface cohort plan`')
      .addHelpText(
        'after',
        '\nThe pages open from the disk and load nothing from elsewhere. They show original faces.',
      ),
    [
      new Option('-o, --output <folder>', 'folder to create (default: report in the cohort’s)'),
      new Option('--overwrite', 'replace an existing report'),
      ...outputOptions(),
    ],
  ).action(async (folder: string, options: ReportOptions) => {
    const { report } = await import('./commands/report.ts');
    await report(folder, options);
  });

  withOptions(
    program
      .command('review')
      .description('serve a cohort to look at before and after and accept or reject each case')
      .argument('<cohort>', 'folder of `efface cohort plan`')
      .addHelpText(
        'after',
        `
Prints an address with a secret in it; without it nothing is shown. Decisions are journaled at once. Ctrl+C ends.
On another machine: ssh -L 8080:127.0.0.1:8080 SERVER efface review COHORT --port 8080`,
      ),
    [
      new Option('--port <n>', 'port to listen at (default: one that is free)').argParser(integerBetween(0, 65_535)).default(0, 'any'), // prettier-ignore
      new Option('--host <address>', 'address to listen at; any other than the default is reached from other machines').default('127.0.0.1'), // prettier-ignore
      new Option('--json', 'print JSON'),
    ],
  ).action(async (folder: string, options: ReviewCommandOptions) => {
    const { review } = await import('./commands/review.ts');
    await review(folder, options);
  });

  const cohort = program.commands.find((command) => command.name() === 'cohort') ?? program.command('cohort');
  withOptions(
    cohort
      .command('release')
      .description('copy the images that were accepted in the review, held against their hashes; no pictures')
      .argument('<cohort>', 'folder of `efface cohort plan`')
      .argument('<dest>', 'folder to create: <input>/<method>/, release.json'),
    [
      new Option('--passed', 'also what passed its checks and was not rejected, seen or not'),
      new Option('--way <name>', 'one method alone; needed where several were accepted of one input'),
      new Option('--overwrite', 'replace an existing release'),
      ...outputOptions(),
    ],
  ).action(async (folder: string, destination: string, options: ReleaseOptions) => {
    const { release } = await import('./commands/cohort/release.ts');
    await release(folder, destination, options);
  });
}
