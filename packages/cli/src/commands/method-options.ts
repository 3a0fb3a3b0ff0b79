import { type Method, type MethodName, QUICKSHEAR_DEFAULTS } from '@efface/deface';
import { UsageError } from '../options.ts';

/** What the command line says about the method. */
export interface MethodOptions {
  readonly method: MethodName;
  readonly rule: 'robust' | 'published';
  readonly bufferMm?: number;
  readonly bufferVoxels?: number;
  readonly keepOutMm?: number;
  readonly ears?: 'on' | 'off';
  readonly brainMask?: string;
  readonly seed: number;
}

/** Fills in defaults. Throws UsageError for an option that the chosen method or rule would silently ignore. */
export function methodOf({ method, rule, bufferMm, bufferVoxels, keepOutMm, ears }: MethodOptions): Method {
  if (rule === 'robust' && bufferVoxels !== undefined)
    throw new UsageError('--buffer-voxels belongs to --rule published; the robust rule takes --buffer-mm');
  if (rule === 'published' && bufferMm !== undefined)
    throw new UsageError('--buffer-mm belongs to --rule robust; the published rule takes --buffer-voxels');
  if (rule === 'published' && ears === 'on')
    throw new UsageError('--ears on belongs to --rule robust; the published rule leaves ears');
  return {
    method,
    rule,
    bufferMm: bufferMm ?? QUICKSHEAR_DEFAULTS.bufferMm,
    bufferVoxels: bufferVoxels ?? QUICKSHEAR_DEFAULTS.bufferVoxels,
    keepOutMm: keepOutMm ?? QUICKSHEAR_DEFAULTS.keepOutMm[rule],
    ears: ears === 'on',
  };
}
