import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapterLabel, type BenchRecord } from '@efface/compute/bench';
import { svgOf } from '@efface/report';
import type { TopLevelSpec } from 'vega-lite';

/** Writes roofline.svg and scaling.svg into a folder, which is made. */
export async function writePlots(records: readonly BenchRecord[], folder: string): Promise<void> {
  const timed = records.filter(({ medianNs }) => medianNs !== null);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'roofline.svg'), await svgOf(rooflineSpec(timed)));
  writeFileSync(join(folder, 'scaling.svg'), await svgOf(scalingSpec(timed)));
}

const WIDTH = 640;
const HEIGHT = 400;

/**
 * Roofline (Williams, Waterman, Patterson 2009): what a kernel computes a second over what it computes for each byte it
 * must move, under the roof that the measured copy and arithmetic peaks of its backend put over it. The largest case of
 * each kernel that computes anything.
 */
function rooflineSpec(records: readonly BenchRecord[]): TopLevelSpec {
  const points = largestOfEach(records.filter(({ flops }) => flops > 0)).map((record) => ({
    backend: adapterLabel(record.adapter),
    kernel: record.kernel,
    flopPerByte: record.flops / (record.readBytes + record.writeBytes),
    gflopPerS: record.gflopPerS,
  }));
  const intensities = points.map(({ flopPerByte }) => flopPerByte);
  const [least, most] = [Math.min(0.1, ...intensities) / 2, Math.max(10, ...intensities) * 2];
  const roofs = [...new Map(records.map(({ adapter, peaks }) => [adapterLabel(adapter), peaks]))].flatMap(
    ([backend, { gbPerS, gflopPerS }]) => {
      if (gbPerS === null || gflopPerS === null) return [];
      const ridge = Math.min(Math.max(gflopPerS / gbPerS, least), most);
      return [least, ridge, most].map((x) => ({
        backend,
        flopPerByte: x,
        gflopPerS: Math.min(gflopPerS, gbPerS * x),
      }));
    },
  );
  const x = { field: 'flopPerByte', type: 'quantitative', scale: { type: 'log' }, title: 'flop per byte' } as const;
  const y = { field: 'gflopPerS', type: 'quantitative', scale: { type: 'log' }, title: 'Gflop/s' } as const;
  const color = { field: 'backend', type: 'nominal' } as const;
  return {
    width: WIDTH,
    height: HEIGHT,
    background: 'white',
    title: 'Roofline: kernels under the measured peaks of their backend',
    layer: [
      { data: { values: roofs }, mark: { type: 'line' }, encoding: { x, y, color } },
      { data: { values: points }, mark: { type: 'point', filled: true, size: 40 }, encoding: { x, y, color } },
      {
        data: { values: points },
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 8 },
        encoding: { x, y, color, text: { field: 'kernel' } },
      },
    ],
  };
}

/** Bytes a second over the bytes of the case, a line for each kernel with several sizes, a panel for each backend. */
function scalingSpec(records: readonly BenchRecord[]): TopLevelSpec {
  const values = records.map((record) => ({
    backend: adapterLabel(record.adapter),
    // Cases that differ in nothing but their size lie on one line.
    series: `${record.kernel}:${record.case.replace(/(size|count|targetSize|words)=[^;]*;?/g, '')}`.replace(
      /[:;]$/,
      '',
    ),
    mib: (record.readBytes + record.writeBytes) / 2 ** 20,
    gbPerS: record.gbPerS,
  }));
  const sizes = new Map<string, Set<number>>();
  for (const { series, mib } of values) sizes.set(series, (sizes.get(series) ?? new Set()).add(mib));
  return {
    background: 'white',
    title: 'Scaling: bandwidth over the bytes a case must move',
    data: { values: values.filter(({ series }) => (sizes.get(series)?.size ?? 0) > 1) },
    facet: { field: 'backend', type: 'nominal', title: null },
    columns: 1,
    spec: {
      width: WIDTH,
      height: HEIGHT / 2,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'mib', type: 'quantitative', scale: { type: 'log' }, title: 'MiB read and written' },
        y: { field: 'gbPerS', type: 'quantitative', scale: { type: 'log' }, title: 'GB/s' },
        color: {
          field: 'series',
          type: 'nominal',
          legend: { columns: 2, labelLimit: 260, symbolLimit: 0 },
          title: null,
        },
      },
    },
  };
}

function largestOfEach(records: readonly BenchRecord[]): BenchRecord[] {
  const largest = new Map<string, BenchRecord>();
  for (const record of records) {
    const key = `${adapterLabel(record.adapter)} ${record.kernel}`;
    const known = largest.get(key);
    if (known === undefined || known.readBytes + known.writeBytes < record.readBytes + record.writeBytes)
      largest.set(key, record);
  }
  return [...largest.values()];
}
