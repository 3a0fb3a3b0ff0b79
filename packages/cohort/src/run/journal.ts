import { type CaseRecord } from '@efface/report';
import { inputErrorFrom, outputErrorFrom, systemErrorCode } from '@efface/io';
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type PatientDrift } from '../radiomics/measure-drift.ts';
import { COHORT_FILES } from '../plan/cohort-plan.ts';
import { type DoseDrift } from './dose-drift.ts';

export const JOURNAL_SCHEMA = 'efface-journal/1';

/** Who runs: enough to find the process again, nothing about a patient. */
export interface Runner {
  readonly host: string;
  readonly pid: number;
  /** Differs for every run, also for another process of the same number. */
  readonly token: string;
}

/** What stopped an input, or a part of it, before there was a record. */
export interface ItemFailure {
  /** Of the group of images, where the failure is of one group. */
  readonly group?: string;
  readonly code: string;
  readonly message: string;
}

/** Images of one frame of reference as they ended. */
export interface ItemGroup {
  readonly name: string;
  /** Folder in the cohort's, with '/'. */
  readonly output: string;
  readonly record: CaseRecord;
  /** Drift of structures, where there were some and it was asked for. */
  readonly drift?: PatientDrift;
  /** The same of dose. */
  readonly dose?: readonly DoseDrift[];
}

/** How one item ended. `verdict` is the worst of its groups; a failure counts as fail. */
export interface Outcome {
  readonly event: 'outcome';
  readonly item: string;
  readonly key: string;
  readonly shard: number;
  /** Counted from 1. */
  readonly attempt: number;
  readonly verdict: CaseRecord['verdict'];
  readonly groups: readonly ItemGroup[];
  readonly failures: readonly ItemFailure[];
  /** What lies in the input and was not processed, with the reason. */
  readonly leftOut: readonly ItemFailure[];
  readonly durationMs: number;
  readonly runner: Runner;
  readonly at: string;
}

/** The worker died over an item; after several of these it is an outcome. */
export interface Crash {
  readonly event: 'crash';
  readonly item: string;
  readonly key: string;
  readonly shard: number;
  readonly reason: string;
  readonly runner: Runner;
  readonly at: string;
}

/** A runner began. */
export interface Start {
  readonly event: 'start';
  readonly schema: typeof JOURNAL_SCHEMA;
  readonly plan: string;
  readonly software: string;
  readonly shards: readonly number[];
  readonly runner: Runner;
  readonly at: string;
}

/** What a person decided after looking. */
export interface Review {
  readonly event: 'review';
  readonly item: string;
  readonly key: string;
  readonly decision: 'accept' | 'reject' | 'none';
  readonly comment: string;
  readonly at: string;
}

export type JournalLine = Start | Outcome | Crash | Review;

const base = { item: z.string(), key: z.string(), at: z.string() };
const LINE = z.discriminatedUnion('event', [
  z.looseObject({ event: z.literal('start'), schema: z.literal(JOURNAL_SCHEMA), plan: z.string() }),
  z.looseObject({ event: z.literal('outcome'), ...base, verdict: z.enum(['pass', 'review', 'fail']), groups: z.array(z.looseObject({})), failures: z.array(z.looseObject({})) }),
  z.looseObject({ event: z.literal('crash'), ...base, reason: z.string() }),
  z.looseObject({ event: z.literal('review'), ...base, decision: z.enum(['accept', 'reject', 'none']), comment: z.string() }),
]); // prettier-ignore

/**
 * A file to which one process appends lines; each is on the disk when `append` resolves. Every process has a file of its own, so
 * that no lines mix on file systems that do not append atomically, and nothing is appended behind a torn line.
 */
export class Journal implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  #tail: Promise<void> = Promise.resolve();

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
      try {
        await this.#handle.appendFile(`${JSON.stringify(line)}\n`);
        await this.#handle.sync();
      } catch (error) {
        throw outputErrorFrom(error, this.path);
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

interface ReadFile {
  offset: number;
  lines: number;
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

  /**
   * Reads what was added since the last call: at first everything, file by file in the order of their names. Keeps nothing of it.
   * @throws InputNotFoundError for what cannot be read
   */
  async refresh(): Promise<readonly JournalLine[]> {
    let names: string[];
    try {
      names = (await readdir(this.#folder)).filter((name) => name.endsWith('.jsonl')).sort();
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return [];
      throw inputErrorFrom(error, this.#folder);
    }
    const added: JournalLine[] = [];
    for (const name of names) await this.#readOn(name, added);
    return added;
  }

  async #readOn(name: string, lines: JournalLine[]): Promise<void> {
    const path = join(this.#folder, name);
    const file = this.#files.get(name) ?? { offset: 0, lines: 0 };
    this.#files.set(name, file);
    let added: Buffer;
    try {
      await using handle = await open(path, 'r');
      const { size } = await handle.stat();
      if (size <= file.offset) return;
      added = Buffer.alloc(size - file.offset);
      const { bytesRead } = await handle.read(added, 0, added.length, file.offset);
      added = added.subarray(0, bytesRead);
    } catch (error) {
      throw inputErrorFrom(error, path);
    }
    const end = added.lastIndexOf(NEWLINE) + 1;
    file.offset += end;
    for (const text of added.toString('utf8', 0, end).split('\n').slice(0, -1)) {
      file.lines++;
      const line = parseLine(text);
      if (line) lines.push(line);
      else this.#torn.push({ file: name, line: file.lines });
    }
  }
}

const NEWLINE = 10;

function parseLine(text: string): JournalLine | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return LINE.safeParse(found).success ? (found as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}

/** How things stand: of every item the outcome that counts, how often its worker died since, and what people decided. */
export interface Standing {
  /** By item and key (`itemKey`): the last outcome. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
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
export function standingOf(lines: readonly JournalLine[]): Standing {
  const outcomes = new Map<string, Outcome>();
  const crashes = new Map<string, number>();
  const reviews = new Map<string, Review>();
  for (const line of lines) {
    if (line.event === 'start') continue;
    const name = itemKey(line);
    if (line.event === 'outcome') {
      const other = outcomes.get(name);
      if (other === undefined || line.attempt > other.attempt) outcomes.set(name, line);
    } else if (line.event === 'crash') crashes.set(name, (crashes.get(name) ?? 0) + 1);
    else {
      const other = reviews.get(name);
      if (other === undefined || line.at >= other.at) reviews.set(name, line);
    }
  }
  return { outcomes, crashes, reviews };
}
