import type { DataSet } from '../data-set.ts';
import { tagName } from '../dictionary.ts';
import { DicomError } from '../errors.ts';
import { TAG } from '../tags.ts';

/**
 * What uptake is normalised by: body weight; lean body mass by James or by Janmahasatian; body surface area. `lbm` is
 * James with the 128 of the publication, not the 120 that some workstations have.
 */
export type SuvMeasure = 'bw' | 'lbm' | 'lbm-janma' | 'bsa';

/** Above, a height is in centimetres. */
const TALLEST_M = 3;

/** Nobody weighs more, and nobody less; a weight in grams or a 0 for "unknown" is outside. */
const WEIGHTS_KG = [0.2, 700] as const;

/**
 * Size of a body by a measure: g, or cm² of surface.
 *
 * - lbm: W. P. T. James, Research on Obesity, HMSO 1976: 1.10 W − 128 (W/H)² of men, 1.07 W − 148 (W/H)² of women, H in cm
 * - lbm-janma: S. Janmahasatian et al., Clin Pharmacokinet 44:1051 (2005): 9270 W / (6680 + 216 BMI), 9270 W / (8780 + 244 BMI)
 * - bsa: D. and E. F. Du Bois, Arch Intern Med 17:863 (1916): 0.007184 W^0.425 H^0.725 m², H in cm
 * @throws DicomError DICOM_NO_SUV when the header lacks weight, height or sex, where they are needed
 */
export function bodySizeOf(header: DataSet, measure: SuvMeasure): number {
  const weightKg = positive(header, TAG.patientWeight, "Patient's Weight");
  if (!(weightKg >= WEIGHTS_KG[0] && weightKg <= WEIGHTS_KG[1]))
    throw noSuv(header, `${tagName(TAG.patientWeight)} Patient's Weight is ${weightKg}; kilograms were expected`);
  if (measure === 'bw') return 1000 * weightKg;
  const heightM = positive(header, TAG.patientSize, "Patient's Size");
  if (heightM > TALLEST_M)
    throw noSuv(header, `${tagName(TAG.patientSize)} Patient's Size is ${heightM}; metres were expected`);
  const heightCm = 100 * heightM;
  if (measure === 'bsa') return 1e4 * 0.007184 * weightKg ** 0.425 * heightCm ** 0.725;
  const sex = header.text(TAG.patientSex);
  if (sex !== 'M' && sex !== 'F')
    throw noSuv(
      header,
      `${tagName(TAG.patientSex)} Patient's Sex is neither M nor F, and lean body mass depends on it`,
    );
  const leanKg = measure === 'lbm' ? jamesKg(weightKg, heightCm, sex) : janmaKg(weightKg, heightM, sex);
  if (!(leanKg > 0))
    throw noSuv(header, `the formula of James gives no lean body mass for this weight and height; use 'lbm-janma'`);
  return 1000 * leanKg;
}

function jamesKg(weightKg: number, heightCm: number, sex: 'M' | 'F'): number {
  const [linear, square] = sex === 'M' ? [1.1, 128] : [1.07, 148];
  return linear * weightKg - square * (weightKg / heightCm) ** 2;
}

function janmaKg(weightKg: number, heightM: number, sex: 'M' | 'F'): number {
  const bmi = weightKg / heightM ** 2;
  return (9270 * weightKg) / (sex === 'M' ? 6680 + 216 * bmi : 8780 + 244 * bmi);
}

/** A number of a header without which there is no SUV. */
export function positive(header: DataSet, tag: number, name: string): number {
  const value = header.number(tag, 0);
  if (!(value > 0)) throw noSuv(header, `${tagName(tag)} ${name} is missing or not positive`);
  return value;
}

/** A PET of which no SUV can be made. */
export function noSuv({ path }: DataSet, message: string): DicomError {
  return new DicomError('DICOM_NO_SUV', path, `${message}; put it right in all headers, or use the values as they are`);
}
