import { describe, expect, it } from 'vitest';
import { drawsSurface } from './companion.ts';

describe('regions that draw the surface', () => {
  it.each([
    'BODY', 'External', 'skin', 'Skin_5mm', 'Outer Contour', 'Outer_Contour', 'OuterContour', 'zBODY', 'z_External', 'CT_External',
    'Surface', 'Head', 'Face', 'Nose', 'Bolus 1', 'Mask', 'Patient Outline', 'body1',
  ])('%s', (name) => expect(drawsSurface({ name, interpretedType: '' })).toBe(true)); // prettier-ignore

  it.each([
    'Body_PTV', 'PTV70', 'MaskingVolume', 'Brain', 'Eye_L', 'Bone_Mandible', 'Vertebral body', 'Parotid_R', 'Facial nerve', '',
  ])('not %s', (name) => expect(drawsSurface({ name, interpretedType: 'ORGAN' })).toBe(false)); // prettier-ignore

  it('by what they are for, whatever their name', () => {
    for (const interpretedType of ['EXTERNAL', 'BOLUS', 'SUPPORT', 'FIXATION'])
      expect(drawsSurface({ name: 'ROI 1', interpretedType })).toBe(true);
  });
});
