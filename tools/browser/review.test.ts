import { CohortView, ReviewServer } from '@efface/cohort';
import { doCohort, planCohort } from '@efface/cohort/testing';
import { readPicture, writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import { type Grid } from '@efface/volume';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from './chromium.ts';
import { openWatched, type WatchedPage } from './watched-page.ts';

const scratch = mkdtempSync(join(tmpdir(), 'efface-review-'));
const folder = join(scratch, 'cohort');
/** Drawing in software takes its time where others work too. */
const PATIENT = { timeout: 30_000 };
const browser: Browser | undefined = await startChromium();
/** The upper half of a head: there is no face in it, so that the case fails. */
const VAULT: Grid = { sizeIjk: [50, 60, 22], affineIjkToLps: [4, 0, 0, -100, 0, 4, 0, -120, 0, 0, 4, 40] };

/** What a canvas shows, as grey values row by row. */
async function drawn(page: Page, id: string): Promise<Uint8Array> {
  const path = join(scratch, `${id}.png`);
  await page.locator(`#${id}`).screenshot({ path });
  const { samples, channels } = await readPicture(path);
  return Uint8Array.from({ length: samples.length / channels }, (_, n) => samples[n * channels]);
}

const shareOf = (values: Uint8Array, is: (value: number, n: number) => boolean): number => values.filter(is).length / values.length; // prettier-ignore

describe.skipIf(!browser)('the review in Chromium (skipped where none starts)', () => {
  let server: ReviewServer;
  beforeAll(async () => {
    const input = join(scratch, 'in');
    mkdirSync(input);
    await writeNifti(join(input, 'head.nii.gz'), generateHead({ seed: 3, contrast: 'ct', spacingMm: [4, 4, 4] }).volume); // prettier-ignore
    await writeNifti(join(input, 'vault.nii.gz'), generateHead({ seed: 5, contrast: 'ct', grid: VAULT }).volume);
    await doCohort(folder, await planCohort(folder, input, { pictures: false }));
    server = await ReviewServer.start(folder);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await browser?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** A browser that has opened the address once. */
  async function enter(): Promise<WatchedPage> {
    const watched = await openWatched(browser as Browser, new URL(server.address).origin);
    await watched.page.goto(server.address);
    await watched.page.waitForURL('**/index.html');
    return watched;
  }
  const reviewOf = async (id: string) => (await CohortView.open(folder)).find(id)?.review;
  const decisionOf = async (id: string): Promise<string | undefined> => (await reviewOf(id))?.decision;

  it('draws the head before and after, and what was altered over it', async () => {
    await using watched = await enter();
    const { page, problems } = watched;
    await page.click('#table tbody th a');
    await page.waitForSelector('#viewers[data-drawn]');
    const settled = async (): Promise<[Uint8Array, Uint8Array]> => {
      await page.waitForTimeout(500);
      return [await drawn(page, 'before'), await drawn(page, 'after')];
    };
    const [withMask, after] = await settled();
    for (const [name, values] of [['before', withMask], ['after', after]] as const) {
      expect(shareOf(values, (value) => value > 40), name).toBeGreaterThan(0.1);
      expect(new Set(values).size, name).toBeGreaterThan(20);
    } // prettier-ignore
    await page.keyboard.press('m');
    const [before, same] = await settled();
    expect(await page.locator('#mask').getAttribute('aria-pressed')).toBe('false');
    // The mask was seen, over the image before alone; and a face is gone that was there.
    expect(shareOf(before, (value, n) => value !== withMask[n])).toBeGreaterThan(0.01);
    expect(shareOf(same, (value, n) => Math.abs(value - after[n]) > 8)).toBeLessThan(0.001);
    expect(shareOf(before, (value, n) => Math.abs(value - same[n]) > 30)).toBeGreaterThan(0.02);
    await page.keyboard.press('v');
    const [head] = await settled();
    expect(shareOf(head, (value, n) => Math.abs(value - before[n]) > 30)).toBeGreaterThan(0.05);
    expect(problems).toEqual([]);
  });

  it('keeps what is decided and said, by key alone, over a reload and in the table', async () => {
    await using watched = await enter();
    const { page, problems } = watched;
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/head/quickshear.html');
    await page.keyboard.press('a');
    await expect.poll(() => page.locator('#decision').innerText(), PATIENT).toBe('accepted, saved');
    expect(await decisionOf('head/quickshear')).toBe('accept');
    await page.keyboard.press('c');
    // These are letters now, and no keys.
    await page.keyboard.type('ear is there, <b>r</b>');
    await page.keyboard.press('Control+Enter');
    await expect.poll(async () => (await reviewOf('head/quickshear'))?.comment, PATIENT).toBe('ear is there, <b>r</b>');
    await expect.poll(() => page.locator('#decision').innerText(), PATIENT).toBe('accepted, saved');
    await page.reload();
    expect(await page.locator('.decide.accept').getAttribute('aria-pressed')).toBe('true');
    expect(await page.inputValue('#comment')).toBe('ear is there, <b>r</b>');
    await page.keyboard.press('Escape');
    await page.waitForURL('**/index.html');
    expect(await page.locator('#table tbody tr').first().innerText()).toContain('accepted ear is there, <b>r</b>');
    await page.selectOption('#filter-decision', 'none');
    expect(await page.locator('#table tbody th').allInnerTexts()).toEqual(['vault']);
    await page.selectOption('#filter-decision', 'accept');
    expect(await page.locator('#table tbody th').allInnerTexts()).toEqual(['head']);
    // Taken back.
    await page.click('#table tbody th a');
    await page.click('.decide.reject');
    await expect.poll(() => page.locator('#decision').innerText(), PATIENT).toBe('rejected, saved');
    expect(await decisionOf('head/quickshear')).toBe('reject');
    expect(problems).toEqual([]);
  });

  it('says of a case that failed that there is no image, and accepts it by no key', async () => {
    await using watched = await enter();
    const { page, problems } = watched;
    await page.goto(new URL('/case/vault/quickshear.html', server.address).href);
    expect(await page.locator('.decide.accept').isDisabled()).toBe(true);
    expect(await page.locator('#viewers').count()).toBe(0);
    expect(await page.locator('.review').innerText()).toContain('It failed and left no image');
    await page.keyboard.press('a');
    expect(await page.locator('#decision').innerText()).toMatch(/^There is no image/);
    expect(await decisionOf('vault/quickshear')).toBeUndefined();
    await page.keyboard.press('r');
    await expect.poll(() => page.locator('#decision').innerText(), PATIENT).toBe('rejected, saved');
    expect(await decisionOf('vault/quickshear')).toBe('reject');
    expect(problems).toEqual([]);
  });

  it('shows nothing to a browser without the token, and takes nothing from another page', async () => {
    await using watched = await openWatched(browser as Browser, new URL(server.address).origin);
    const response = await watched.page.goto(new URL('/index.html', server.address).href);
    expect(response?.status()).toBe(403);
    expect(await watched.page.locator('body').innerText()).toMatch(/^efface review: the token is missing or wrong/);
    // A page of another origin, in a browser that is let in.
    await using inside = await enter();
    const before = await reviewOf('head/quickshear');
    await inside.page.goto('data:text/html,<title>elsewhere</title>');
    const outcome = await inside.page.evaluate(
      (address) => fetch(address, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }).then((answer) => answer.type, () => 'refused'),
      new URL('/decision', server.address).href,
    ); // prettier-ignore
    expect(['opaque', 'refused']).toContain(outcome);
    expect(await reviewOf('head/quickshear')).toEqual(before);
  });
});
