import { buildDicom, type BuiltElement, type BuiltItem, type DicomRecipe } from './build-dicom.ts';

/** Segmentations for tests, in the fields of PS3.3 section C.8.20 that readers look at. */

/** One frame of a built segmentation. */
export interface BuiltFrame {
  /** Absent in a label map. */
  readonly segment?: number;
  readonly positionLps: readonly number[];
  /** Pixels, columns fastest. */
  readonly pixels: readonly number[];
  /** Functional groups of this frame besides its segment and its position. */
  readonly groups?: readonly BuiltElement[];
}

/** What a built segmentation is made of. */
export interface SegmentationRecipe {
  readonly kind: 'BINARY' | 'FRACTIONAL' | 'LABELMAP';
  readonly columns: number;
  readonly rows: number;
  readonly bits?: 1 | 8 | 16;
  /** Segment numbers and labels. */
  readonly segments: readonly (readonly [number, string])[];
  readonly frames: readonly BuiltFrame[];
  readonly cosines?: readonly number[];
  /** Spacing Between Slices, mm; absent when not given. */
  readonly betweenMm?: number;
  readonly elements?: readonly BuiltElement[];
  readonly without?: readonly string[];
  readonly coding?: DicomRecipe['coding'];
  readonly pixelVr?: 'OB' | 'OW';
}

const item = (...elements: readonly BuiltElement[]): BuiltItem => ({ elements });

/** A segmentation with pixels of 3 mm (rows) × 2 mm (columns), 4 mm thick. */
export function buildSegmentation(recipe: SegmentationRecipe): Buffer {
  const { kind, columns, rows, segments, frames, betweenMm, coding } = recipe;
  const bits = recipe.bits ?? (kind === 'BINARY' ? 1 : 8);
  const measures: BuiltElement[] = [
    ['00180050', 'DS', '4'],
    ['00280030', 'DS', '3\\2'],
  ];
  if (betweenMm !== undefined) measures.push(['00180088', 'DS', String(betweenMm)]);
  const shared = item(
    ['00209116', 'SQ', [item(['00200037', 'DS', (recipe.cosines ?? [1, 0, 0, 0, 1, 0]).join('\\')])]],
    ['00289110', 'SQ', [item(...measures.sort(([a], [b]) => (a < b ? -1 : 1)))]],
  );
  const perFrame = frames.map(({ segment, positionLps, groups = [] }) => {
    const own: BuiltElement[] = [['00209113', 'SQ', [item(['00200032', 'DS', positionLps.join('\\')])]], ...groups];
    if (segment !== undefined) own.push(['0062000A', 'SQ', [item(['0062000B', 'US', [segment]])]]);
    return item(...own);
  });
  const elements: BuiltElement[] = [
    ['00080016', 'UI', `1.2.840.10008.5.1.4.1.1.66.${kind === 'LABELMAP' ? 7 : 4}`],
    ['00080018', 'UI', '1.2.3.4.8.1'],
    ['00080060', 'CS', 'SEG'],
    ['00200052', 'UI', '1.2.3.4.9'],
    ['00280008', 'IS', String(frames.length)],
    ['00280010', 'US', [rows]],
    ['00280011', 'US', [columns]],
    ['00280100', 'US', [bits]],
    ['00280101', 'US', [bits]],
    ['00280102', 'US', [bits - 1]],
    ['00620001', 'CS', kind],
    [
      '00620002',
      'SQ',
      segments.map(([number, label]) => item(['00620004', 'US', [number]], ['00620005', 'LO', label])),
    ],
    ['52009229', 'SQ', [shared]],
    ['52009230', 'SQ', perFrame],
    [
      '7FE00010',
      recipe.pixelVr ?? 'OB',
      packed(
        frames.flatMap(({ pixels }) => pixels),
        bits,
        recipe,
      ),
    ],
    ...(kind === 'FRACTIONAL' ? ([['0062000E', 'US', [200]]] as const) : []),
    ...(recipe.elements ?? []),
  ];
  const kept = elements.filter(([tag]) => !recipe.without?.includes(tag));
  return buildDicom({ elements: kept, ...(coding === undefined ? {} : { coding }) });
}

/** Pixels as PS3.5 section 8.1.1 packs them: bit after bit from the lowest of each byte on, or whole values. */
function packed(pixels: readonly number[], bits: number, { coding, pixelVr }: SegmentationRecipe): Uint8Array {
  const bytes = Buffer.alloc(2 * Math.ceil((pixels.length * bits) / 16));
  pixels.forEach((value, n) => {
    if (bits === 1) bytes[n >> 3] |= value << (n & 7);
    else if (bits === 8) bytes[n] = value;
    else bytes.writeUInt16LE(value, 2 * n);
  });
  if (coding === 'bigEndian' && pixelVr === 'OW') bytes.swap16();
  return bytes;
}
