import { html, type Html } from './html.ts';
import type { RecordProportion } from '../audit/audit-record.ts';
import type { FiveNumbers, SiteVerdict, SiteWay } from './site-data.ts';
import { numberText, quartileText, rateText, VERDICT_WORDS } from './words.ts';

/** Drawn in units that the page scales to its width; colours come from the style sheet, so that both themes have theirs. */
const WIDTH = 420;
const LABEL_WIDTH = 110;
const ROW_HEIGHT = 30;
const PLOT_WIDTH = WIDTH - LABEL_WIDTH - 20;
const AXIS_HEIGHT = 26;

const VERDICTS: readonly SiteVerdict[] = ['pass', 'review', 'fail', 'open'];

/** Verdicts of every way as bars of 100 %, with their counts in them. */
export function verdictChart(ways: readonly SiteWay[]): Html {
  const rows = ways.map(({ name, counts }, n) => {
    const total = Math.max(1, VERDICTS.reduce((sum, verdict) => sum + counts[verdict], 0)); // prettier-ignore
    let x = LABEL_WIDTH;
    const bars = VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) => {
      const width = (PLOT_WIDTH * counts[verdict]) / total;
      const at = x;
      x += width;
      const text = `${VERDICT_WORDS[verdict].sign} ${counts[verdict]}`;
      return html`<rect
          class="bar ${verdict}"
          x="${at.toFixed(1)}"
          y="${n * ROW_HEIGHT + 4}"
          width="${width.toFixed(1)}"
          height="${ROW_HEIGHT - 8}"
        />
        ${width > 12 * text.length && html`<text class="on ${verdict}" x="${(at + width / 2).toFixed(1)}" y="${n * ROW_HEIGHT + 20}" text-anchor="middle">${text}</text>`}`;
    });
    return html`${rowLabel(name, n)}${bars}`;
  });
  const words = ways.map(({ name, counts }) => `${name}: ${VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${VERDICT_WORDS[verdict].word}`).join(', ')}`); // prettier-ignore
  return figure('Verdicts by method', words.join('; '), ways.length * ROW_HEIGHT, rows);
}

/** Rates of every way with their 95 % intervals, 0 to 100 %. */
export function rateChart(title: string, rates: readonly (readonly [string, RecordProportion])[]): Html {
  const toX = (share: number): number => LABEL_WIDTH + PLOT_WIDTH * share;
  const rows = rates.map(([name, rate], n) => {
    const y = n * ROW_HEIGHT + ROW_HEIGHT / 2;
    if (rate.of === 0)
      return html`${rowLabel(name, n)}<text class="muted" x="${LABEL_WIDTH}" y="${y + 5}">nothing counted</text>`;
    return html`${rowLabel(name, n)}<line
        class="interval"
        x1="${toX(rate.interval.low).toFixed(1)}"
        x2="${toX(rate.interval.high).toFixed(1)}"
        y1="${y}"
        y2="${y}"
      />
      <circle class="point" cx="${toX(rate.count / rate.of).toFixed(1)}" cy="${y}" r="5" />`;
  });
  const words = rates.map(([name, rate]) => `${name}: ${rateText(rate)}`).join('; ');
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => [toX(share), `${100 * share} %`] as const);
  return figure(title, words, rates.length * ROW_HEIGHT, rows, ticks);
}

/** Least, quartiles and largest of a quantity for every way, from 0. */
export function rangeChart(
  title: string,
  unit: string,
  ranges: readonly (readonly [string, FiveNumbers | undefined])[],
): Html | undefined {
  // prettier-ignore
  const largest = Math.max(0, ...ranges.map(([, numbers]) => numbers?.[4] ?? 0));
  if (largest === 0) return undefined;
  const step = niceStep(largest / 4);
  const top = Math.ceil(largest / step) * step;
  const toX = (value: number): number => LABEL_WIDTH + (PLOT_WIDTH * value) / top;
  const rows = ranges.map(([name, numbers], n) => {
    const y = n * ROW_HEIGHT + ROW_HEIGHT / 2;
    if (!numbers)
      return html`${rowLabel(name, n)}<text class="muted" x="${LABEL_WIDTH}" y="${y + 5}">nothing measured</text>`;
    const [least, first, median, third, most] = numbers.map(toX);
    return html`${rowLabel(name, n)}<line
        class="interval"
        x1="${least.toFixed(1)}"
        x2="${most.toFixed(1)}"
        y1="${y}"
        y2="${y}"
      />
      <rect
        class="box"
        x="${first.toFixed(1)}"
        y="${y - 8}"
        width="${Math.max(1, third - first).toFixed(1)}"
        height="16"
      />
      <line class="median" x1="${median.toFixed(1)}" x2="${median.toFixed(1)}" y1="${y - 8}" y2="${y + 8}" />`;
  });
  const words = ranges.map(([name, numbers]) => `${name}: ${quartileText(numbers)} ${unit}`).join('; ');
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => [toX(n * step), numberText(n * step)] as const); // prettier-ignore
  return figure(`${title}, ${unit}`, words, ranges.length * ROW_HEIGHT, rows, ticks);
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

/** A time per stage as bars of one quantity. */
export function barChart(title: string, bars: readonly (readonly [string, number, string])[]): Html {
  const largest = Math.max(...bars.map(([, value]) => value), Number.MIN_VALUE);
  const width = PLOT_WIDTH - 70;
  const rows = bars.map(([name, value, text], n) => {
    const length = (width * value) / largest;
    return html`${rowLabel(name, n)}<rect
        class="box"
        x="${LABEL_WIDTH}"
        y="${n * ROW_HEIGHT + 6}"
        width="${Math.max(1, length).toFixed(1)}"
        height="${ROW_HEIGHT - 12}"
      />
      <text class="value" x="${(LABEL_WIDTH + length + 8).toFixed(1)}" y="${n * ROW_HEIGHT + 20}">${text}</text>`;
  });
  return figure(title, bars.map(([name, , text]) => `${name}: ${text}`).join('; '), bars.length * ROW_HEIGHT, rows);
}

function rowLabel(name: string, n: number): Html {
  const short = name.length > 15 ? `${name.slice(0, 14)}…` : name;
  return html`<text class="label" x="${LABEL_WIDTH - 10}" y="${n * ROW_HEIGHT + 20}" text-anchor="end">${short}</text>`;
}

/** @param words the same for who does not see it */
function figure(
  title: string,
  words: string,
  height: number,
  rows: readonly Html[],
  ticks: readonly (readonly [number, string])[] = [],
): Html {
  const total = height + (ticks.length > 0 ? AXIS_HEIGHT : 0);
  const axis = ticks.map(
    ([x, text]) =>
      html`<line class="grid" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="0" y2="${height}" />
        <text class="tick" x="${x.toFixed(1)}" y="${height + 18}" text-anchor="middle">${text}</text>`,
  );
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${total}" role="img" aria-label="${words}">${axis}${rows}</svg>
  </figure>`;
}
