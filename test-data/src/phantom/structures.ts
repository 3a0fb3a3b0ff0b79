import { type Affine, createMask, type Grid, type Mask } from '@efface/volume';
import { REGION } from './head-model.ts';
import { LABELS, type Tissue } from './tissues.ts';

/** A contoured structure under its usual name. */
export interface Structure {
  readonly name: StructureName;
  readonly mask: Mask;
}

/** What a structure is made of: tissues, regions, and the side (+1 left, −1 right, 0 both). */
interface Definition {
  readonly tissues?: readonly Tissue[];
  readonly region?: number;
  readonly side?: 1 | -1;
}

/** Mandible and neck bones share tissues; bits of the second map tell them apart. */
const DEFINITIONS = {
  BODY: { region: REGION.body },
  Brain: { tissues: ['greyMatter', 'whiteMatter', 'ventricle', 'deepGrey', 'cerebellum', 'brainstem', 'chiasm'] },
  Brainstem: { tissues: ['brainstem'] },
  Bone_Mandible: { region: REGION.mandible },
  Target: { region: REGION.target },
  Cavity_Oral: { region: REGION.oralCavity },
  OpticChiasm: { tissues: ['chiasm'] },
  Eye_L: { tissues: ['sclera', 'vitreous', 'lens'], side: 1 },
  Eye_R: { tissues: ['sclera', 'vitreous', 'lens'], side: -1 },
  OpticNrv_L: { tissues: ['opticNerve'], side: 1 },
  OpticNrv_R: { tissues: ['opticNerve'], side: -1 },
  Parotid_L: { tissues: ['parotid'], side: 1 },
  Parotid_R: { tissues: ['parotid'], side: -1 },
} as const satisfies Record<string, Definition>;

/** Names of the structures, BODY first. */
export const STRUCTURE_NAMES = Object.keys(DEFINITIONS) as readonly StructureName[];

/** Name of a structure (AAPM TG-263 spelling). */
export type StructureName = keyof typeof DEFINITIONS;

/** Is a point of the head in a structure? Takes what the model says there: label, region bits and x (left positive). */
export type StructureTest = (label: number, regions: number, xHead: number) => boolean;

/** The test of one structure. */
export function structureTest(name: StructureName): StructureTest {
  const { tissues, region = 0, side }: Definition = DEFINITIONS[name];
  const isTissue = new Uint8Array(256);
  for (const tissue of tissues ?? []) isTissue[LABELS[tissue]] = 1;
  return (label, regions, xHead) =>
    (isTissue[label] === 1 || (regions & region) !== 0) && (side === undefined || xHead * side > 0);
}

/** Masks of all structures from the label and region maps; `ijkToHead` tells left from right. */
export function structuresOfRegions(
  grid: Grid,
  ijkToHead: Affine,
  labels: Uint8Array,
  regions: Uint8Array,
  body: Mask,
): readonly Structure[] {
  const names = STRUCTURE_NAMES.filter((name) => name !== 'BODY');
  const masks = names.map(() => createMask(grid.sizeIjk));
  const tests = names.map(structureTest);
  // Bits of the structures that a label and regions belong to, right of the midline, on it and to the left.
  const members = new Uint16Array(3 * 2 ** 16);
  for (const side of [-1, 0, 1])
    for (let region = 0; region < 256; region++)
      for (let label = 0; label < 256; label++)
        tests.forEach((has, n) => {
          if (has(label, region, side)) members[((side + 1) << 16) + (region << 8) + label] |= 1 << n;
        });
  const [ni, nj, nk] = grid.sizeIjk;
  const { wordsPerRow } = masks[0];
  let v = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const base = (k * nj + j) * wordsPerRow;
      const x0 = ijkToHead[1] * j + ijkToHead[2] * k + ijkToHead[3];
      for (let i = 0; i < ni; i++, v++) {
        const side = Math.sign(x0 + ijkToHead[0] * i) + 1;
        for (let bits = members[(side << 16) + (regions[v] << 8) + labels[v]]; bits !== 0; bits &= bits - 1)
          masks[31 - Math.clz32(bits & -bits)].words[base + (i >>> 5)] |= 1 << (i & 31);
      }
    }
  return STRUCTURE_NAMES.map((name) => ({ name, mask: name === 'BODY' ? body : masks[names.indexOf(name)] }));
}
