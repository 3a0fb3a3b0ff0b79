import { renameSync } from 'node:fs';
import { link, lstat, mkdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../input-errors.ts';
import {
  type Destination, isEmptyFolder, type OutputOptions, removeMade, resolveDestination, safeParts,
} from './destination.ts'; // prettier-ignore
import { OutputError, outputErrorFrom } from './errors.ts';
import { exists, registerStaging, stagingName, sweepStale, unregisterStaging } from './staging.ts';

/** A file that only an efface output folder has; overwriting replaces no other folder. */
const RECORD_NAME = 'record.json';

/** Options of an output folder. */
export interface OutputFolderOptions extends OutputOptions {
  /**
   * File that a folder must have to be overwritten, so that `--overwrite` on a home folder by mistake does no harm.
   * Default 'record.json'.
   */
  readonly marker?: string;
}

type State = 'open' | 'committed' | 'aborted';

/** What output files and folders share: staging beside the place, registered until it is committed or aborted. */
class Staged {
  /** Where it will be. */
  readonly destination: string;
  protected readonly staging: string;
  protected readonly place: Destination;
  #state: State = 'open';

  protected constructor(place: Destination, staging: string) {
    this.destination = place.path;
    this.place = place;
    this.staging = staging;
    registerStaging(staging, () => (this.#state = 'aborted'));
  }

  protected assertOpen(): void {
    if (this.#state !== 'open')
      throw new OutputError('OUTPUT_ABORTED', this.destination, `this output is ${this.#state} already`);
  }

  /** Runs the last renames; afterwards the output is at its place and nothing staged is left. */
  protected async finish(intoPlace: () => Promise<void>): Promise<void> {
    this.assertOpen();
    try {
      await intoPlace();
    } catch (error) {
      await this.abort();
      throw outputErrorFrom(error, this.destination);
    }
    this.#state = 'committed';
    unregisterStaging(this.staging);
  }

  /** Drops what was written. Does nothing after commit or abort. */
  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    await rm(this.staging, { recursive: true, force: true, maxRetries: 3 });
    unregisterStaging(this.staging);
    await removeMade(this.place.made);
  }

  /** `await using output = …` aborts unless it was committed. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }
}

/**
 * A folder that appears whole or not at all: written in a hidden folder beside its place, renamed into it by `commit`.
 *
 * Overwriting moves the old folder aside, the new one in, and removes the old. A crash between the first two leaves the
 * old one whole under its hidden name; the next run on the same place puts it back.
 */
export class OutputFolder extends Staged {
  readonly #overwrite: boolean;
  readonly #marker: string;

  private constructor(place: Destination, staging: string, overwrite: boolean, marker: string) {
    super(place, staging);
    this.#overwrite = overwrite;
    this.#marker = marker;
  }

  /**
   * Checks the place and makes the staging folder. An empty folder at the place counts as none.
   * @throws OutputError when the place is taken, is an input, or cannot be written
   */
  static async create(destination: string, options: OutputFolderOptions = {}): Promise<OutputFolder> {
    const marker = options.marker ?? RECORD_NAME;
    const place = await prepare(destination, options, (found) => checkFolderPlace(found, options, marker));
    const staging = join(place.parent, stagingName(place.name, 'new'));
    try {
      await mkdir(staging);
    } catch (error) {
      await removeMade(place.made);
      throw outputErrorFrom(error, place.path);
    }
    return new OutputFolder(place, staging, options.overwrite ?? false, marker);
  }

  /**
   * Absolute staging path of `relative` (parts joined by '/'), its parent folders made.
   * @throws OutputError OUTPUT_BAD_NAME for a name that leaves the folder
   */
  async path(relative: string): Promise<string> {
    this.assertOpen();
    const path = join(this.staging, ...safeParts(relative));
    try {
      await mkdir(dirname(path), { recursive: true });
    } catch (error) {
      throw outputErrorFrom(error, path);
    }
    return path;
  }

  /** Brings the folder to its place. */
  commit(): Promise<void> {
    return this.finish(async () => {
      const { path, parent, name } = this.place;
      if (!this.#overwrite || (await isReplaceableAsEmpty(path))) {
        // Renaming onto an empty folder replaces it; onto anything else it fails, whoever made that meanwhile.
        await rename(this.staging, path);
        return;
      }
      if (!(await exists(join(path, this.#marker)))) throw notOurs(path, this.#marker);
      const aside = join(parent, stagingName(name, 'old'));
      // Without a pause between the two, so that a signal handler finds either neither or both done.
      renameSync(path, aside);
      try {
        renameSync(this.staging, path);
      } catch (error) {
        renameSync(aside, path);
        throw error;
      }
      // The new folder is at its place; should the old one resist, the next run sweeps it.
      await rm(aside, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    });
  }
}

/** A single file that appears whole or not at all. Overwriting replaces the old file in one step. */
export class OutputFile extends Staged {
  readonly #overwrite: boolean;

  private constructor(place: Destination, staging: string, overwrite: boolean) {
    super(place, staging);
    this.#overwrite = overwrite;
  }

  /**
   * Checks the place.
   * @throws OutputError when the place is taken, is an input, or cannot be written
   */
  static async create(destination: string, options: OutputOptions = {}): Promise<OutputFile> {
    const place = await prepare(destination, options, (found) => checkFilePlace(found, options));
    const extension = /(\.nii\.gz|\.[^.]*)$/.exec(place.name)?.[1] ?? '';
    const staging = join(place.parent, stagingName(place.name, 'new') + extension);
    return new OutputFile(place, staging, options.overwrite ?? false);
  }

  /** Absolute staging path to write to; nothing is there yet. It ends like the destination ('.nii.gz', '.png'). */
  get path(): string {
    this.assertOpen();
    return this.staging;
  }

  /** Brings the file to its place. */
  commit(): Promise<void> {
    return this.finish(async () => {
      if (this.#overwrite) await rename(this.staging, this.destination);
      else await moveWithoutReplacing(this.staging, this.destination);
    });
  }
}

/** Resolves, clears leftovers of dead processes, then checks what is at the place (which the clearing may change). */
async function prepare(
  destination: string,
  options: OutputOptions,
  check: (place: Destination) => Promise<void>,
): Promise<Destination> {
  const first = await resolveDestination(destination, options);
  try {
    await sweepStale(first.parent, first.name);
    const place = { ...(await resolveDestination(first.path, options)), made: first.made };
    await check(place);
    return place;
  } catch (error) {
    await removeMade(first.made);
    throw outputErrorFrom(error, first.path);
  }
}

async function checkFolderPlace(place: Destination, options: OutputOptions, marker: string): Promise<void> {
  const { existing, path } = place;
  if (!existing) return;
  if (!existing.isDirectory()) throw new OutputError('OUTPUT_EXISTS', path, 'is a file; a folder is to be written');
  if (await isEmptyFolder(path)) return;
  if (options.overwrite !== true)
    throw new OutputError('OUTPUT_EXISTS', path, 'exists already; choose another place or allow overwriting');
  if (!(await exists(join(path, marker)))) throw notOurs(path, marker);
}

function notOurs(path: string, marker: string): OutputError {
  return new OutputError(
    'OUTPUT_NOT_OURS',
    path,
    `has no ${marker}, so it is no output of efface and is not overwritten; remove it yourself or choose another place`,
  );
}

async function checkFilePlace(place: Destination, options: OutputOptions): Promise<void> {
  const { existing, path } = place;
  if (!existing) return;
  if (!existing.isFile()) throw new OutputError('OUTPUT_EXISTS', path, 'is no regular file; a file is to be written');
  if (options.overwrite !== true)
    throw new OutputError('OUTPUT_EXISTS', path, 'exists already; choose another place or allow overwriting');
}

async function isReplaceableAsEmpty(path: string): Promise<boolean> {
  return !(await exists(path)) || ((await lstat(path)).isDirectory() && (await isEmptyFolder(path)));
}

/** A hard link fails when the place is taken, in one step. File systems without links are checked and renamed. */
async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    if (await exists(to))
      throw new OutputError('OUTPUT_EXISTS', to, 'exists already; choose another place or allow overwriting');
    await rename(from, to);
    return;
  }
  await unlink(from);
}
