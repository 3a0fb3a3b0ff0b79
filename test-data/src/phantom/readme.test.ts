import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FACE_PARAMETER_NAMES, FACE_PARAMETERS, faceParameterRange } from './face-shape.ts';

const README = join(import.meta.dirname, '..', '..', 'README.md');

function round(value: number): string {
  return String(Number(value.toFixed(2)));
}

it('the table of measures in the README is the one of the code', () => {
  const rows = FACE_PARAMETER_NAMES.map((name) => {
    const { mean, sd, unit, doc } = FACE_PARAMETERS[name];
    const [low, high] = faceParameterRange(name);
    return `| ${name} | ${unit} | ${round(mean)} | ${round(sd)} | ${round(low)} to ${round(high)} | ${doc} |`;
  });
  const table = ['| measure | unit | mean | sd | range | what |', '|---|---|---|---|---|---|', ...rows].join('\n');
  expect(readFileSync(README, 'utf8')).toContain(table);
});
