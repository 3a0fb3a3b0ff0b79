import { EffaceError, type ExitReason } from '@efface/volume';

/** What goes wrong between efface and Slurm. */
export class SlurmError extends EffaceError {
  constructor(
    code: 'SLURM_SETTING' | 'SLURM_NOT_THERE' | 'SLURM_REFUSED' | 'SLURM_QUEUED' | 'SLURM_JOBS_DAMAGED',
    exit: ExitReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, exit, message, options);
  }
}

/** What a task of the array asks Slurm for; the words are those of sbatch. */
export interface SlurmSettings {
  readonly partition?: string;
  readonly account?: string;
  /** Of one task; the merge gets the same. */
  readonly time?: string;
  /** Of one task, the merge gets the same. */
  readonly mem?: string;
  readonly cpusPerTask?: number;
  /** Devices of one task; without them tasks compute on the CPU. */
  readonly gres?: string;
  /** How many tasks may run at a time. */
  readonly arrayLimit?: number;
  /** Further options of sbatch, for array and merge. */
  readonly sbatchArguments?: readonly string[];
}

interface WordRule {
  readonly pattern: RegExp;
  readonly expected: string;
}

const NAMES: WordRule = { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.,@-]*$/, expected: 'letters, digits and any of _.,@-' };

/** Everything that ends up in an `#SBATCH` line: words without blanks, quotes, backslashes, '#' or line ends. */
const RULES = {
  partition: NAMES,
  account: NAMES,
  time: { pattern: /^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$/, expected: 'minutes, h:mm:ss or days-h:mm:ss' },
  mem: { pattern: /^\d+[KMGT]?$/i, expected: 'a size such as 8G' },
  gres: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.:,=/()-]*$/, expected: 'such as gpu:1 or gpu:a100:1' },
} as const satisfies Partial<Record<keyof SlurmSettings, WordRule>>;

const ARGUMENT = /^--([a-z][a-z-]*)(=[A-Za-z0-9_.,:=@%+/*&|()[\]~-]+)?$/;

/** Options of sbatch that decide what the scripts rely on, or that efface sets by options of its own. */
const OURS: ReadonlySet<string> = new Set(
  'account array chdir cpus-per-task dependency error export-file gres input job-name mem no-requeue open-mode output parsable partition requeue signal test-only time wait wrap'.split(' '), // prettier-ignore
);

/**
 * Refuses settings that sbatch would misread or that would break the scripts.
 * @throws SlurmError naming the option and what it may be
 */
export function checkSettings(settings: SlurmSettings): void {
  for (const name of Object.keys(RULES) as (keyof typeof RULES)[]) {
    const value = settings[name];
    if (value !== undefined && !RULES[name].pattern.test(value))
      throw refused(`--${name} ${JSON.stringify(value)}: ${RULES[name].expected} was expected`);
  }
  for (const argument of settings.sbatchArguments ?? []) {
    const [, name] = ARGUMENT.exec(argument) ?? [];
    if (name === undefined)
      throw refused(`--sbatch-arg ${JSON.stringify(argument)}: --name or --name=value without blanks and quotes was expected`); // prettier-ignore
    if (OURS.has(name)) throw refused(`--sbatch-arg ${argument}: --${name} is set by efface`);
  }
}

function refused(message: string): SlurmError {
  return new SlurmError('SLURM_SETTING', 'usage', message);
}
