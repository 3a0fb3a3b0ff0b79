import { temporaryFolder } from '@efface/io/testing';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type WorkItem, workItems } from '../plan/cohort-plan.ts';
import { writePlanOf } from '../testing/planned-cohort.ts';
import { claimedItems, Claims } from './claims.ts';
import { type Runner } from './journal.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
let folder = '';
let items: readonly WorkItem[] = [];
let count = 0;
beforeEach(() => {
  folder = join(scratch, `cohort-${count++}`);
  items = workItems(writePlanOf(folder, ['a', 'b']));
});

let tokens = 0;
const runner = (own: Partial<Runner> = {}): Runner => ({ host: hostname(), pid: process.pid, token: `token-${tokens++}`, ...own }); // prettier-ignore
const claimFiles = (): string[] => readdirSync(join(folder, 'claims')).filter((name) => !name.startsWith('alive-')).sort(); // prettier-ignore

interface Written {
  readonly runner: Runner;
  readonly boot: string;
  readonly startTicks: string;
}

/** Claims an item as somebody else: as `change` makes it of a claim of this process. */
async function claimAs(item: WorkItem, change: (own: Written) => Written): Promise<void> {
  await using claims = await Claims.open(folder, runner());
  await claims.take(item);
  const [name] = claimFiles().slice(-1);
  const path = join(folder, 'claims', name);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Written)));
}

/** A process number that was alive and is not any more. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('claims', () => {
  it('keep others off until they are given back', async () => {
    await using first = await Claims.open(folder, runner());
    await using second = await Claims.open(folder, runner());
    const held = await first.take(items[0]);
    if (!('path' in held)) throw new Error('not taken');
    expect(await second.take(items[0])).toMatchObject({ runner: { token: expect.any(String) as string } });
    expect('path' in (await second.take(items[1]))).toBe(true);
    expect([...(await claimedItems(folder, items)).keys()]).toEqual([items[0].id, items[1].id]);
    await first.release(held);
    expect([...(await claimedItems(folder, items)).keys()]).toEqual([items[1].id]);
    expect('path' in (await second.take(items[0]))).toBe(true);
  });

  it('of one item are won by one of many', async () => {
    const takers = await Promise.all(Array.from({ length: 16 }, () => Claims.open(folder, runner())));
    const taken = await Promise.all(takers.map((claims) => claims.take(items[0])));
    expect(taken.filter((one) => 'path' in one)).toHaveLength(1);
    for (const claims of takers) await claims[Symbol.asyncDispose]();
  });

  it('are never held by two, however often they change hands', async () => {
    const takers = await Promise.all(Array.from({ length: 8 }, () => Claims.open(folder, runner())));
    const holders = new Set<number>();
    let most = 0;
    let turns = 0;
    const work = async (claims: Claims, n: number): Promise<void> => {
      while (turns < 150) {
        const taken = await claims.take(items[0]);
        if (!('path' in taken)) continue;
        turns++;
        holders.add(n);
        most = Math.max(most, holders.size);
        await sleep(n % 3);
        holders.delete(n);
        await claims.release(taken);
      }
    };
    await Promise.all(takers.map(work));
    expect(most).toBe(1);
    expect(claimFiles()).toEqual([]);
    for (const claims of takers) await claims[Symbol.asyncDispose]();
  });

  it.each<[string, (own: Written) => Written]>([
    ['of a process that is gone', (own) => ({ ...own, runner: { ...own.runner, pid: deadPid() } })],
    ['of a process whose number another one has now', (own) => ({ ...own, startTicks: '1' })],
    ['of before the machine was started anew', (own) => ({ ...own, boot: 'another-boot' })],
  ])('%s are taken over, by one of many, and leave nothing when given back', async (_, change) => {
    await claimAs(items[0], change);
    const takers = await Promise.all(Array.from({ length: 8 }, () => Claims.open(folder, runner())));
    const taken = await Promise.all(takers.map((claims) => claims.take(items[0])));
    const won = taken.flatMap((one, n) => ('path' in one ? [{ one, claims: takers[n] }] : []));
    expect(won).toHaveLength(1);
    expect(claimFiles()).toHaveLength(2);
    await won[0].claims.release(won[0].one);
    expect(claimFiles()).toEqual([]);
    for (const claims of takers) await claims[Symbol.asyncDispose]();
  });

  it('whose writer died before it said who it is are taken over', async () => {
    await claimAs(items[0], (own) => own);
    writeFileSync(join(folder, 'claims', claimFiles()[0]), '');
    await using claims = await Claims.open(folder, runner());
    expect('path' in (await claims.take(items[0]))).toBe(true);
  });

  it('of another machine hold while its heart beats, and are taken over when it was silent for long', async () => {
    const heartbeatMs = 40;
    const far = runner({ host: 'far-away', token: 'far' });
    await claimAs(items[0], (own) => ({ ...own, runner: far }));
    const beat = (n: number): void => writeFileSync(join(folder, 'claims', 'alive-far'), String(n));
    await using claims = await Claims.open(folder, runner(), heartbeatMs);
    // Twice as long as a silent one would be waited for.
    for (let n = 0; n < 12; n++) {
      beat(n);
      expect('path' in (await claims.take(items[0]))).toBe(false);
      await sleep(heartbeatMs);
    }
    const beginNs = process.hrtime.bigint();
    let taken = false;
    while (!taken && process.hrtime.bigint() - beginNs < 20_000_000_000n) {
      taken = 'path' in (await claims.take(items[0]));
      await sleep(heartbeatMs / 4);
    }
    expect(taken).toBe(true);
    // Six heartbeats from when the last beat was seen.
    expect(Number(process.hrtime.bigint() - beginNs) / 1e6).toBeGreaterThan(4 * heartbeatMs);
  });

  it('beat while they are open, and stop', async () => {
    const own = runner();
    const path = join(folder, 'claims', `alive-${own.token}`);
    const claims = await Claims.open(folder, own, 10);
    const first = readFileSync(path, 'utf8');
    await expect.poll(() => readFileSync(path, 'utf8')).not.toBe(first);
    await claims[Symbol.asyncDispose]();
    await sleep(30);
    expect(readdirSync(join(folder, 'claims'))).toEqual([]);
  });

  it('in a place that cannot be are refused', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'claims'), '');
    await expect(Claims.open(folder, runner())).rejects.toMatchObject({ exit: 'output' });
  });
});
