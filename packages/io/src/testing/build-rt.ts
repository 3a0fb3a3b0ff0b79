import { buildDicom, type BuiltElement, type BuiltItem, type DicomRecipe } from './build-dicom.ts';

/** Radiotherapy objects for tests, in the fields of PS3.3 annexes A.18 and A.19 that readers look at. */

const FRAME = '1.2.3.4.9';

const item = (...elements: readonly BuiltElement[]): BuiltItem => ({ elements });

function object(
  sopClass: string,
  modality: string,
  elements: readonly BuiltElement[],
  coding: DicomRecipe['coding'],
): Buffer {
  const common: readonly BuiltElement[] = [
    ['00080016', 'UI', sopClass],
    ['00080018', 'UI', '1.2.3.4.7.1'],
    ['00080060', 'CS', modality],
    ['0020000D', 'UI', '1.2.3.4.5'],
    ['0020000E', 'UI', '1.2.3.4.7'],
    ['00200052', 'UI', FRAME],
  ];
  return buildDicom({ elements: [...common, ...elements], ...(coding === undefined ? {} : { coding }) });
}

/** One region of a built structure set. */
export interface BuiltRegion {
  readonly number: number;
  readonly name: string;
  readonly interpretedType?: string;
  readonly frameOfReferenceUid?: string;
  /** Contour Data as numbers, or as the text that the file has. */
  readonly contours: readonly { readonly type?: string; readonly points: readonly number[] | string }[];
}

/** An RT Structure Set. `elements` are added or replace what the regions made; `without` are tags that it lacks. */
export function buildStructureSet(
  regions: readonly BuiltRegion[],
  {
    elements = [],
    without = [],
    coding,
  }: {
    readonly elements?: readonly BuiltElement[];
    readonly without?: readonly string[];
    readonly coding?: DicomRecipe['coding'];
  } = {},
): Buffer {
  // Explicit VRs of text have 16-bit lengths, which contours outgrow; 'UN' is how PS3.5 section 6.2.2 writes them then.
  const data = (points: readonly number[] | string): BuiltElement => {
    const text = typeof points === 'string' ? points : points.join('\\');
    if (text.length < 65_534 || coding === 'implicit') return ['30060050', 'DS', text];
    return ['30060050', 'UN', Buffer.from(text.padEnd(text.length + (text.length % 2)), 'latin1')];
  };
  const contour = ({ type = 'CLOSED_PLANAR', points }: BuiltRegion['contours'][number]): BuiltItem =>
    item(
      ['30060042', 'CS', type],
      ['30060046', 'IS', String(typeof points === 'string' ? 1 : points.length / 3)],
      data(points),
    );
  const own: readonly BuiltElement[] = [
    [
      '30060020',
      'SQ',
      regions.map(({ number, name, frameOfReferenceUid = FRAME }) =>
        item(['30060022', 'IS', String(number)], ['30060024', 'UI', frameOfReferenceUid], ['30060026', 'LO', name]),
      ),
    ],
    [
      '30060039',
      'SQ',
      regions.map(({ number, contours }) =>
        item(['30060040', 'SQ', contours.map(contour)], ['30060084', 'IS', String(number)]),
      ),
    ],
    [
      '30060080',
      'SQ',
      regions.map(({ number, interpretedType = '' }, n) =>
        item(
          ['30060082', 'IS', String(n + 1)],
          ['30060084', 'IS', String(number)],
          ['300600A4', 'CS', interpretedType],
        ),
      ),
    ],
  ];
  const kept = [...own, ...elements].filter(([tag]) => !without.includes(tag));
  return object('1.2.840.10008.5.1.4.1.1.481.3', 'RTSTRUCT', kept, coding);
}

/** What a built dose is made of. */
export interface DoseRecipe {
  readonly columns: number;
  readonly rows: number;
  /** Stored values, column index fastest; the type gives bits and sign. */
  readonly stored: Uint16Array | Int16Array | Uint32Array | Int32Array;
  readonly scaling: number;
  readonly offsetsMm: readonly number[];
  readonly positionLps: readonly number[];
  readonly cosines?: readonly number[];
  /** Between rows, between columns, mm. */
  readonly spacingMm: readonly [number, number];
  readonly elements?: readonly BuiltElement[];
  readonly coding?: DicomRecipe['coding'];
}

/** An RT Dose. */
export function buildDose(recipe: DoseRecipe): Buffer {
  const { columns, rows, stored, offsetsMm, coding } = recipe;
  const bits = 8 * stored.BYTES_PER_ELEMENT;
  const isSigned = stored instanceof Int16Array || stored instanceof Int32Array;
  const pixels = Buffer.from(stored.slice().buffer);
  if (coding === 'bigEndian') pixels.swap16();
  return object(
    '1.2.840.10008.5.1.4.1.1.481.2',
    'RTDOSE',
    [
      ['00200032', 'DS', recipe.positionLps.join('\\')],
      ['00200037', 'DS', (recipe.cosines ?? [1, 0, 0, 0, 1, 0]).join('\\')],
      ['00280002', 'US', [1]],
      ['00280004', 'CS', 'MONOCHROME2'],
      ['00280008', 'IS', String(stored.length / (columns * rows))],
      ['00280009', 'AT', [0x3004, 0x000c]],
      ['00280010', 'US', [rows]],
      ['00280011', 'US', [columns]],
      ['00280030', 'DS', recipe.spacingMm.join('\\')],
      ['00280100', 'US', [bits]],
      ['00280101', 'US', [bits]],
      ['00280102', 'US', [bits - 1]],
      ['00280103', 'US', [isSigned ? 1 : 0]],
      ['30040002', 'CS', 'GY'],
      ['30040004', 'CS', 'PHYSICAL'],
      ['3004000A', 'CS', 'PLAN'],
      ['3004000C', 'DS', offsetsMm.join('\\')],
      ['3004000E', 'DS', String(recipe.scaling)],
      ['7FE00010', 'OW', pixels],
      ...(recipe.elements ?? []),
    ],
    coding,
  );
}
