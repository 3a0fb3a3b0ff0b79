import * as z from 'zod';
import { type CohortView } from '../report/collect-cohort.ts';
import { Journal, type Review } from '../run/journal.ts';

/** Longest comment, characters. */
export const MAX_COMMENT = 2000;

const DECISION = z.strictObject({
  item: z.string(),
  key: z.string(),
  decision: z.enum(['accept', 'reject', 'none']),
  comment: z.string().max(MAX_COMMENT),
});

/** Why a decision was not taken, as the status of the answer and a sentence. */
export interface Refused {
  readonly status: 400 | 404 | 409 | 422;
  readonly message: string;
}

/** Takes decisions down: each is in a journal, and on the disk, before it counts. The journal is made with the first one. */
export class Decisions implements AsyncDisposable {
  readonly #view: CohortView;
  #journal: Promise<Journal> | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(view: CohortView) {
    this.#view = view;
  }

  /**
   * Journals a decision, one at a time.
   * @param body what the page sent
   * @throws OutputError when it cannot be written
   */
  take(body: unknown): Promise<Review | Refused> {
    const taken = this.#tail.then(() => this.#take(body));
    this.#tail = taken.catch(() => undefined);
    return taken;
  }

  async #take(body: unknown): Promise<Review | Refused> {
    const parsed = DECISION.safeParse(body);
    if (!parsed.success) return { status: 400, message: 'this is no decision' };
    const { item: id, key, decision, comment } = parsed.data;
    await this.#view.refresh();
    const found = this.#view.find(id);
    if (!found) return { status: 404, message: 'there is no such case' };
    if (found.item.key !== key)
      return { status: 409, message: 'the plan has changed since this page was made; load it again' };
    const verdict = found.outcome?.verdict;
    if (decision === 'accept' && verdict !== 'pass' && verdict !== 'review')
      return { status: 422, message: 'the case has no image: it cannot be accepted' };
    const review: Review = { event: 'review', item: id, key, decision, comment, at: timeAfter(found.review?.at) };
    this.#journal ??= Journal.create(this.#view.folder, 'review');
    await (await this.#journal).append(review);
    await this.#view.refresh();
    return review;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
    await (await this.#journal)?.[Symbol.asyncDispose]();
  }
}

/** Now, but later than what was decided last, be it by a machine whose clock is ahead: the latest counts. */
function timeAfter(last: string | undefined): string {
  const before = last === undefined ? 0 : Date.parse(last);
  return new Date(Math.max(Date.now(), Number.isFinite(before) ? before + 1 : 0)).toISOString();
}
