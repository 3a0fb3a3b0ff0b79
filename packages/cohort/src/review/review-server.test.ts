import { writeNifti } from '@efface/io';
import { temporaryFolder } from '@efface/io/testing';
import { generateHead } from '@efface/test-data';
import { type Grid } from '@efface/volume';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CohortView } from '../report/collect-cohort.ts';
import { doCohort, planCohort } from '../testing/made-cohort.ts';
import { ReviewServer } from './review-server.ts';

const { path: scratch, remove } = temporaryFolder();
const input = join(scratch, 'in');
const folder = join(scratch, 'cohort');
/** The upper half of a head: there is no face in it, so that the case fails. */
const VAULT: Grid = { sizeIjk: [50, 60, 22], affineIjkToLps: [4, 0, 0, -100, 0, 4, 0, -120, 0, 0, 4, 40] };

let server: ReviewServer;
let base: URL;
let cookie = '';

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request as it is written: `fetch` would tidy the path up. */
function ask(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: base.hostname, port: base.port, path, method, headers: { cookie, ...headers } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) });
      });
    }); // prettier-ignore
    sent.on('error', reject);
    sent.end(body);
  });
}

const jsonHeaders = (): Record<string, string> => ({ 'Content-Type': 'application/json', Origin: base.origin });

function decide(decision: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Reply> {
  return ask('/decision', {
    method: 'POST',
    headers: { ...jsonHeaders(), ...headers },
    body: JSON.stringify(decision),
  });
}

const messageOf = ({ body }: Reply): string => (JSON.parse(body.toString()) as { readonly message: string }).message;

beforeAll(async () => {
  mkdirSync(input);
  await writeNifti(join(input, 'head.nii.gz'), generateHead({ seed: 3, contrast: 'ct', spacingMm: [4, 4, 4] }).volume);
  await writeNifti(join(input, 'vault.nii.gz'), generateHead({ seed: 5, contrast: 'ct', grid: VAULT }).volume);
  const plan = await planCohort(folder, input);
  await doCohort(folder, plan);
  server = await ReviewServer.start(folder);
  base = new URL(server.address);
  const welcome = await ask(`/?token=${base.searchParams.get('token')}`);
  [cookie] = (welcome.headers['set-cookie'] ?? [''])[0].split(';');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  remove();
});

const itemOf = async (id: string) => {
  const found = (await CohortView.open(folder)).find(id);
  if (!found) throw new Error(`no ${id}`);
  return found;
};

describe('the door', () => {
  it('is at an address of this machine, with a token that sets a cookie no script and no other site can use', async () => {
    expect(base.hostname).toBe('127.0.0.1');
    const { status, headers } = await ask(`/?token=${base.searchParams.get('token')}`, { headers: { cookie: '' } });
    expect(status).toBe(200);
    expect(headers['set-cookie']?.[0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /);
  });

  it.each(['/', '/index.html', '/data.js', '/site.js', '/case/head/quickshear.html', '/image/head/quickshear/head/0/before.nii'])(
    'lets nobody to %s without the token',
    async (path) => {
      expect((await ask(path, { headers: { cookie: '' } })).status).toBe(403);
      expect((await ask(path, { headers: { cookie: `${cookie}x` } })).status).toBe(403);
      expect((await ask(`/?token=wrong`)).status).toBe(403);
      expect((await ask(path)).status).toBe(200);
    },
  ); // prettier-ignore

  it('does not answer to the name of somebody else', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${base.port}`,
      '127.0.0.1:1',
      `127.0.0.1.evil.example:${base.port}`,
    ])
      expect((await ask('/index.html', { headers: { host } })).status, host).toBe(403);
    expect((await ask('/index.html', { headers: { host: `localhost:${base.port}` } })).status).toBe(200);
  });

  it.each([
    '/plan.json', '/uid-key', '/journal/', '/journal', '/claims', '/cases/head/quickshear/head.nii.gz', '/cases/head/quickshear/record.json',
    '/../uid-key', '/%2e%2e/uid-key', '/case/..%2f..%2fuid-key', '/pictures/head/quickshear/head/..%2f..%2f..%2f..%2fuid-key',
    '/pictures/head/quickshear/head/../../../../uid-key', '/pictures/head/quickshear/head/record.json', '/pictures/../../plan.json',
    '/image/head/quickshear/head/0/../../../../../plan.json', '/image/head/quickshear/head/0/record.nii', '/image/head/quickshear/head/7/before.nii',
    '/image/vault/quickshear/vault/0/before.nii', '//etc/passwd', '/etc/passwd', '/case/nobody/quickshear.html', '/.git', '/constructor', '/__proto__/x',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body.toString()).toBe('{"message":"there is nothing here"}');
  }); // prettier-ignore

  it('shows a picture, and no link in its place', async () => {
    const path = '/pictures/head/quickshear/head/after-front.png';
    const { status, headers, body } = await ask(path);
    expect([status, headers['content-type']]).toEqual([200, 'image/png']);
    expect(body).toEqual(readFileSync(join(folder, 'cases/head/quickshear/qc/after-front.png')));
    const link = join(folder, 'cases/head/quickshear/qc/key.png');
    symlinkSync(join(folder, 'uid-key'), link);
    expect((await ask('/pictures/head/quickshear/head/key.png')).status).toBe(404);
    rmSync(link);
    // A folder that leads elsewhere.
    const other = join(scratch, 'elsewhere');
    mkdirSync(other);
    writeFileSync(join(other, 'secret.png'), 'x');
    const qc = join(folder, 'cases/vault/quickshear/qc');
    mkdirSync(dirname(qc), { recursive: true });
    symlinkSync(other, qc);
    expect((await ask('/pictures/vault/quickshear/vault/secret.png')).status).toBe(404);
    rmSync(qc);
  });

  it('takes nothing but GET and decisions', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await ask('/index.html', { method })).status).toBe(405);
    expect((await ask('/index.html', { method: 'HEAD' })).body).toHaveLength(0);
    expect((await ask('/elsewhere', { method: 'POST', headers: jsonHeaders() })).status).toBe(404);
  });
});

describe('a decision', () => {
  it('is in the journal when the answer comes, and in every later one', async () => {
    const { item } = await itemOf('head/quickshear');
    const { status, body } = await decide({ item: item.id, key: item.key, decision: 'accept', comment: 'fine <b>' });
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toMatchObject({ decision: 'accept', comment: 'fine <b>' });
    const name = readdirSync(join(folder, 'journal')).find((file) => file.startsWith('review-')) ?? '';
    const lines = readFileSync(join(folder, 'journal', name), 'utf8')
      .trim()
      .split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ event: 'review', item: item.id, key: item.key, decision: 'accept' }); // prettier-ignore
    expect((await itemOf('head/quickshear')).review).toMatchObject({ decision: 'accept', comment: 'fine <b>' });
    expect((await ask('/data.js')).body.toString()).toContain('"decision":"accept","comment":"fine <b>"');
    expect((await ask('/case/head/quickshear.html')).body.toString()).toContain('fine &lt;b&gt;</textarea>');
    // The latest counts, also within one millisecond.
    for (const decision of ['reject', 'none', 'reject', 'accept'] as const)
      await decide({ item: item.id, key: item.key, decision, comment: '' });
    expect((await itemOf('head/quickshear')).review).toMatchObject({ decision: 'accept', comment: '' });
  });

  it('accepts nothing that has no image', async () => {
    const { item } = await itemOf('vault/quickshear');
    const accept = await decide({ item: item.id, key: item.key, decision: 'accept', comment: '' });
    expect([accept.status, messageOf(accept)]).toEqual([422, 'the case has no image: it cannot be accepted']);
    expect((await itemOf('vault/quickshear')).review).toBeUndefined();
    expect((await decide({ item: item.id, key: item.key, decision: 'reject', comment: '' })).status).toBe(200);
  });

  it('is refused from elsewhere, for another plan, and when it is none', async () => {
    const { item } = await itemOf('head/quickshear');
    const good = { item: item.id, key: item.key, decision: 'reject', comment: '' };
    expect((await decide(good, { Origin: 'http://evil.example' })).status).toBe(403);
    expect((await decide(good, { Origin: '' })).status).toBe(403);
    expect((await decide(good, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await decide(good, { cookie: '' })).status).toBe(403);
    expect((await decide(good, { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await decide({ ...good, key: '0'.repeat(64) })).status).toBe(409);
    expect((await decide({ ...good, item: 'nobody/quickshear' })).status).toBe(404);
    expect((await decide({ ...good, decision: 'maybe' })).status).toBe(400);
    expect((await decide({ ...good, more: 1 })).status).toBe(400);
    expect((await decide({ ...good, comment: 'x'.repeat(2001) })).status).toBe(400);
    expect((await decide({ ...good, comment: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await ask('/decision', { method: 'POST', headers: jsonHeaders(), body: '{' })).status).toBe(400);
    // None of them was written down.
    expect((await itemOf('head/quickshear')).review?.decision).toBe('accept');
  });
});
