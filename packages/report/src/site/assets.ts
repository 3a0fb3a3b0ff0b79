import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What pages load beside themselves: the icon, the style, the script of all pages, and that of the viewers of a review. */
export const SITE_ASSETS = ['icon.svg', 'site.css', 'site.js', 'viewers.js'] as const;

export type SiteAsset = (typeof SITE_ASSETS)[number];

const SOURCES: Readonly<Record<SiteAsset, string>> = {
  'icon.svg': 'icon.svg',
  'site.css': 'site.css',
  'site.js': 'main.ts',
  'viewers.js': 'main-viewers.ts',
};

const made = new Map<SiteAsset, Promise<Uint8Array>>();

/** The bytes of one of them. In the bundle they lie beside it; from source they are made when they are first asked for. */
export function siteAsset(name: SiteAsset): Promise<Uint8Array> {
  const asset = made.get(name) ?? (import.meta.url.endsWith('.mjs') ? readFile(join(import.meta.dirname, 'site', name)) : bundleAsset(name)); // prettier-ignore
  made.set(name, asset);
  return asset;
}

/** Makes one from its sources: a script that needs no other and runs as it is, also from the disk. */
export async function bundleAsset(name: SiteAsset): Promise<Uint8Array> {
  const source = join(import.meta.dirname, 'browser', SOURCES[name]);
  if (name === 'icon.svg') return readFile(source);
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    // A module would not be loaded from the disk.
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'inline',
    charset: 'utf8',
    logLevel: 'silent',
  });
  return outputFiles[0].contents;
}
