import type { Volume } from '@efface/volume';
import type { Scan } from '../../scan.ts';
import type { DataSet } from '../data-set.ts';
import { tagName } from '../dictionary.ts';
import { DicomScan } from '../dicom-scan.ts';
import { DicomError } from '../errors.ts';
import { TAG } from '../tags.ts';
import { bodySizeOf, noSuv, positive, type SuvMeasure } from './body-size.ts';
import { decaySeconds } from './decay.ts';
import { privateNumber } from './private-elements.ts';
import { termInWords } from '../words.ts';

/** Positron Emission Tomography Image Storage: a slice a file. */
const PET_SOP_CLASS = '1.2.840.10008.5.1.4.1.1.128';

/** Defined terms of Units (0054,1001) and SUV Type (0054,1006) that messages may repeat (PS3.3 section C.8.9.1). */
const UNITS = [
  'CNTS',
  'NONE',
  'CM2',
  'PCNT',
  'CPS',
  'BQML',
  'MGMINML',
  'UMOLMINML',
  'MLMING',
  'MLG',
  '1CM',
  'UMOLML',
  'PROPCNTS',
  'PROPCPS',
  'MLMINML',
  'MLML',
  'GML',
  'STDDEV',
];
const SUV_TYPES = ['BSA', 'BW', 'LBM', 'LBMJAMES128', 'LBMJANMA', 'IBW'];

/** Injected activities are tens of megabecquerels at least in people; below, somebody wrote another unit. */
const SMALLEST_DOSE_BQ = 1e5;

/**
 * The same voxels with a rescale that makes standardised uptake values of them, slice by slice: g/ml, or cm²/ml by body
 * surface. Nothing is copied or rounded.
 *
 * Follows the vendor-neutral pseudo-code of QIBA's FDG-PET/CT committee (RSNA QIBA wiki, "Standardized Uptake Value (SUV)"):
 * what the Units (0054,1001) BQML, CNTS and GML mean, and to which time images are decay-corrected (see `decaySeconds`).
 * Radionuclide Total Dose is taken as it is; what stayed in the syringe is not known.
 * @throws RangeError for a measure of a scan that is no PET
 * @throws DicomError DICOM_NO_SUV naming the tag that is missing or speaks against it, DICOM_UNSUPPORTED_PIXELS for a PET
 * that is not a slice a file
 */
export function suvVolume(scan: Scan, measure: SuvMeasure): Volume {
  const { volume } = scan;
  if (!(scan instanceof DicomScan) || volume.modality !== 'PT')
    throw new RangeError('standardised uptake values need a PET series in DICOM: other images have no injected dose');
  const headers = Array.from({ length: volume.grid.sizeIjk[2] }, (_, k) => scan.headerOfSlice(k));
  const factorPerK = suvFactors(headers, measure);
  const { slopePerK, interceptPerK } = volume.rescale;
  return {
    ...volume,
    rescale: {
      slopePerK: slopePerK.map((slope, k) => slope * factorPerK[k]),
      interceptPerK: interceptPerK.map((intercept, k) => intercept * factorPerK[k]),
    },
    unit: measure === 'bsa' ? 'cm²/ml' : 'g/ml',
  };
}

/** What the rescaled values of each slice are multiplied by. Headers of one series, one per slice. Throws as `suvVolume`. */
export function suvFactors(headers: readonly DataSet[], measure: SuvMeasure): Float64Array {
  const [first] = headers;
  if (first.text(TAG.sopClassUid) !== PET_SOP_CLASS)
    throw new DicomError(
      'DICOM_UNSUPPORTED_PIXELS',
      first.path,
      'is an enhanced PET, of which no SUV is made; convert it',
    );
  const units = first.text(TAG.units) ?? '';
  const odd = headers.find((header) => header.text(TAG.units) !== first.text(TAG.units));
  if (odd !== undefined) throw noSuv(odd, `its ${tagName(TAG.units)} Units differ from those of other slices`);
  if (units === 'GML' || units === 'CM2ML') {
    const stored = storedMeasure(first, units);
    const factor = stored === measure ? 1 : bodySizeOf(first, measure) / bodySizeOf(first, stored);
    return new Float64Array(headers.length).fill(factor);
  }
  if (units === 'BQML')
    return new Float64Array(headers.length).fill(bodySizeOf(first, measure) / decayedDoseBq(headers));
  if (units === 'CNTS') return philipsFactors(headers, measure);
  throw noSuv(
    first,
    `${tagName(TAG.units)} Units are ${termInWords(units, UNITS)}; BQML, CNTS, GML or CM2ML were expected`,
  );
}

