import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const CSS = readFileSync(join(import.meta.dirname, 'browser/site.css'), 'utf8');

/** Colours of one theme as the style sheet has them. */
function palette(selector: string): Map<string, string> {
  const block = CSS.slice(CSS.indexOf(`${selector} {`));
  return new Map([...block.slice(0, block.indexOf('}')).matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex])); // prettier-ignore
}

/** Relative luminance of an sRGB colour (WCAG 2.2). */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Pairs that meet on a page, text on what is behind it: WCAG AA wants 4.5. */
const TEXTS: readonly (readonly [text: string, behind: readonly string[]])[] = [
  ['text', ['page', 'card', 'fail-soft', 'review-soft', 'pass-soft', 'open-soft']],
  ['muted', ['page', 'card']],
  ['accent', ['page', 'card']],
  ['on-accent', ['accent']],
  ['pass', ['card', 'page', 'pass-soft']],
  ['review', ['card', 'page', 'review-soft']],
  ['fail', ['card', 'page', 'fail-soft']],
  ['open', ['card', 'page', 'open-soft']],
  ['on-bar', ['pass', 'review', 'fail', 'open']],
];

/** What is no text but has to be seen: borders of what one presses, the focus, marks of charts. AA wants 3. */
const SHAPES: typeof TEXTS = [
  ['strong-line', ['card', 'page']],
  ['focus', ['card', 'page', 'fail-soft']],
  ['accent', ['card', 'open-soft']],
  ['pass', ['open-soft']],
  ['fail', ['open-soft']],
];

describe('contrast', () => {
  it('is measured as WCAG has it: black on white is 21, and #767676 on white just passes', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10);
    expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
    expect(contrast('#777777', '#ffffff')).toBeLessThan(4.5);
  });

  describe.each([':root', ":root[data-theme='dark']"])('of %s', (selector) => {
    const colours = palette(selector);
    const cases = [
      ...TEXTS.flatMap(([a, behind]) => behind.map((b) => [a, b, 4.5] as const)),
      ...SHAPES.flatMap(([a, behind]) => behind.map((b) => [a, b, 3] as const)),
    ];
    it.each(cases)('%s on %s is at least %d', (a, b, least) => {
      expect(contrast(colours.get(a) ?? '', colours.get(b) ?? '')).toBeGreaterThanOrEqual(least);
    });
  });

  it('holds for every colour of the sheet: there is none outside of the palette', () => {
    const rest = CSS.replaceAll(/:root[^}]*\{[^}]*\}/g, '');
    // The ground of pictures and viewers, and the veil behind a dialog.
    expect([...rest.matchAll(/#[0-9a-f]{3,8}\b|rgb\([^)]*\)/g)].map(([colour]) => colour)).toEqual(['#000', '#000', 'rgb(0 0 0 / 55%)']); // prettier-ignore
    const used = new Set([...rest.matchAll(/var\(--([a-z-]+)\)/g)].map(([, name]) => name));
    used.delete('shadow');
    expect([...palette(':root').keys()].sort()).toEqual([...used].sort());
  });
});
