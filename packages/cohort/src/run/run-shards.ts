import { clearStaged, inputErrorFrom, systemErrorCode } from '@efface/io';
import { type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkSoftware, COHORT_FILES, type CohortPlan, PlanError, readPlan, shardCount, type WorkItem, workItems } from '../plan/cohort-plan.ts'; // prettier-ignore
import { Claims, HEARTBEAT_MS, type HeldClaim } from './claims.ts';
import {
  itemKey, JOURNAL_SCHEMA, Journal, JournalReader, type Outcome, type OutcomeHead, type Runner, type Standing, standingOf,
} from './journal.ts'; // prettier-ignore
import { type ItemResult } from './run-item.ts';
import { WorkerProcess } from './worker-process.ts';

/** How often a worker may die over an item before that is the item's outcome. */
const CRASHES_ALLOWED = 2;

/** How shards are run. */
export interface RunRequest {
  readonly folder: string;
  /** Those of the plan that are run here; all when absent. */
  readonly shards?: readonly number[];
  /** Starts worker `n` of the run: a process that calls `serveItems`. */
  readonly startWorker: (n: number) => ChildProcess;
  readonly workers: number;
  /** Items a worker has in hand at a time: while one computes, another reads or writes. */
  readonly inFlight: number;
  /** Do again what failed. */
  readonly retryFailed: boolean;
  /** A worker that takes longer over an item is taken for hung, ms. */
  readonly itemTimeoutMs: number;
  readonly softwareVersion: string;
  readonly onOutcome?: (outcome: Outcome, done: number, total: number) => void;
  /** Ends the run: what is in hand is abandoned. */
  readonly signal?: AbortSignal;
  readonly heartbeatMs?: number;
}

/** What a run came to. */
export interface RunSummary {
  /** Items of these shards. */
  readonly total: number;
  /** Of these, done before this run. */
  readonly before: number;
  readonly verdicts: Readonly<Record<Outcome['verdict'], number>>;
}

/**
 * Runs the shards of a plan. What is done, by whomever, is not done again; what others are at is waited for and taken over when
 * they die. Every outcome is in the journal, and on the disk, before its claim is given back. A worker that dies costs the item it
 * had in hand one of its tries, and nothing else.
 * @throws PlanError, OutputError; WorkerError for what stops a worker; the signal's reason
 */
export async function runShards(request: RunRequest): Promise<RunSummary> {
  const plan = await readPlan(request.folder);
  checkSoftware(request.folder, plan, request.softwareVersion);
  return await new ShardRun(request, plan).run();
}

/** The outcomes that count of a plan's items: those of its keys whose outputs are still there. */
export async function settledOutcomes<O extends OutcomeHead>(
  folder: string,
  items: readonly WorkItem[],
  { outcomes }: Pick<Standing<O>, 'outcomes'>,
): Promise<Map<string, O>> {
  const settled = new Map<string, O>();
  for (const item of items) {
    const outcome = outcomes.get(itemKey({ item: item.id, key: item.key }));
    if (outcome && (await hasOutputs(folder, outcome))) settled.set(item.id, outcome);
  }
  return settled;
}

async function hasOutputs(folder: string, { groups }: OutcomeHead): Promise<boolean> {
  for (const { output } of groups) {
    const path = join(folder, ...output.split('/'), 'record.json');
    try {
      await access(path);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw inputErrorFrom(error, path);
    }
  }
  return true;
}

class ShardRun {
  readonly #request: RunRequest;
  readonly #items: ReadonlyMap<string, WorkItem>;
  readonly #runner: Runner = { host: hostname(), pid: process.pid, token: randomBytes(8).toString('hex') };
  readonly #reader: JournalReader;
  readonly #shards: readonly number[];
  readonly #planned: CohortPlan;
  /** To be done here, in the order of the plan. */
  #queue: WorkItem[] = [];
  /** Claimed by others. */
  #deferred: WorkItem[] = [];
  readonly #settled = new Map<string, Outcome['verdict']>();
  readonly #held = new Map<string, HeldClaim>();
  readonly #crashes = new Map<string, number>();
  readonly #attempts = new Map<string, number>();

  constructor(request: RunRequest, plan: CohortPlan) {
    this.#request = request;
    this.#planned = plan;
    const all = shardCount(plan);
    this.#shards = request.shards ?? Array.from({ length: all }, (_, n) => n);
    const wrong = this.#shards.find((shard) => shard >= all);
    if (wrong !== undefined)
      throw new PlanError('PLAN_INVALID', `${request.folder}: has ${all} shards, from 0 to ${all - 1}; there is no shard ${wrong}`, 'inputRefused'); // prettier-ignore
    this.#items = new Map(workItems(plan).filter(({ shard }) => this.#shards.includes(shard)).map((item) => [item.id, item])); // prettier-ignore
    this.#reader = new JournalReader(request.folder);
  }

