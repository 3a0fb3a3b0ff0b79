import { PYRADIOMICS_FIRST_ORDER_NAMES } from '@efface/kernels';
import { readNrrd } from '@efface/io';
import { sharedPath } from '@efface/test-data';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FirstOrderExtractor } from './first-order-extractor.ts';
import { parseParameters } from './settings.ts';

// github.com/AIM-Harvard/pyradiomics @ 8ed5793, data/baseline/baseline_firstorder.csv; StandardDeviation is not in it.
const data = sharedPath('oracles/pyradiomics/data');

/** The settings of each column as a parameter file says them (row diagnostics_Configuration_Settings). */
const VARIANTS: Readonly<Record<string, string>> = {
  '': 'setting: { binWidth: 25, voxelArrayShift: 2000, minimumROIDimensions: 1 }',
  _normalization: 'setting: { normalize: true, normalizeScale: 100, binWidth: 5 }',
  _resampling: 'setting:\n  resampledPixelSpacing: [2, 2, 2]\n  interpolator: sitkBSpline\n  padDistance: 5',
  _resegmentation: '{"setting": {"resegmentRange": [-3, 3], "resegmentMode": "sigma"}}',
};

function baseline(column: string): Map<string, number> {
  const lines = readFileSync(join(data ?? '', 'baseline/baseline_firstorder.csv'), 'utf8')
    .trim()
    .split(/\r?\n/);
  const at = lines[0].split(',').indexOf(column);
  const rows = lines.filter((line) => line.startsWith('original_firstorder_')).map((line) => line.split(','));
  return new Map(rows.map((row) => [row[0].replace('original_firstorder_', ''), Number(row[at])]));
}

describe.skipIf(data === undefined)(
  `PyRadiomics' baseline${data === undefined ? ' (skipped: no ../shared)' : ''}`,
  () => {
    describe.each(['brain1', 'breast1'])('%s', (name) => {
      it.each(Object.keys(VARIANTS))('%s: every value to 1e-9', async (variant) => {
        const image = await readNrrd(join(data ?? '', `${name}_image.nrrd`));
        const label = await readNrrd(join(data ?? '', `${name}_label.nrrd`));
        const { settings } = parseParameters(VARIANTS[variant], 'parameters');
        const mask = { grid: label.grid, labels: label.voxels as ArrayLike<number> };
        const { features, voxelCount } = new FirstOrderExtractor(image, settings).featuresOf(mask);
        const expected = baseline(`${name}${variant}`);
        expect(expected.size).toBe(18);
        for (const [feature, pyradiomics] of Object.entries(PYRADIOMICS_FIRST_ORDER_NAMES)) {
          const value = expected.get(pyradiomics);
          if (value === undefined) expect(pyradiomics).toBe('StandardDeviation');
          else {
            const own = features[feature as keyof typeof features];
            expect(Math.abs(own - value) / Math.abs(value), pyradiomics).toBeLessThan(1e-9);
          }
        }
        if (variant === '_resampling') expect(voxelCount).toBe(name === 'brain1' ? 1915 : 23);
      });
    });
  },
);
