import { inputErrorFrom, InputNotFoundError, outputErrorFrom, systemErrorCode } from '@efface/io';
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { COHORT_FILES } from '../plan/cohort-plan.ts';
import {
  type Crash, type JournalHead, type JournalLine, type LinePlace, type Outcome, type OutcomeHead, parseLine, type PlacedOutcome,
  type Review, type Start,
} from './journal-lines.ts'; // prettier-ignore

export * from './journal-lines.ts';

/**
 * A file to which one process appends lines; each is on the disk when `append` resolves. Every process has a file of its own, so
 * that no lines mix on file systems that do not append atomically, and nothing is appended behind a torn line.
 */
export class Journal implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  #tail: Promise<void> = Promise.resolve();
  /** Why nothing more may be appended: what failed may have left half a line. */
  #broken: Error | undefined;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** A new journal in the cohort's folder. @throws OutputError */
  static async create(folder: string, name: string): Promise<Journal> {
    const parent = join(folder, COHORT_FILES.journal);
    const path = join(parent, `${name}-${randomBytes(6).toString('hex')}.jsonl`);
    try {
      await mkdir(parent, { recursive: true });
      return new Journal(path, await open(path, 'ax', 0o644));
    } catch (error) {
      throw outputErrorFrom(error, path);
    }
  }

  /** Appends one line. @throws OutputError when the disk is full or gone */
  append(line: JournalLine): Promise<void> {
    const written = this.#tail.then(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      try {
        await this.#handle.appendFile(`${JSON.stringify(line)}\n`);
        await this.#handle.sync();
      } catch (error) {
        const reason = outputErrorFrom(error, this.path);
        this.#broken = reason instanceof Error ? reason : new Error(String(reason));
        throw this.#broken;
      }
    });
    this.#tail = written.catch(() => undefined);
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
    await this.#handle.close();
  }
}

/** A line that is no record: what a kill or a full disk left of the last one of a file, or damage. */
export interface TornLine {
  readonly file: string;
  readonly line: number;
}

/** How much of a journal is read at a time, bytes. */
const PIECE_BYTES = 1 << 20;

const NEWLINE = 10;

interface ReadFile {
  offset: number;
  lines: number;
  /** Whether something lies behind the last line that is ended. */
  hasTail: boolean;
}

/**
 * Reads the journals of a cohort, and again what was added since. Damaged lines are counted, never guessed at; the last line of a
 * file counts once its end is there, since somebody may be writing it.
 */
export class JournalReader {
  readonly #folder: string;
  readonly #files = new Map<string, ReadFile>();
  readonly #torn: TornLine[] = [];

  constructor(cohort: string) {
    this.#folder = join(cohort, COHORT_FILES.journal);
  }

  get torn(): readonly TornLine[] {
    return this.#torn;
  }

