import type { TopLevelSpec } from 'vega-lite';

/** A Vega-Lite plot as SVG text. The libraries are loaded on first use: they are large. */
export async function svgOf(spec: TopLevelSpec): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

/** One line of a plot. */
export interface Curve {
  readonly name: string;
  /** x, y. */
  readonly points: readonly (readonly [number, number])[];
}

/** What the axes show. */
export interface CurveAxes {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Logarithmic x from this value on, smaller ones are drawn there, up to `logTo` (1). Linear without it. */
  readonly logFrom?: number;
  readonly logTo?: number;
  /** `step` for rates of counted things, `line` for expected ones. Default `step`. */
  readonly draw?: 'step' | 'line';
}

const WIDTH_PX = 460;
const HEIGHT_PX = 340;

/** Curves of rates, 0 … 1 upwards. */
export function curvePlot(
  curves: readonly Curve[],
  { title, x, y, logFrom, logTo = 1, draw = 'step' }: CurveAxes,
): TopLevelSpec {
  const values = curves.flatMap(({ name, points }) =>
    points.map(([px, py]) => ({ name, x: logFrom === undefined ? px : Math.max(logFrom, px), y: py })),
  );
  const byName = { field: 'name', type: 'nominal', title: null, sort: curves.map(({ name }) => name) } as const;
  // Names are written out.
  const legend = { labelLimit: 0, symbolSize: 400 };
  return {
    title,
    width: WIDTH_PX,
    height: HEIGHT_PX,
    data: { values },
    mark: { type: 'line', interpolate: draw === 'step' ? 'step-after' : 'linear', strokeWidth: 2 },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title: x,
        scale: logFrom === undefined ? { zero: false } : { type: 'log', domain: [logFrom, logTo] },
      },
      y: { field: 'y', type: 'quantitative', title: y, scale: { domain: [0, 1] } },
      color: { ...byName, legend },
      strokeDash: { ...byName, legend },
    },
  };
}
