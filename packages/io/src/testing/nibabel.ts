import { spawnSync } from 'node:child_process';

/** What nibabel reads of a file: RAS affine, size, header fields and every stored value. */
export interface NibabelFacts {
  readonly kind: string;
  readonly shape: readonly number[];
  readonly affineRas: readonly (readonly number[])[];
  readonly qform: readonly (readonly number[])[];
  readonly codes: readonly [number, number];
  readonly slope: number;
  readonly intercept: number;
  readonly dtype: string;
  /** Stored values, i fastest; 64-bit integers as text. */
  readonly stored: readonly (number | string)[];
  /** Scaled values, i fastest. */
  readonly real: readonly number[];
  readonly extensionCodes: readonly number[];
}

const SCRIPT = `
import json, sys, numpy, nibabel
out = []
for path in sys.argv[1:]:
    image = nibabel.load(path)
    h = image.header
    raw = numpy.asarray(image.dataobj.get_unscaled()).ravel(order='F')
    real = numpy.asarray(image.dataobj).astype('f8').ravel(order='F')
    slope, inter = float(image.dataobj.slope), float(image.dataobj.inter)
    big = raw.dtype.kind in 'iu' and raw.dtype.itemsize == 8
    out.append(dict(
        kind=type(image).__name__, shape=image.shape, affineRas=image.affine.tolist(),
        qform=h.get_qform().tolist(), codes=[int(h['sform_code']), int(h['qform_code'])],
        slope=slope, intercept=inter, dtype=raw.dtype.newbyteorder('=').str[1:],
        stored=[str(v) for v in raw] if big else raw.tolist(), real=real.tolist(),
        extensionCodes=[int(e.get_code()) for e in h.extensions]))
print(json.dumps(out))
`;

/** Is there a python3 with nibabel? */
export function hasNibabel(): boolean {
  return spawnSync('python3', ['-c', 'import nibabel, numpy']).status === 0;
}

/** Opens the files with nibabel. Values must be finite (JSON has no others). */
export function readWithNibabel(paths: readonly string[]): NibabelFacts[] {
  const run = spawnSync('python3', ['-c', SCRIPT, ...paths], { encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (run.status !== 0) throw new Error(`nibabel: ${run.stderr}`);
  return JSON.parse(run.stdout) as NibabelFacts[];
}