  /** Last lines without an end: somebody writes them at this moment, or was killed over them. They do not count either. */
  get unended(): readonly TornLine[] {
    return [...this.#files].flatMap(([file, { lines, hasTail }]) => (hasTail ? [{ file, line: lines + 1 }] : []));
  }

  /**
   * What was added since the last call, whole: at first everything, file by file in the order of their names.
   * @throws InputNotFoundError for what cannot be read
   */
  async refresh(): Promise<readonly JournalLine[]> {
    const lines: JournalLine[] = [];
    for await (const { line } of this.#added()) lines.push(line);
    return lines;
  }

  /** The same without the records of outcomes, which `outcomeAt` reads one by one: for cohorts larger than the memory. */
  async refreshHeads(): Promise<readonly JournalHead[]> {
    const heads: JournalHead[] = [];
    for await (const { line, place } of this.#added())
      heads.push(line.event === 'outcome' ? headOf(line, place) : line);
    return heads;
  }

  /** The whole of an outcome. @throws InputNotFoundError when it cannot be read any more */
  async outcomeAt({ file, offset, sizeBytes }: LinePlace): Promise<Outcome> {
    const path = join(this.#folder, file);
    const bytes = Buffer.alloc(sizeBytes);
    try {
      await using handle = await open(path, 'r');
      await handle.read(bytes, 0, sizeBytes, offset);
    } catch (error) {
      throw inputErrorFrom(error, path);
    }
    const line = parseLine(bytes.toString('utf8'));
    if (line?.event === 'outcome') return line;
    throw new InputNotFoundError('JOURNAL_CHANGED', `${path}: was changed while it was read; try again`);
  }

  async *#added(): AsyncGenerator<{ readonly line: JournalLine; readonly place: LinePlace }> {
    let names: string[];
    try {
      names = (await readdir(this.#folder)).filter((name) => name.endsWith('.jsonl')).sort();
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return;
      throw inputErrorFrom(error, this.#folder);
    }
    for (const name of names) {
      const file = this.#files.get(name) ?? { offset: 0, lines: 0, hasTail: false };
      this.#files.set(name, file);
      for await (const bytes of this.#linesOf(name, file)) {
        const place = { file: name, offset: file.offset, sizeBytes: bytes.length };
        file.offset += bytes.length + 1;
        file.lines++;
        const line = parseLine(bytes.toString('utf8'));
        if (line) yield { line, place };
        else this.#torn.push({ file: name, line: file.lines });
      }
    }
  }

  /** The ended lines that were added to a file, without their ends. */
  async *#linesOf(name: string, file: ReadFile): AsyncGenerator<Buffer> {
    const path = join(this.#folder, name);
    const pieces: Buffer[] = [];
    try {
      await using handle = await open(path, 'r');
      for (let at = file.offset; ;) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, at);
        if (bytesRead === 0) {
          file.hasTail = pieces.some(({ length }) => length > 0);
          return;
        }
        at += bytesRead;
        let rest = buffer.subarray(0, bytesRead);
        for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
          pieces.push(rest.subarray(0, end));
          yield Buffer.concat(pieces.splice(0));
          rest = rest.subarray(end + 1);
        }
        pieces.push(rest);
      }
    } catch (error) {
      throw inputErrorFrom(error, path);
    }
  }
}

function headOf({ event, item, key, attempt, verdict, groups, runner, at }: Outcome, place: LinePlace): PlacedOutcome {
  return { event, item, key, attempt, verdict, groups: groups.map(({ output }) => ({ output })), runner, at, place };
}

/** How things stand: of every item the outcome that counts, how often its worker died since, and what people decided. */
export interface Standing<O extends OutcomeHead = Outcome> {
  /** By item and key (`itemKey`): the last outcome. */
  readonly outcomes: ReadonlyMap<string, O>;
  readonly crashes: ReadonlyMap<string, number>;
  readonly reviews: ReadonlyMap<string, Review>;
}

/** Name of an item under one set of settings. */
export function itemKey({ item, key }: { readonly item: string; readonly key: string }): string {
  return `${item}@${key}`;
}

/**
 * What the lines come to. Of two outcomes of one item, which two runners may both have written, the one with the higher attempt
 * counts, then the first of the lines: both are of the same bytes. Of reviews the latest counts.
 */
export function standingOf<O extends OutcomeHead = Outcome>(lines: Iterable<Start | O | Crash | Review>): Standing<O> {
  const outcomes = new Map<string, O>();
  const died = new Map<string, string[]>();
  const reviews = new Map<string, Review>();
  for (const line of lines) {
    if (line.event === 'start') continue;
    const name = itemKey(line);
    if (line.event === 'outcome') {
      const other = outcomes.get(name);
      if (other === undefined || line.attempt > other.attempt) outcomes.set(name, line);
    } else if (line.event === 'crash') died.set(name, [...(died.get(name) ?? []), line.at]);
    else {
      const other = reviews.get(name);
      if (other === undefined || line.at >= other.at) reviews.set(name, line);
    }
  }
  const crashes = new Map<string, number>();
  for (const [name, times] of died) {
    const since = outcomes.get(name)?.at ?? '';
    const count = times.filter((at) => at > since).length;
    if (count > 0) crashes.set(name, count);
  }
  return { outcomes, crashes, reviews };
}
