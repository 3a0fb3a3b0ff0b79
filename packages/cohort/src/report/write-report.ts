import { OutputError, OutputFolder, writeOutput } from '@efface/io';
import {
  casePage, type CasePlace, casePath, dataScript, overviewPage, SITE_ASSETS, siteAsset, type SiteCase, type SiteCohort,
} from '@efface/report'; // prettier-ignore
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { COHORT_FILES } from '../plan/cohort-plan.ts';
import { auditedModalities } from '../comparison/audit-cohort.ts';
import { readStudy } from '../comparison/write-study.ts';
import { CohortView, PICTURES_FOLDER } from './collect-cohort.ts';

/** File that marks a folder as a report's, which `overwrite` may replace. */
export const REPORT_MARKER = 'report.json';

/** Where the report of a cohort is unless somebody says otherwise. */
export const REPORT_FOLDER = 'report';

/** How a report is written. */
export interface WriteReportOptions {
  readonly overwrite: boolean;
  readonly onCase?: (done: number, total: number) => void;
}

/**
 * Writes a cohort's report: `index.html`, a page a case, and pictures, all in one folder that appears whole or not at all, loads
 * nothing from elsewhere and opens from the disk. It shows original faces.
 * @throws PlanError, InputNotFoundError, OutputError
 */
export async function writeReport(
  cohort: string,
  destination: string,
  options: WriteReportOptions,
): Promise<SiteCohort> {
  const view = await CohortView.open(cohort);
  const audits = (await auditedModalities(cohort, view.plan)).map((modality) => ({
    modality,
    href: hrefFrom(destination, join(cohort, COHORT_FILES.audits, modality, 'index.html')),
  }));
  const site = await view.site({ audits, study: await readStudy(cohort, view.plan) });
  // The report may lie in the cohort's folder, but in the place of nothing that is, or will be, the cohort's own.
  const own = Object.values(COHORT_FILES).map((name) => join(cohort, name));
  const place = resolve(destination);
  if (own.some((path) => place === resolve(path) || place.startsWith(resolve(path) + sep)))
    throw new OutputError('OUTPUT_IS_INPUT', destination, 'is a place of the cohort itself; choose another');
  await using output = await OutputFolder.create(destination, { overwrite: options.overwrite, marker: REPORT_MARKER, inputs: own.filter((path) => existsSync(path)) }); // prettier-ignore
  const put = async (name: string, contents: string | Uint8Array): Promise<void> => {
    await writeOutput(await output.path(name), contents);
  };
  await put('index.html', overviewPage(site, false));
  await put('data.js', dataScript(site.cases, false));
  for (const name of SITE_ASSETS) if (name !== 'viewers.js') await put(name, await siteAsset(name));
  for (const [n, found] of site.cases.entries()) {
    await put(casePath(found.id), casePage(found, placeOf(site.cases, n), false));
    await copyPictures(cohort, view, found, output);
    options.onCase?.(n + 1, site.cases.length);
  }
  const marker = {
    schema: 'efface-report/1',
    software: site.software,
    plan: site.fingerprint,
    cases: site.cases.length,
  };
  await put(REPORT_MARKER, `${JSON.stringify(marker, null, 2)}\n`);
  await output.commit();
  return site;
}

/** A case among its neighbours, in the order of the plan. */
export function placeOf(cases: readonly Pick<SiteCase, 'id'>[], index: number): CasePlace {
  return { index, total: cases.length, before: cases[index - 1]?.id, after: cases[index + 1]?.id };
}

async function copyPictures(cohort: string, view: CohortView, found: SiteCase, output: OutputFolder): Promise<void> {
  const outputs = new Map(view.find(found.id)?.outcome?.groups.map(({ name, output: folder }) => [name, folder]));
  for (const { name: group, pictures } of found.groups)
    for (const [name, path] of pictures)
      await copyFile(join(cohort, outputs.get(group) ?? '', PICTURES_FOLDER, name), await output.path(path));
}

function hrefFrom(folder: string, target: string): string {
  return relative(resolve(folder), resolve(target)).split(sep).map(encodeURIComponent).join('/');
}
