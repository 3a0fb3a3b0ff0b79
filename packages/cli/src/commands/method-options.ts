import { type CaseOptions, readTemplate, shippedTemplatePath, type Way } from '@efface/cohort';
import {
  BIOMETRIC_MASK_DEFAULTS,
  DEPTH_MASK_DEFAULTS,
  type Method,
  type MethodName,
  METHODS,
  MINIMAL_DEFAULTS,
  QUICKSHEAR_DEFAULTS,
  REFACE_DEFAULTS,
} from '@efface/deface';
import { UsageError } from '../options.ts';

/** What the command line says about the method. */
export interface MethodOptions {
  readonly method: MethodName | 'auto';
  readonly rule?: 'robust' | 'full' | 'published';
  readonly bufferMm?: number;
  readonly bufferVoxels?: number;
  readonly coverMm?: number;
  readonly featherMm?: number;
  readonly matchNoise?: 'on' | 'off';
  readonly keepOutMm?: number;
  readonly ears?: 'on' | 'off';
  readonly template?: string;
  readonly brainMask?: string;
  readonly protect?: string;
  readonly structures?: string;
  readonly seed: number;
}

/** Which options belong to which method beside those of all. */
const OWN_OPTIONS = {
  rule: ['quickshear', 'biometric-mask'],
  bufferMm: ['quickshear'],
  bufferVoxels: ['quickshear'],
  coverMm: ['depth-mask'],
  featherMm: ['reface'],
  matchNoise: ['reface'],
  template: (Object.keys(METHODS) as MethodName[]).filter((name) => METHODS[name].needsTemplate),
} as const satisfies Partial<Record<keyof MethodOptions, readonly MethodName[]>>;

/** How an option is written. */
const FLAGS: Readonly<Record<keyof typeof OWN_OPTIONS, string>> = {
  rule: '--rule',
  bufferMm: '--buffer-mm',
  bufferVoxels: '--buffer-voxels',
  coverMm: '--cover-mm',
  featherMm: '--feather-mm',
  matchNoise: '--match-noise',
  template: '--template',
};

/**
 * The method to use, and with `auto` those to try after it. Throws UsageError for an option that the chosen method or rule
 * would silently ignore.
 */
export function methodsOf(options: MethodOptions): Pick<CaseOptions, 'method' | 'otherwise'> {
  const { method } = options;
  for (const name of Object.keys(OWN_OPTIONS) as (keyof typeof OWN_OPTIONS)[]) {
    const methods: readonly string[] = OWN_OPTIONS[name];
    const isUsed = methods.includes(method) || (method === 'auto' && name === 'template');
    if (options[name] !== undefined && !isUsed)
      throw new UsageError(`${FLAGS[name]} belongs to --method ${methods.join(' or ')}, not to ${method}`);
  }
  if (method !== 'auto') return { method: methodOf(method, options) };
  const [first, ...otherwise] = (Object.keys(METHODS) as MethodName[]).map((name) => methodOf(name, options));
  return { method: first, otherwise };
}

/**
 * The ways of a cohort: every method of a list, with the options that are its own. Throws UsageError for an unknown name, and for
 * an option that belongs to none of them.
 */
export function waysOf(list: string, options: Omit<MethodOptions, 'method'>): Way[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== '');
  const known = [...Object.keys(METHODS), 'auto'];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0)
    throw new UsageError(`--methods ${list}: expected ${known.join(', ')}, separated by commas`);
  const isUsedBy = (name: string, option: keyof typeof OWN_OPTIONS): boolean =>
    (OWN_OPTIONS[option] as readonly string[]).includes(name) || (name === 'auto' && option === 'template');
  for (const option of Object.keys(OWN_OPTIONS) as (keyof typeof OWN_OPTIONS)[])
    if (options[option] !== undefined && !names.some((name) => isUsedBy(name, option)))
      throw new UsageError(
        `${FLAGS[option]} belongs to ${OWN_OPTIONS[option].join(' or ')}, and none of them is asked for`,
      );
  return names.map((name) => {
    const own = Object.entries(options).filter(([option]) => !(option in OWN_OPTIONS) || isUsedBy(name, option as keyof typeof OWN_OPTIONS)); // prettier-ignore
    return {
      name,
      ...methodsOf({ ...(Object.fromEntries(own) as unknown as MethodOptions), method: name as MethodName }),
    };
  });
}

