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
  return STRUCTURE_NAMES.map((name) => {
    if (name === 'BODY') return { name, mask: body };
    const has = structureTest(name);
    const mask = createMask(grid.sizeIjk);
    const [ni, nj, nk] = grid.sizeIjk;
    let v = 0;
    for (let k = 0; k < nk; k++)
      for (let j = 0; j < nj; j++) {
        const base = (k * nj + j) * mask.wordsPerRow;
        const x0 = ijkToHead[1] * j + ijkToHead[2] * k + ijkToHead[3];
        for (let i = 0; i < ni; i++, v++) {
          if (!has(labels[v], regions[v], x0 + ijkToHead[0] * i)) continue;
          mask.words[base + (i >>> 5)] |= 1 << (i & 31);
        }
      }
    return { name, mask };
  });
}
