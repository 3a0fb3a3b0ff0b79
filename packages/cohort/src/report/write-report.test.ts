import { temporaryFolder } from '@efface/io/testing';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type CohortPlan, workItems } from '../plan/cohort-plan.ts';
import { writeStudy } from '../comparison/write-study.ts';
import { writeAuditOf } from '../testing/made-audit.ts';
import { journal, outcomeOf, planCohort } from '../testing/made-cohort.ts';
import { CohortView } from './collect-cohort.ts';
import { writeReport } from './write-report.ts';

const { path: scratch, remove } = temporaryFolder();
afterAll(remove);
let folder = '';
let plan: CohortPlan;
let count = 0;

/** Two inputs, of which nothing was done yet. */
beforeEach(async () => {
  const input = join(scratch, `in-${++count}.csv`);
  folder = join(scratch, `cohort-${count}`);
  writeFileSync(join(scratch, 'image.nii'), '');
  writeFileSync(input, 'subject,path\nanna,image.nii\nbert,image.nii\n');
  plan = await planCohort(folder, input);
});

const report = (name = ''): string => join(folder, 'report', name);
const write = (overwrite = false): ReturnType<typeof writeReport> => writeReport(folder, report(), { overwrite });

describe('a report', () => {
  it('is a page for each case of the plan, done or not, and what they load', async () => {
    const { cases, ways } = await write();
    expect(cases.map(({ id, verdict }) => [id, verdict])).toEqual([['anna/quickshear', 'open'], ['bert/quickshear', 'open']]); // prettier-ignore
    expect(ways[0].counts).toEqual({ pass: 0, review: 0, fail: 0, open: 2 });
    expect(readdirSync(report()).sort()).toEqual(['case', 'data.js', 'icon.svg', 'index.html', 'report.json', 'site.css', 'site.js']); // prettier-ignore
    const page = readFileSync(report('case/anna/quickshear.html'), 'utf8');
    expect(page).toContain('href="../../case/bert/quickshear.html"');
    expect(page).toContain('Nothing was done yet.');
    // Nobody decides on a page from the disk.
    expect(page).not.toContain('class="review"');
    for (const [, path] of page.matchAll(/(?:src|href)="(\.\.\/[^"#]*)"/g))
      expect(existsSync(report(`case/anna/${path}`)), path).toBe(true);
  });

  it('shows the study of this plan and links to its audits', async () => {
    expect(await write()).toMatchObject({ audits: [], study: [] });
    writeAuditOf(folder, plan.fingerprint);
    await writeStudy(folder, plan, [{ title: 'Verdicts of all', note: 'Read it so.', columns: ['way'], rows: [['quickshear']] }]); // prettier-ignore
    await write(true);
    const page = readFileSync(report('index.html'), 'utf8');
    expect(page).toContain('href="../audits/CT/index.html"');
    expect(page).toContain('<summary>Verdicts of all</summary>');
    // Of a plan that is no more they say nothing.
    writeAuditOf(folder, 'another');
    await writeStudy(folder, { ...plan, fingerprint: 'another' }, []);
    expect(await write(true)).toMatchObject({ audits: [], study: [] });
    writeFileSync(join(folder, 'audits/audits.json'), '{');
    await expect(write(true)).rejects.toMatchObject({ code: 'AUDIT_DAMAGED', exit: 'inputCorrupt' });
  });

  it('replaces a report and nothing else', async () => {
    await write();
    await expect(write()).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await write(true);
    await expect(writeReport(folder, folder, { overwrite: true })).rejects.toMatchObject({ exit: 'output' });
    for (const own of ['cases', 'cases/anna', 'journal', 'results', 'audits', 'study'])
      await expect(writeReport(folder, join(folder, own), { overwrite: true })).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' }); // prettier-ignore
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other/mine.txt'), '');
    await expect(writeReport(folder, join(folder, 'other'), { overwrite: true })).rejects.toMatchObject({ code: 'OUTPUT_NOT_OURS' }); // prettier-ignore
    expect(existsSync(join(folder, 'plan.json'))).toBe(true);
  });
});

describe('a view of a cohort', () => {
  it('sees what is journaled while it is open, and takes a link for no picture', async () => {
    const view = await CohortView.open(folder);
    expect(await view.refresh()).toBe(false);
    const [item] = workItems(plan);
    const output = `cases/${item.id}`;
    mkdirSync(join(folder, output, 'qc'), { recursive: true });
    writeFileSync(join(folder, output, 'record.json'), '{}');
    writeFileSync(join(folder, output, 'qc/after-front.png'), '');
    symlinkSync(join(folder, 'uid-key'), join(folder, output, 'qc/slices.png'));
    const record = { verdict: 'review', findings: [], images: [] } as never;
    await journal(folder, [outcomeOf(item, { verdict: 'review', groups: [{ name: 'g', output, record }], failures: [], leftOut: [], durationMs: 1 })]); // prettier-ignore
    await journal(folder, [{ event: 'review', item: item.id, key: item.key, decision: 'accept', comment: 'ok', at: '2026-01-01T00:00:00Z' }]); // prettier-ignore
    expect(await view.refresh()).toBe(true);
    const [seen, other] = (await view.site()).cases;
    expect(seen).toMatchObject({ verdict: 'review', review: { decision: 'accept', comment: 'ok' } });
    expect([...seen.groups[0].pictures]).toEqual([['after-front.png', 'pictures/anna/quickshear/g/after-front.png']]);
    expect(other.verdict).toBe('open');
  });
});
