import { type Browser, chromium } from 'playwright-core';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { readTar } from '../software-gpu/unpack.ts';

const root = join(import.meta.dirname, '..', '..');

/** WebGL in software, so that the viewers draw the same on every machine; the sandbox needs what containers do not give. */
const ARGUMENTS = [
  '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
  // What is looked up elsewhere would be a request to the outside.
  '--disable-background-networking', '--disable-component-update', '--no-first-run',
]; // prettier-ignore

const DEBIAN = '/usr/bin/chromium';

/**
 * Starts the first Chromium that runs: that of EFFACE_CHROMIUM, Debian's, the one inside the npm package @sparticuz/chromium.
 * Undefined, with a word on the console, where none does.
 */
export async function startChromium(): Promise<Browser | undefined> {
  const named = process.env['EFFACE_CHROMIUM'];
  const installed = [named, DEBIAN].filter((path) => path !== undefined).filter((path) => existsSync(path));
  const reasons: string[] = [];
  for (const path of installed) {
    const browser = await tryStart(path, {}, reasons);
    if (browser) return browser;
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    const folder = unpackChromium();
    // Its own fonts and libraries only where the system has none.
    const fonts = existsSync('/usr/share/fonts') ? {} : { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
    for (const env of [fonts, { ...fonts, LD_LIBRARY_PATH: join(folder, 'lib') }]) {
      const browser = await tryStart(join(folder, 'chromium'), env, reasons);
      if (browser) return browser;
    }
  }
  console.warn(`no Chromium starts here; set EFFACE_CHROMIUM to one: ${reasons.join('; ') || 'none is installed'}`);
  return undefined;
}

async function tryStart(path: string, env: Record<string, string>, reasons: string[]): Promise<Browser | undefined> {
  try {
    return await chromium.launch({ executablePath: path, args: ARGUMENTS, env: { ...process.env, ...env }, timeout: 60_000 }); // prettier-ignore
  } catch (error) {
    reasons.push(String(error).split('\n')[0]);
    return undefined;
  }
}

/** Unpacks Chromium with SwiftShader beside it, libraries in `lib/` and fonts in `fonts/`. Done once per version of the package. */
function unpackChromium(): string {
  const require = createRequire(import.meta.url);
  const bin = join(dirname(require.resolve('@sparticuz/chromium')), '..', 'bin');
  const { version } = JSON.parse(readFileSync(join(bin, '..', 'package.json'), 'utf8')) as { version: string };
  const folder = join(root, 'node_modules/.cache/efface', `chromium-${version}`);
  if (existsSync(join(folder, 'chromium'))) return folder;
  const staging = `${folder}.${process.pid}`;
  const unpacked = (name: string): Buffer => brotliDecompressSync(readFileSync(join(bin, `${name}.br`)));
  for (const [archive, place] of [['swiftshader.tar', '.'], ['al2023.tar', 'lib'], ['fonts.tar', 'fonts']] as const) {
    mkdirSync(join(staging, place), { recursive: true });
    for (const [name, bytes] of readTar(unpacked(archive))) writeFileSync(join(staging, place, name), bytes, { mode: 0o755 });
  } // prettier-ignore
  const fonts = `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>`;
  writeFileSync(
    join(staging, 'fonts.conf'),
    `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n${fonts}\n`,
  );
  writeFileSync(join(staging, 'chromium'), unpacked('chromium'), { mode: 0o755 });
  try {
    renameSync(staging, folder);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    // Another process was quicker; what it has put there is whole.
    if (!existsSync(join(folder, 'chromium'))) throw error;
  }
  return folder;
}
