/** What a voxel is made of; the labels of the truth map. */
export const TISSUES = [
  'air', 'skin', 'fat', 'muscle', 'corticalBone', 'spongyBone', 'tooth', 'airway', 'csf', 'greyMatter', 'whiteMatter',
  'ventricle', 'deepGrey', 'cerebellum', 'brainstem', 'spinalCord', 'sclera', 'vitreous', 'lens', 'opticNerve',
  'chiasm', 'parotid', 'submandibularGland', 'tongue', 'mucosa', 'cartilage', 'disc', 'tumour', 'device',
] as const; // prettier-ignore

/** Name of a tissue. */
export type Tissue = (typeof TISSUES)[number];

/** Tissue to its value in the label map. */
export const LABELS = Object.fromEntries(TISSUES.map((name, index) => [name, index])) as {
  readonly [name in Tissue]: number;
};

/** What can be imaged. */
export const CONTRASTS = ['ct', 't1', 't2', 'flair', 'pd', 'pet'] as const;

/** Name of a contrast. */
export type Contrast = (typeof CONTRASTS)[number];

/*
 * CT in HU at 120 kV (attenuations of ICRU 44 tissues rounded to what head protocols show); MR in arbitrary units on a
 * scale of 1000, ratios as 1.5 T spin echo shows them (T1 as MPRAGE); PET in Bq/ml of FDG, 1000 per unit of SUV.
 */
const TABLE: { readonly [name in Tissue]: readonly [number, number, number, number, number, number] } = {
  //                  CT     T1    T2  FLAIR    PD    PET
  air:             [-1000,    0,    0,    0,    0,     0],
  skin:            [   20,  420,  260,  330,  520,   400],
  fat:             [ -100,  900,  620,  640,  820,   250],
  muscle:          [   55,  380,  190,  290,  560,   700],
  corticalBone:    [ 1200,   60,   40,   45,   90,   250],
  spongyBone:      [  420,  560,  330,  380,  500,  1000],
  tooth:           [ 2000,   30,   15,   20,   40,   150],
  airway:          [-1000,    0,    0,    0,    0,     0],
  csf:             [    8,  140, 1000,   90,  700,   500],
  greyMatter:      [   38,  480,  560,  600,  800,  9000],
  whiteMatter:     [   30,  680,  410,  450,  660,  3000],
  ventricle:       [    6,  120, 1000,   80,  690,   400],
  deepGrey:        [   40,  560,  480,  530,  740, 10000],
  cerebellum:      [   37,  540,  530,  560,  770,  7500],
  brainstem:       [   32,  640,  440,  480,  690,  4500],
  spinalCord:      [   33,  620,  430,  470,  680,  2500],
  sclera:          [   60,  260,  220,  280,  480,   600],
  vitreous:        [    5,  160,  960,  120,  690,   300],
  lens:            [   90,  340,  120,  200,  420,   200],
  opticNerve:      [   34,  600,  430,  470,  660,  2200],
  chiasm:          [   35,  610,  435,  475,  665,  3200],
  parotid:         [   10,  640,  520,  540,  700,  1800],
  submandibularGland: [35,  520,  480,  510,  680,  1900],
  tongue:          [   50,  440,  250,  340,  580,  1500],
  mucosa:          [   45,  410,  640,  600,  720,  1200],
  cartilage:       [   90,  450,  240,  300,  520,   350],
  disc:            [   85,  350,  420,  330,  520,   300],
  tumour:          [   62,  390,  600,  610,  700, 12000],
  device:          [ -250,    0,    0,    0,    0,     0],
}; // prettier-ignore

/** Value of a pure voxel of every tissue in one contrast, indexed by label: HU, arbitrary or Bq/ml. */
export function tissueValues(contrast: Contrast): Float64Array {
  const column = CONTRASTS.indexOf(contrast);
  return Float64Array.from(TISSUES, (name) => TABLE[name][column]);
}
