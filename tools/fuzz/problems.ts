import { EffaceError, EXIT_CODES } from '@efface/volume';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CANARY } from './fuzz-case.ts';

/** What a case showed: codes of what was refused or written, and everything that must not be. */
export class Findings {
  readonly outcomes: string[] = [];
  readonly problems: string[] = [];

  problem(text: string): void {
    this.problems.push(text);
  }

  outcome(text: string): void {
    if (!this.outcomes.includes(text)) this.outcomes.push(text);
  }

  /** Runs a step that may fail in one way only: with an EffaceError that a user can read. */
  async step<T>(name: string, path: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EffaceError)) {
        this.problem(`${name}: ${error instanceof Error ? `${error.name}: ${error.stack ?? ''}` : String(error)}`);
        return undefined;
      }
      if (!(error.exit in EXIT_CODES) || error.exit === 'internal')
        this.problem(`${name}: exit ${error.exit} (${error.code})`);
      if (!error.message.includes(path)) this.problem(`${name}: the message does not name ${path}: ${error.message}`);
      this.message(`${name}: ${error.code}`, error.message, path);
      this.outcome(`${name}: ${error.code}`);
      return undefined;
    }
  }

  /** What a user is told holds no patient, no stack, nothing that a terminal obeys, and is not endless. */
  message(of: string, message: string, path: string): void {
    // Names of files are the user's own; those of the cases have line ends and escapes in them.
    const start = dirname(path).replaceAll(/[^\w/]/g, '\\$&');
    const own = message.replaceAll(new RegExp(`${start}[^ :]*`, 'g'), '');
    if (own.includes(CANARY)) this.problem(`${of}: names the patient: ${message}`);
    if (/\n\s+at /.test(own)) this.problem(`${of}: holds a stack: ${message}`);
    if (/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(own))
      this.problem(`${of}: holds control characters: ${JSON.stringify(message)}`);
    if (own.length > 4000) this.problem(`${of}: has ${own.length} characters`);
  }
}

/** Every regular file below a folder, with its checksum; other things with what they are. */
export function contentOf(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (relative: string): void => {
    for (const name of readdirSync(join(folder, relative))) {
      const own = join(relative, name);
      let what: string;
      try {
        const status = lstatSync(join(folder, own));
        if (status.isDirectory()) visit(own);
        what = status.isFile()
          ? `${status.size} bytes, ${crc32(readFileSync(join(folder, own)))}`
          : `mode ${status.mode}`;
      } catch {
        what = 'unreadable';
      }
      found.set(own, what);
    }
  };
  visit('');
  return found;
}

/** Names that are in one of two contents only or differ. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}
