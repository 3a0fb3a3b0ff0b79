import { EffaceError } from '@efface/volume';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** The command line contradicts itself in a way the parser cannot see. */
export class UsageError extends EffaceError {
  constructor(message: string) {
    super('USAGE', 'usage', message);
  }
}

/** Parser of a finite number within [low, high], for commander. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < low || value > high)
      throw new InvalidArgumentError(`expected a number from ${low} to ${high}.`);
    return value;
  };
}

/** Parser of a whole number within [low, high], for commander. */
export function integerBetween(low: number, high: number): (text: string) => number {
  const parse = numberBetween(low, high);
  return (text) => {
    const value = parse(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`expected a whole number from ${low} to ${high}.`);
    return value;
  };
}

/** Options of every command that computes. */
export interface ComputeOptions {
  readonly backend: 'auto' | 'webgpu' | 'cpu';
  readonly adapter?: string;
  readonly threads?: number;
}

/** Options of every command that opens images. */
export interface InputOptions extends FileOptions {
  readonly series?: string;
}

/** How files are read that do not say all of what is needed. */
export interface FileOptions {
  readonly modality?: 'CT' | 'MR' | 'PT' | 'OT';
  readonly allowUnknownOrientation?: boolean;
  readonly allowResample?: boolean;
}

/** Options of every command that prints. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `--backend`, `--adapter`, `--threads`. */
export function computeOptions(): Option[] {
  return [
    new Option('--backend <name>', 'where kernels run').choices(['auto', 'webgpu', 'cpu']).default('auto'),
    new Option('--adapter <name>', 'part of the name of the WebGPU adapter to use (see `efface doctor`)'),
    new Option('--threads <n>', 'worker threads of the CPU backend (default: one per core)').argParser(
      integerBetween(1, 1024),
    ),
  ];
}

/** `--series` and those of `fileOptions`. */
export function inputOptions(): Option[] {
  return [
    new Option('--series <id>', 'one image where there are several: series number, series UID or file name'),
    ...fileOptions(),
  ];
}

/** `--modality`, `--allow-unknown-orientation`, `--allow-resample`. */
export function fileOptions(): Option[] {
  return [
    new Option('--modality <name>', 'what was imaged, for files that do not say (NIfTI)').choices([
      'CT',
      'MR',
      'PT',
      'OT',
    ]),
    new Option(
      '--allow-unknown-orientation',
      'accept NIfTI files without orientation as stored left-posterior-superior',
    ),
    new Option('--allow-resample', 'resample images with gantry tilt onto a rectangular grid'),
  ];
}

/** `--json`, `--quiet`. */
export function outputOptions(): Option[] {
  return [new Option('--json', 'print the result and the progress as JSON'), new Option('-q, --quiet', 'no progress')];
}

/** A command with these options. */
export function withOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}
