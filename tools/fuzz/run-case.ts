import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkMask, checkNrrd, checkManifest } from './check-others.ts';
import { checkStudy } from './check-study.ts';
import { Dice } from './dice.ts';
import { readBases } from './dicom-bases.ts';
import { makeDicom } from './dicom-cases.ts';
import { makeFolder, makeManifest } from './folder-cases.ts';
import { CANARY, type FuzzInput, type MakeInput } from './fuzz-case.ts';
import { makeNifti } from './nifti-cases.ts';
import { makeMask, makeNrrd } from './other-cases.ts';
import { contentOf, differences, Findings } from './problems.ts';

/** What one case came to. */
export interface CaseResult {
  readonly n: number;
  readonly kind: string;
  readonly what: readonly string[];
  readonly outcomes: readonly string[];
  readonly problems: readonly string[];
  readonly ms: number;
}

interface Kind {
  readonly name: string;
  readonly weight: number;
  readonly make: MakeInput;
  readonly check: (input: FuzzInput, output: string, dice: Dice, findings: Findings) => Promise<void>;
}

/** Growth of the largest resident size that one case may cause: none is larger than a few hundred KiB. */
const MOST_GROWTH_KIB = 200 * 1024;

/** A single shared buffer beyond this was asked for because a header said so. */
const MOST_SHARED_BYTES = 2 ** 26;

/** Cases of one seed. */
export class CaseRunner {
  readonly #seed: number;
  readonly #folder: string;
  readonly #kinds: readonly Kind[];
  #largestShared = 0;

  /** @param folder empty, for inputs and outputs. @param bases what `writeBases` wrote */
  constructor(seed: number, folder: string, bases: string) {
    this.#seed = seed;
    this.#folder = folder;
    const generated = readBases(bases, 'generated');
    const real = readBases(bases, 'real');
    this.#kinds = [
      { name: 'NIfTI', weight: 35, make: makeNifti, check: checkStudy },
      { name: 'DICOM', weight: 40, make: makeDicom(generated), check: checkStudy },
      // The weight stays where there are none, so that case n is the same everywhere.
      { name: real.length > 0 ? 'real DICOM headers' : 'no real headers here', weight: 8, make: makeDicom(real.length > 0 ? real : generated), check: checkStudy },
      { name: 'folder', weight: 8, make: makeFolder(generated), check: checkStudy },
      { name: 'manifest', weight: 4, make: makeManifest(CANARY), check: (input, output, _, findings) => checkManifest(input, output, findings) },
      { name: 'NRRD', weight: 4, make: makeNrrd, check: (input, _, __, findings) => checkNrrd(input, findings) },
      { name: 'mask', weight: 1, make: makeMask, check: (input, _, __, findings) => checkMask(input, findings) },
    ]; // prettier-ignore
    this.#watchSharedBuffers();
  }

  /** @param onMade called before the case is tried: what hangs cannot say what it is */
  async run(n: number, onMade: (made: Pick<CaseResult, 'kind' | 'what'>) => void): Promise<CaseResult> {
    const started = performance.now();
    const dice = new Dice(this.#seed, n);
    const kind = dice.weighted(this.#kinds.map((own) => [own.weight, own] as const));
    const place = join(this.#folder, `case-${n}`);
    const output = join(place, 'out');
    mkdirSync(join(place, 'in'), { recursive: true });
    mkdirSync(output);
    const findings = new Findings();
    const input = kind.make(dice, join(place, 'in'));
    onMade({ kind: kind.name, what: input.what });
    const before = contentOf(place);
    const residentKib = process.resourceUsage().maxRSS;
    this.#largestShared = 0;
    try {
      await kind.check(input, output, dice, findings);
    } catch (error) {
      findings.problem(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    const grownKib = process.resourceUsage().maxRSS - residentKib;
    if (grownKib > MOST_GROWTH_KIB) findings.problem(`the process grew by ${Math.round(grownKib / 1024)} MiB`);
    if (this.#largestShared > MOST_SHARED_BYTES)
      findings.problem(`a buffer of ${this.#largestShared} bytes was asked for`);
    this.#checkFiles(place, before, input, findings);
    rmSync(place, { recursive: true, force: true });
    const { outcomes, problems } = findings;
    return { n, kind: kind.name, what: input.what, outcomes, problems, ms: performance.now() - started };
  }

  /** Inputs are as they were, outputs lie where they should, named after nobody, and nothing half-made is left. */
  #checkFiles(place: string, before: ReadonlyMap<string, string>, input: FuzzInput, findings: Findings): void {
    const others = readdirSync(this.#folder).filter((name) => !/^case-\d+$/.test(name));
    if (others.length > 0) findings.problem(`left beside the case: ${others.join()}`);
    const after = contentOf(place);
    for (const name of differences(before, after)) {
      const isOutput = name.startsWith('out/') || name === 'out';
      if (!isOutput && !input.meanwhile)
        findings.problem(`${JSON.stringify(name)} was ${before.has(name) ? 'changed' : 'made'}`);
      if (isOutput && name.includes(CANARY)) findings.problem(`an output is called ${name}`);
      if (/(^|\/)\.efface/.test(name)) findings.problem(`${name} was left`);
    }
  }

  /** Memory that is asked for and never touched is not in the resident size. */
  #watchSharedBuffers(): void {
    const note = (bytes: number): void => {
      this.#largestShared = Math.max(this.#largestShared, bytes);
    };
    globalThis.SharedArrayBuffer = class extends SharedArrayBuffer {
      constructor(length = 0, options?: { maxByteLength?: number }) {
        super(length, options);
        note(length);
      }
    };
  }
}