  async run(): Promise<RunSummary> {
    const { folder, softwareVersion, signal, heartbeatMs = HEARTBEAT_MS } = this.#request;
    await this.#readStanding();
    const before = this.#settled.size;
    if (this.#queue.length > 0) {
      await using journal = await Journal.create(folder, `shard-${this.#shards.join('-').slice(0, 40)}`);
      await using claims = await Claims.open(folder, this.#runner, heartbeatMs);
      await journal.append({ event: 'start', schema: JOURNAL_SCHEMA, plan: this.#planned.fingerprint, software: softwareVersion, shards: this.#shards, runner: this.#runner, at: now() }); // prettier-ignore
      signal?.throwIfAborted();
      await this.#work(journal, claims, heartbeatMs);
    }
    return { total: this.#items.size, before, verdicts: countVerdicts([...this.#settled.values()]) };
  }

  /** What is done and what is left, from the journals. */
  async #readStanding(): Promise<void> {
    const standing = standingOf(await this.#reader.refreshHeads());
    const settled = await settledOutcomes(this.#request.folder, [...this.#items.values()], standing);
    for (const item of this.#items.values()) {
      const name = itemKey({ item: item.id, key: item.key });
      const outcome = settled.get(item.id);
      this.#attempts.set(item.id, standing.outcomes.get(name)?.attempt ?? 0);
      this.#crashes.set(item.id, this.#request.retryFailed ? 0 : (standing.crashes.get(name) ?? 0));
      if (outcome && !(this.#request.retryFailed && outcome.verdict === 'fail'))
        this.#settled.set(item.id, outcome.verdict);
      else this.#queue.push(item);
    }
  }

  async #work(journal: Journal, claims: Claims, heartbeatMs: number): Promise<void> {
    const { workers: count, signal } = this.#request;
    const lanes = Array.from({ length: Math.min(count, this.#queue.length) }, (_, n) => this.#lane(n, journal, claims, heartbeatMs)); // prettier-ignore
    try {
      await Promise.all(lanes);
      signal?.throwIfAborted();
    } finally {
      this.#stopped = true;
      await Promise.allSettled(lanes);
      for (const held of this.#held.values()) await claims.release(held);
      await claims.sweep([...this.#items.values()].filter(({ id }) => this.#settled.has(id)));
      if (await claims.areFree()) await this.#clearStaged();
    }
  }

  #stopped = false;

  /** What runners of other machines had in the making when they died. */
  async #clearStaged(): Promise<void> {
    const cases = join(this.#request.folder, COHORT_FILES.cases);
    const inputs = new Set([...this.#items.values()].map(({ input }) => input.id));
    for (const id of inputs)
      for (const place of [join(cases, id), ...this.#planned.config.ways.map(({ name }) => join(cases, id, name))])
        await clearStaged(place).catch((error: unknown) => {
          // Nothing was ever written there.
          if (systemErrorCode(error) !== 'ENOENT') throw error;
        });
  }

  /** One worker process after another, until nothing is left to do. */
  async #lane(n: number, journal: Journal, claims: Claims, heartbeatMs: number): Promise<void> {
    const { startWorker, inFlight, itemTimeoutMs, signal } = this.#request;
    const hands = new Set<Promise<void>>();
    const failures: unknown[] = [];
    let worker: WorkerProcess | undefined;
    let lastInput: string | undefined;
    try {
      while (!this.#stopped && !signal?.aborted && failures.length === 0) {
        const next = await this.#next(claims, lastInput);
        if (next === 'none') {
          if (hands.size === 0) return;
          // What is in hand may come back.
          await Promise.race(hands);
          continue;
        }
        if (next === 'later') {
          await sleep(heartbeatMs / 2, undefined, signal ? { signal } : {}).catch(() => undefined);
          continue;
        }
        lastInput = next.input.id;
        // An item over which a worker died works alone: it must not take others with it.
        const isSuspect = (this.#crashes.get(next.id) ?? 0) > 0;
        while (hands.size >= (isSuspect ? 1 : inFlight)) await Promise.race(hands);
        if (worker?.isGone !== false) worker = await WorkerProcess.start(startWorker(n), signal);
        const hand = this.#do(worker, next, journal, claims, itemTimeoutMs)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => hands.delete(hand));
        hands.add(hand);
        if (isSuspect) await hand;
      }
      await Promise.all(hands);
      if (failures.length > 0) throw failures[0];
    } finally {
      await worker?.end(this.#stopped || failures.length > 0 || signal?.aborted === true);
      await Promise.allSettled(hands);
    }
  }

  /**
   * An item that is claimed for this run; 'later' when others have what is left, 'none' when nothing is left.
   * @param lastInput what the worker has open
   */
  async #next(claims: Claims, lastInput: string | undefined): Promise<WorkItem | 'later' | 'none'> {
    await this.#noticeOthers();
    for (let item = this.#takeBest(lastInput); item; item = this.#takeBest(lastInput)) {
      const claim = await claims.take(item);
      if (!('path' in claim)) {
        this.#deferred.push(item);
        continue;
      }
      this.#held.set(item.id, claim);
      // It may have been done between the last look at the journals and the claim.
      await this.#noticeOthers();
      if (!this.#settled.has(item.id)) return item;
      await this.#giveBack(item, claims);
    }
    if (this.#deferred.length === 0) return 'none';
    this.#queue = this.#deferred;
    this.#deferred = [];
    return 'later';
  }

  /** Takes off the queue: another way of the input that a worker has open, else of one that no other worker has, else any. */
  #takeBest(lastInput: string | undefined): WorkItem | undefined {
    const inHand = new Set([...this.#held.values()].map(({ item }) => item.input.id));
    const same = this.#queue.findIndex(({ input }) => input.id === lastInput);
    const free = same >= 0 ? same : this.#queue.findIndex(({ input }) => !inHand.has(input.id));
    return this.#queue.splice(Math.max(0, free), 1).at(0);
  }

  /** Takes what other runners have journaled meanwhile off the lists. */
  async #noticeOthers(): Promise<void> {
    const added = await this.#reader.refreshHeads();
    if (added.length === 0) return;
    const settled = await settledOutcomes(this.#request.folder, [...this.#items.values()].filter(({ id }) => !this.#settled.has(id)), standingOf(added)); // prettier-ignore
    for (const [id, outcome] of settled)
      if (outcome.runner.token !== this.#runner.token && outcome.attempt > (this.#attempts.get(id) ?? 0)) this.#settled.set(id, outcome.verdict); // prettier-ignore
    this.#queue = this.#queue.filter(({ id }) => !this.#settled.has(id));
    this.#deferred = this.#deferred.filter(({ id }) => !this.#settled.has(id));
  }

  async #giveBack(item: WorkItem, claims: Claims): Promise<void> {
    const held = this.#held.get(item.id);
    this.#held.delete(item.id);
    if (held) await claims.release(held);
  }

  async #do(worker: WorkerProcess, item: WorkItem, journal: Journal, claims: Claims, timeoutMs: number): Promise<void> {
    const done = await worker.do(item.id, timeoutMs);
    if (this.#request.signal?.aborted) return;
    const base = { item: item.id, key: item.key, shard: item.shard, runner: this.#runner, at: now() };
    if ('result' in done) await this.#settle(item, done.result, done.durationMs, journal);
    else {
      const crashes = (this.#crashes.get(item.id) ?? 0) + 1;
      this.#crashes.set(item.id, crashes);
      await journal.append({ event: 'crash', ...base, reason: done.died });
      if (crashes < CRASHES_ALLOWED) this.#queue.unshift(item);
      else {
        const message = `${item.id}: the process that worked on it died ${crashes} times (${done.died}); the other cases went on`;
        await this.#settle(item, { verdict: 'fail', groups: [], failures: [{ code: 'WORKER_DIED', message }], leftOut: [] }, 0, journal); // prettier-ignore
      }
    }
    await this.#giveBack(item, claims);
  }

  async #settle(item: WorkItem, result: ItemResult, durationMs: number, journal: Journal): Promise<void> {
    const attempt = (this.#attempts.get(item.id) ?? 0) + 1;
    const outcome: Outcome = { event: 'outcome', item: item.id, key: item.key, shard: item.shard, attempt, ...result, durationMs, runner: this.#runner, at: now() }; // prettier-ignore
    await journal.append(outcome);
    this.#settled.set(item.id, outcome.verdict);
    this.#request.onOutcome?.(outcome, this.#settled.size, this.#items.size);
  }
}

function now(): string {
  return new Date().toISOString();
}

/** How many there are of each verdict. */
export function countVerdicts(verdicts: readonly Outcome['verdict'][]): Record<Outcome['verdict'], number> {
  const count = (wanted: Outcome['verdict']): number => verdicts.filter((verdict) => verdict === wanted).length;
  return { pass: count('pass'), review: count('review'), fail: count('fail') };
}