/** Values that are SUV already: by which measure (0054,1006); by body weight when nobody says. */
function storedMeasure(header: DataSet, units: 'GML' | 'CM2ML'): SuvMeasure {
  const type = header.text(TAG.suvType) ?? (units === 'GML' ? 'BW' : 'BSA');
  const measures: Readonly<Record<string, SuvMeasure>> =
    units === 'GML' ? { BW: 'bw', LBMJAMES128: 'lbm', LBMJANMA: 'lbm-janma' } : { BSA: 'bsa' };
  const measure = measures[type] as SuvMeasure | undefined;
  if (measure === undefined)
    throw noSuv(
      header,
      `its values are SUV of the type ${termInWords(type, SUV_TYPES)} ${tagName(TAG.suvType)}, which cannot be converted`,
    );
  return measure;
}

/**
 * Counts of Philips scanners: (7053,xx00) makes SUV by body weight of them, (7053,xx09) activity, each in the header of its
 * slice. A 0 stands for "not known".
 */
function philipsFactors(headers: readonly DataSet[], measure: SuvMeasure): Float64Array {
  const [first] = headers;
  const read = (element: number): (number | undefined)[] =>
    headers.map((header) => privateNumber(header, 0x7053, 'Philips PET Private Group', element));
  const isKnown = (factors: (number | undefined)[]): factors is number[] =>
    factors.every((factor) => (factor ?? 0) > 0);
  const toSuv = read(0x00);
  if (isKnown(toSuv)) {
    const perWeight = measure === 'bw' ? 1 : bodySizeOf(first, measure) / bodySizeOf(first, 'bw');
    return Float64Array.from(toSuv, (factor) => factor * perWeight);
  }
  const toActivity = read(0x09);
  if (!isKnown(toActivity))
    throw noSuv(
      first,
      `${tagName(TAG.units)} Units are CNTS, and neither (7053,1000) nor (7053,1009) of Philips say what a count is`,
    );
  const perActivity = bodySizeOf(first, measure) / decayedDoseBq(headers);
  return Float64Array.from(toActivity, (factor) => factor * perActivity);
}

/** Injected activity that is left at the time to which the image is corrected, Bq. */
function decayedDoseBq(headers: readonly DataSet[]): number {
  const [first] = headers;
  const corrected = first.texts(TAG.correctedImage);
  // DECY is the standard's term, DECAY that of the pseudo-code.
  const isCorrected = corrected.includes('ATTN') && (corrected.includes('DECY') || corrected.includes('DECAY'));
  if (!isCorrected)
    throw noSuv(first, `${tagName(TAG.correctedImage)} Corrected Image lacks ATTN or DECY: the values are no activity`);
  const items = first.items(TAG.radiopharmaceuticalInformationSequence);
  if (items.length !== 1)
    throw noSuv(
      first,
      `${tagName(TAG.radiopharmaceuticalInformationSequence)} Radiopharmaceutical Information Sequence has ` +
        `${items.length} items; one tracer was expected`,
    );
  const [tracer] = items;
  const doseBq = positive(tracer, TAG.radionuclideTotalDose, 'Radionuclide Total Dose');
  if (doseBq < SMALLEST_DOSE_BQ)
    throw noSuv(first, `${tagName(TAG.radionuclideTotalDose)} Radionuclide Total Dose is ${doseBq}; Bq were expected`);
  const halfLifeS = positive(tracer, TAG.radionuclideHalfLife, 'Radionuclide Half Life');
  const correction = termInWords(first.text(TAG.decayCorrection), ['NONE', 'START', 'ADMIN']);
  if (correction === 'ADMIN') return doseBq;
  if (correction === 'START') return doseBq * 2 ** (-decaySeconds(headers, tracer, halfLifeS) / halfLifeS);
  throw noSuv(first, `${tagName(TAG.decayCorrection)} Decay Correction is ${correction}; START or ADMIN were expected`);
}
