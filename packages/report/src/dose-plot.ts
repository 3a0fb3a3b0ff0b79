import type { TopLevelSpec } from 'vega-lite';
import { svgOf } from './plots.ts';

/** One dose in one structure. */
export interface DoseVolumeCurve {
  readonly structure: string;
  /** What the dose is called. */
  readonly dose: string;
  readonly stepGy: number;
  /** Share that gets n·stepGy or more, %. */
  readonly percent: ArrayLike<number>;
}

const WIDTH_PX = 640;
const HEIGHT_PX = 420;

/** Dose volume histograms as SVG: a colour a structure, a dash a dose. */
export function doseVolumeSvg(curves: readonly DoseVolumeCurve[]): Promise<string> {
  const values = curves.flatMap(({ structure, dose, stepGy, percent }) =>
    Array.from(percent, (share, n) => ({ structure, dose, gy: n * stepGy, share })),
  );
  const structures = [...new Set(curves.map(({ structure }) => structure))];
  const doses = [...new Set(curves.map(({ dose }) => dose))];
  // Names are written out.
  const legend = { labelLimit: 0, symbolSize: 400 };
  const spec: TopLevelSpec = {
    title: 'Dose volume histograms',
    width: WIDTH_PX,
    height: HEIGHT_PX,
    data: { values },
    mark: { type: 'line', strokeWidth: 1.5 },
    encoding: {
      x: { field: 'gy', type: 'quantitative', title: 'dose, Gy' },
      y: { field: 'share', type: 'quantitative', title: 'volume, %', scale: { domain: [0, 100] } },
      // Twenty colours: plans have more structures than the usual ten.
      color: {
        field: 'structure',
        type: 'nominal',
        title: null,
        sort: structures,
        scale: { scheme: 'tableau20' },
        legend,
      },
      strokeDash: { field: 'dose', type: 'nominal', title: null, sort: doses, legend },
    },
  };
  return svgOf(spec);
}
