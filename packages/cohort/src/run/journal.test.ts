import { temporaryFolder } from '@efface/io/testing';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { decided, recordOf, RUNNER, settle, stopped, writeJournal, writePlanOf } from '../testing/planned-cohort.ts';
import { type Crash, Journal, JournalReader, type Outcome, standingOf } from './journal.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
let folder = '';
let items: readonly WorkItem[] = [];
let count = 0;
beforeEach(() => {
  folder = join(scratch, `cohort-${count++}`);
  items = workItems(writePlanOf(folder, ['a', 'b']));
});

const crashed = ({ id, key, shard }: WorkItem, at: string): Crash => ({ event: 'crash', item: id, key, shard, reason: 'signal SIGKILL', runner: RUNNER, at }); // prettier-ignore

describe('a journal', () => {
  it('holds every line that was appended, in the order of the calls, in a file of its own', async () => {
    const lines = Array.from({ length: 50 }, (_, n) => stopped(items[0], `CODE_${n}`, n + 1));
    {
      await using journal = await Journal.create(folder, 'shard-0');
      await using other = await Journal.create(folder, 'shard-0');
      expect(other.path).not.toBe(journal.path);
      await Promise.all(lines.map((line) => journal.append(line)));
      await other.append(stopped(items[1], 'OTHER'));
      expect(readFileSync(journal.path, 'utf8')).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    }
    const read = await new JournalReader(folder).refresh();
    expect(read).toHaveLength(51);
    expect(read.filter((line) => line.event === 'outcome' && line.item === items[0].id)).toEqual(lines);
  });

  it('takes nothing more once a line could not be written', async () => {
    const journal = await Journal.create(folder, 'x');
    // The file is closed under it, as a network file system may do.
    await journal[Symbol.asyncDispose]();
    const both = [journal.append(stopped(items[0], 'A')), journal.append(stopped(items[0], 'B'))];
    const reasons = await Promise.all(both.map((one) => one.then(() => 'written', (error: unknown) => error))); // prettier-ignore
    expect(reasons[0]).toBeInstanceOf(Error);
    expect(reasons[1]).toBe(reasons[0]);
  });
});

describe('a reader of journals', () => {
  it('takes a line once it is ended, and tells those that are torn or are no lines', async () => {
    const [first, second] = [stopped(items[0], 'FIRST'), stopped(items[1], 'ZWEITE_Ä')];
    const tail = JSON.stringify(second);
    const cut = Buffer.from(tail).indexOf('Ä') + 1; // in the middle of a character
    writeJournal(folder, 'a', [first, '{"event":"outcome","item"\n', '{"event":"outcome"}\n']);
    const path = join(folder, 'journal', 'a.jsonl');
    appendFileSync(path, Buffer.from(tail).subarray(0, cut));
    const reader = new JournalReader(folder);
    expect(await reader.refresh()).toEqual([first]);
    expect(reader.torn).toEqual([{ file: 'a.jsonl', line: 2 }, { file: 'a.jsonl', line: 3 }]); // prettier-ignore
    expect(reader.unended).toEqual([{ file: 'a.jsonl', line: 4 }]);
    expect(await reader.refresh()).toEqual([]);
    appendFileSync(path, Buffer.from(tail).subarray(cut));
    expect(await reader.refresh()).toEqual([]);
    appendFileSync(path, '\n');
    expect(await reader.refresh()).toEqual([second]);
    expect(reader.torn).toHaveLength(2);
    expect(reader.unended).toEqual([]);
  });

  it('sees files that came later, skips others, and reads none where none is', async () => {
    const reader = new JournalReader(folder);
    writeJournal(folder, 'b', [stopped(items[0], 'B')]);
    mkdirSync(join(folder, 'journal', 'notes'));
    expect(await reader.refresh()).toHaveLength(1);
    writeJournal(folder, 'a', [stopped(items[1], 'A')]);
    expect((await reader.refresh()).map((line) => (line as Outcome).failures[0].code)).toEqual(['A']);
    expect(await new JournalReader(join(scratch, 'nowhere')).refresh()).toEqual([]);
  });

  it('finds records again by their places, also those longer than what is read at a time', async () => {
    const long = { ...recordOf('pass', 5), rule: 'x'.repeat(3_000_000) };
    const lines = [stopped(items[0], 'SHORT'), settle(folder, items[1], long), settle(folder, items[2], recordOf('review', 6))]; // prettier-ignore
    writeJournal(folder, 'a', lines);
    const reader = new JournalReader(folder);
    const heads = await reader.refreshHeads();
    expect(JSON.stringify(heads).length).toBeLessThan(3000);
    for (const [n, head] of heads.entries()) {
      if (head.event !== 'outcome') throw new Error('no outcome');
      expect(await reader.outcomeAt(head.place)).toEqual(lines[n]);
      expect(head.groups).toEqual(lines[n].groups.map(({ output }) => ({ output })));
    }
    writeJournal(folder, 'a', ['{}\n']);
    const [first] = heads;
    if (first.event !== 'outcome') throw new Error('no outcome');
    await expect(reader.outcomeAt(first.place)).rejects.toMatchObject({ code: 'JOURNAL_CHANGED' });
  });
});

describe('how things stand', () => {
  it('is the outcome of the highest attempt, and the first of two of one attempt, whatever the order of files', () => {
    const [a, b, c] = [stopped(items[0], 'A', 2), stopped(items[0], 'B', 1), stopped(items[0], 'C', 2)];
    const code = (...lines: readonly Outcome[]): string => [...standingOf(lines).outcomes.values()][0].failures[0].code;
    expect([code(a, b, c), code(b, a, c), code(c, b, a), code(b)]).toEqual(['A', 'A', 'C', 'B']);
    const otherKey = { ...a, key: 'other' };
    expect(standingOf([a, otherKey]).outcomes.size).toBe(2);
  });

  it('counts the workers that died since, and the latest decision', () => {
    const outcome = stopped(items[0], 'A'); // at second 1
    const crashes = ['00', '01', '02', '03'].map((s) => crashed(items[0], `2023-01-01T00:00:${s}.000Z`));
    expect([...standingOf([...crashes, outcome]).crashes.values()]).toEqual([2]);
    expect([...standingOf(crashes).crashes.values()]).toEqual([4]);
    expect(standingOf([outcome, crashes[0]]).crashes.size).toBe(0);
    const reviews = [decided(items[0], 'accept', 'late', '2023-01-03'), decided(items[0], 'reject', 'early', '2023-01-02')]; // prettier-ignore
    expect([...standingOf(reviews).reviews.values()].map(({ comment }) => comment)).toEqual(['late']);
  });
});
