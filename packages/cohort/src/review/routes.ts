import { casePage, dataScript, overviewPage, SITE_ASSETS, siteAsset } from '@efface/report';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CollectedItem, type CohortView, PICTURES_FOLDER } from '../report/collect-cohort.ts';
import { placeOf } from '../report/write-report.ts';
import { type ItemGroup } from '../run/journal.ts';
import { type CaseImages, type ShownImage } from './case-images.ts';
import { isOfCases } from './of-cases.ts';

/** An answer with something in it. */
export interface Answer {
  readonly type: string;
  readonly body: string | Uint8Array;
}

const HTML = 'text/html; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};

/**
 * What may be looked at, by the decoded parts of its path. A path only ever chooses among what plan and journals name; none is made
 * into one of the disk. Undefined for all else.
 */
export async function answerTo(
  parts: readonly string[],
  view: CohortView,
  images: CaseImages,
): Promise<Answer | undefined> {
  const [first = 'index.html', ...rest] = parts;
  if (rest.length === 0) {
    if (first === 'index.html') return { type: HTML, body: overviewPage(await view.site(), true) };
    if (first === 'data.js') return { type: TYPES['js'], body: dataScript((await view.site()).cases, true) };
    const asset = SITE_ASSETS.find((name) => name === first);
    return asset && { type: TYPES[asset.split('.')[1]], body: await siteAsset(asset) };
  }
  const [input, way, group, ...more] = rest;
  if (first === 'case' && rest.length === 2) return await pageOf(`${input}/${way.replace(/\.html$/, '')}`, view);
  const found = view.find(`${input}/${way}`);
  const own = found?.outcome?.groups.find(({ name }) => name === group);
  if (!found || !own) return undefined;
  if (first === 'pictures' && more.length === 1) return await pictureOf(found, own, more[0], view);
  if (first === 'image' && more.length === 2) return await imageOf(found, own, more, images);
  return undefined;
}

async function pageOf(id: string, view: CohortView): Promise<Answer | undefined> {
  const all = view.items;
  const at = all.findIndex(({ item }) => item.id === id);
  if (at < 0) return undefined;
  const place = placeOf(all.map(({ item }) => item), at); // prettier-ignore
  return { type: HTML, body: casePage(await view.siteCase(all[at]), place, true) };
}

async function pictureOf(
  found: CollectedItem,
  group: ItemGroup,
  name: string,
  view: CohortView,
): Promise<Answer | undefined> {
  const { groups } = await view.siteCase(found);
  if (groups.find((own) => own.name === group.name)?.pictures.has(name) !== true) return undefined;
  const path = join(view.folder, ...group.output.split('/'), PICTURES_FOLDER, name);
  return (await isOfCases(view.folder, path)) ? { type: TYPES['png'], body: await readFile(path) } : undefined;
}

async function imageOf(
  { item, outcome }: CollectedItem,
  group: ItemGroup,
  [index, file]: readonly string[],
  images: CaseImages,
): Promise<Answer | undefined> {
  const what = (['before', 'after', 'mask'] as const satisfies readonly ShownImage[]).find((name) => file === `${name}.nii`); // prettier-ignore
  const n = /^\d{1,4}$/.test(index) ? Number(index) : -1;
  if (what === undefined || outcome?.verdict === 'fail' || !(group.record.images[n]?.output.length > 0))
    return undefined;
  return { type: 'application/octet-stream', body: await images.bytes(item, group, n, what) };
}
