import { type CohortStatus, cohortStatus, type StatusCounts } from '@efface/cohort';
import { type OutputOptions } from '../../options.ts';
import { alignedText } from './aligned-text.ts';
import { reasonOf } from './run.ts';
import { slurmFacts, slurmLines, slurmOf, type SlurmStanding, taskText } from './slurm-status.ts';

/** Prints how a cohort stands. */
export async function showStatus(folder: string, { json }: Pick<OutputOptions, 'json'>): Promise<void> {
  const status = await cohortStatus(folder);
  const failed = status.failed.map((outcome) => ({ item: outcome.item, attempt: outcome.attempt, reason: reasonOf(outcome) })); // prettier-ignore
  const { all, shards, ways, claims, torn } = status;
  const slurm = await slurmOf(folder);
  const facts = { all, shards, ways, claims, failed, torn, ...(slurm ? { slurm: slurmFacts(slurm) } : {}) };
  if (json) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  else process.stdout.write(statusText(status, failed, slurm));
}

function statusText(
  { all, shards, ways, claims, torn }: CohortStatus,
  failed: readonly { readonly item: string; readonly reason: string }[],
  slurm: SlurmStanding | undefined,
): string {
  const rows = [
    ['', 'cases', 'pass', 'review', 'fail', 'in work', 'to do'],
    ...Object.entries(ways).map(([name, counts]) => cells(name, counts)),
    ...shards.map((counts, n) => cells(`shard ${n}`, counts)),
    cells('all', all),
  ];
  const [columns, ...others] = rows;
  const lines = alignedText(columns, others, columns.map((_, n) => n > 0)); // prettier-ignore
  for (const { item, runner } of claims) lines.push(`in work: ${item} by process ${runner.pid} on ${runner.host}`);
  for (const { item, reason } of failed) lines.push(`failed: ${item}: ${reason}`);
  if (slurm) {
    const firstShard = 1 + Object.keys(ways).length;
    shards.forEach((_, n) => (lines[firstShard + n] += taskText(slurm, n)));
    lines.push(...slurmLines(slurm, all));
  }
  for (const { file, line } of torn) lines.push(`journal/${file}: line ${line} is torn and does not count`);
  return `${lines.join('\n')}\n`;
}

function cells(name: string, { total, pass, review, fail, claimed, pending }: StatusCounts): string[] {
  return [name, ...[total, pass, review, fail, claimed, pending].map(String)];
}
