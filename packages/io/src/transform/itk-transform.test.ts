import { expect, it } from 'vitest';
import { itkAffineText } from './itk-transform.ts';

it('writes the linear part row by row, then the shift, around 0', () => {
  expect(itkAffineText([1, 2, 3, 10, 4, 5, 6, 20, 7, 8, 9.5, -30])).toBe(
    '#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n' +
      'Parameters: 1 2 3 4 5 6 7 8 9.5 10 20 -30\nFixedParameters: 0 0 0\n',
  );
});
