// A cohort of the soak: generated heads, a plan, runs of it from the outside, and what is looked at afterwards.
import { writeNifti } from '@efface/io';
import { generateHead } from '@efface/test-data';
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bundle = join(import.meta.dirname, '../../packages/cli/dist/efface.mjs');
const PLAN = ['--methods', 'quickshear', '--cases-per-shard', '20', '--no-pictures', '--verify', 'off', '-q'];

/** What a fault came to; a failed one throws. */
export interface Report {
  readonly name: string;
  readonly seconds: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Why it could not be tried. */
  readonly skipped?: string;
}

/** Where everything lies. */
export interface Site {
  readonly scratch: string;
  readonly heads: string;
  readonly cases: number;
  remove(): void;
}

/** Writes the heads. */
export async function prepare(cases: number): Promise<Site> {
  if (!existsSync(bundle)) throw new Error('there is no bundle: npm run build');
  const scratch = mkdtempSync(join(tmpdir(), 'efface-soak-'));
  const heads = join(scratch, 'heads');
  mkdirSync(heads);
  for (let seed = 0; seed < cases; seed++)
    await writeNifti(join(heads, `head-${String(seed).padStart(4, '0')}.nii.gz`), generateHead({ seed, contrast: 'ct', spacingMm: 4 }).volume); // prettier-ignore
  return { scratch, heads, cases, remove: () => rmSync(scratch, { recursive: true, force: true }) }; // prettier-ignore
}

/** A run that is going on, and its end. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly status: number | null; readonly stderr: string }>;
}

/** One cohort folder of the site's heads. */
export class Cohort {
  readonly folder: string;
  readonly #site: Site;

  /** @param folder name below the scratch folder, or an absolute path */
  constructor(site: Site, folder: string) {
    this.#site = site;
    this.folder = folder.startsWith('/') ? folder : join(site.scratch, folder);
  }

  plan(heads = this.#site.heads): void {
    const { status, stderr } = this.efface('cohort', 'plan', heads, this.folder, ...PLAN);
    assert.equal(status, 0, stderr);
  }

  efface(...args: string[]): { readonly status: number | null; readonly stderr: string; readonly stdout: string } {
    return spawnSync(process.execPath, [bundle, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  /** Starts a run. @param wrapper a command that runs it, such as faketime */
  run(args: readonly string[] = [], wrapper: readonly string[] = []): Running {
    const [command, ...rest] = [...wrapper, process.execPath, bundle, 'cohort', 'run', this.folder, ...args];
    const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    const ended = new Promise<{ status: number | null; stderr: string }>((resolve) =>
      child.once('exit', (status) => {
        resolve({ status, stderr });
      }),
    );
    return { child, ended };
  }

  /** SHA-256 of every image, by its name in the folder. */
  images(): Map<string, string> {
    const names = existsSync(join(this.folder, 'cases')) ? (readdirSync(join(this.folder, 'cases'), { recursive: true }) as string[]) : []; // prettier-ignore
    const images = names.filter((name) => name.endsWith('.nii.gz')).sort();
    return new Map(images.map((name) => [name, createHash('sha256').update(readFileSync(join(this.folder, 'cases', name))).digest('hex')])); // prettier-ignore
  }

  /** Outcomes in the journals, by item. */
  outcomes(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    // Killed before it had begun.
    if (!existsSync(join(this.folder, 'journal'))) return found;
    for (const name of readdirSync(join(this.folder, 'journal')))
      for (const text of readFileSync(join(this.folder, 'journal', name), 'utf8').split('\n')) {
        if (!text.startsWith('{"event":"outcome"') || !text.endsWith('}')) continue;
        const { item, verdict } = JSON.parse(text) as { readonly item: string; readonly verdict: string };
        found.set(item, [...(found.get(item) ?? []), verdict]);
      }
    return found;
  }

  /** Hidden files: what is in the making, or was when its maker died. */
  leftovers(): string[] {
    const all = readdirSync(this.folder, { recursive: true }) as string[];
    return all.filter((name) => /(^|\/)\./.test(name));
  }

  /** Everything is done, once, to the bytes of the undisturbed run, with nothing left. @returns outcomes too many, by retries */
  assertSameAs(whole: Cohort, allowedTwice: readonly string[] = []): void {
    assert.deepEqual(this.images(), whole.images());
    const twice = [...this.outcomes()].filter(
      ([item, verdicts]) => verdicts.length > 1 && !allowedTwice.includes(item),
    );
    assert.deepEqual(twice, [], 'items with two outcomes');
    assert.equal(this.outcomes().size, whole.outcomes().size);
    assert.deepEqual(this.leftovers(), []);
    assert.deepEqual(readdirSync(join(this.folder, 'claims')), []);
  }
}
