import { type Affine } from '@efface/volume';

/**
 * Text of an ITK transform file (`.tfm`) of an affine map of fixed to moving points, LPS mm: what ITK, ANTs, SimpleITK and 3D
 * Slicer read. ITK's transforms go the same way, from the grid that is filled to the image that is sampled, and have the
 * linear part row by row, then the shift; the centre is 0.
 */
export function itkAffineText(movingOfFixed: Affine): string {
  const m = movingOfFixed;
  const parameters = [m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10], m[3], m[7], m[11]];
  return [
    '#Insight Transform File V1.0',
    '#Transform 0',
    'Transform: AffineTransform_double_3_3',
    `Parameters: ${parameters.join(' ')}`,
    'FixedParameters: 0 0 0',
    '',
  ].join('\n');
}