/** A method with its defaults filled in. */
function methodOf(method: MethodName, options: MethodOptions): Method {
  const { keepOutMm } = options;
  switch (method) {
    case 'quickshear':
      return quickshearOf(options);
    case 'biometric-mask': {
      const { rule = 'full', ears } = options;
      if (rule === 'robust') throw new UsageError('--rule of biometric-mask is full or published');
      if (rule === 'published' && ears === 'off')
        throw new UsageError('--ears off belongs to --rule full; the published rule removes ears');
      return {
        method,
        rule,
        keepOutMm: keepOutMm ?? BIOMETRIC_MASK_DEFAULTS.keepOutMm,
        ears: ears === undefined ? BIOMETRIC_MASK_DEFAULTS.ears : ears === 'on',
      };
    }
    case 'depth-mask':
      return {
        method,
        ...DEPTH_MASK_DEFAULTS,
        coverMm: options.coverMm ?? DEPTH_MASK_DEFAULTS.coverMm,
        keepOutMm: keepOutMm ?? DEPTH_MASK_DEFAULTS.keepOutMm,
        ears: options.ears === undefined ? DEPTH_MASK_DEFAULTS.ears : options.ears === 'on',
        seed: options.seed,
      };
    case 'minimal':
      return {
        method,
        ...MINIMAL_DEFAULTS,
        keepOutMm: keepOutMm ?? MINIMAL_DEFAULTS.keepOutMm,
        ears: options.ears === undefined ? MINIMAL_DEFAULTS.ears : options.ears === 'on',
        seed: options.seed,
      };
    case 'reface':
      return {
        method,
        featherMm: options.featherMm ?? REFACE_DEFAULTS.featherMm,
        matchNoise: options.matchNoise === undefined ? REFACE_DEFAULTS.matchNoise : options.matchNoise === 'on',
        keepOutMm: keepOutMm ?? REFACE_DEFAULTS.keepOutMm,
        ears: options.ears === undefined ? REFACE_DEFAULTS.ears : options.ears === 'on',
        seed: options.seed,
      };
  }
}

function quickshearOf({ rule = 'robust', bufferMm, bufferVoxels, keepOutMm, ears }: MethodOptions): Method {
  if (rule === 'full') throw new UsageError('--rule of quickshear is robust or published');
  if (rule === 'robust' && bufferVoxels !== undefined)
    throw new UsageError('--buffer-voxels belongs to --rule published; the robust rule takes --buffer-mm');
  if (rule === 'published' && bufferMm !== undefined)
    throw new UsageError('--buffer-mm belongs to --rule robust; the published rule takes --buffer-voxels');
  if (rule === 'published' && ears === 'on')
    throw new UsageError('--ears on belongs to --rule robust; the published rule leaves ears');
  return {
    method: 'quickshear',
    rule,
    bufferMm: bufferMm ?? QUICKSHEAR_DEFAULTS.bufferMm,
    bufferVoxels: bufferVoxels ?? QUICKSHEAR_DEFAULTS.bufferVoxels,
    keepOutMm: keepOutMm ?? QUICKSHEAR_DEFAULTS.keepOutMm[rule],
    ears: ears === 'on',
  };
}

/** The template that the method may need: that of `--template`, else the one that comes with efface. */
export async function templateOf({ method, template }: MethodOptions): Promise<Pick<CaseOptions, 'template'>> {
  if (method !== 'auto' && !METHODS[method].needsTemplate) return {};
  return { template: await readTemplate(template ?? shippedTemplatePath()) };
}

/** What `--protect` names and where `--structures` says it is. */
export function protectionOf({
  protect,
  structures,
}: Pick<MethodOptions, 'protect' | 'structures'>): Pick<CaseOptions, 'protection'> {
  if (protect === undefined) {
    if (structures !== undefined) throw new UsageError('--structures goes with --protect: which of them are to stay?');
    return {};
  }
  const names = [...new Set(protect.split(',').map((name) => name.trim()))].filter((name) => name !== '');
  if (names.length === 0) throw new UsageError('--protect names no structure');
  return { protection: { names, ...(structures === undefined ? {} : { structuresPath: structures }) } };
}
