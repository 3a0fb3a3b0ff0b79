import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedPath } from '@efface/test-data';
import { openScan } from '../../open.ts';
import { type BuiltElement, writeSeriesFiles } from '../../testing/build-dicom.ts';
import { hasPydicom, listFiles, run, unpack } from '../../testing/other-software.ts';
import { temporaryFolder } from '../../testing/temp-folder.ts';
import type { SuvMeasure } from './body-size.ts';
import { suvVolume } from './suv.ts';

const temporary = temporaryFolder();
afterAll(() => temporary.remove());
let count = 0;

type Tracer = Readonly<Record<string, readonly [vr: string, value: string]>>;

/** 400 MBq with a half-life of 6000 s, injected at 10:00. */
const TRACER: Tracer = {
  '00181072': ['TM', '100000.00'],
  '00181074': ['DS', '400000000'],
  '00181075': ['DS', '6000'],
};

const tracerElement = (tracer: Tracer): BuiltElement => [
  '00540016',
  'SQ',
  [
    {
      elements: Object.entries(tracer)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([tag, [vr, value]]) => [tag, vr, value] as const),
    },
  ],
];

/** A man of 80 kg and 2 m, scanned two half-lives after the injection; slopes differ from slice to slice. */
const PET = (k: number): BuiltElement[] => [
  ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.128'],
  ['00080021', 'DA', '20200301'],
  ['00080022', 'DA', '20200301'],
  ['00080031', 'TM', '132000'],
  ['00080032', 'TM', '132000'],
  ['00100040', 'CS', 'M'],
  ['00101020', 'DS', '2'],
  ['00101030', 'DS', '80'],
  ['00280051', 'CS', 'DECY\\ATTN\\SCAT'],
  ['00281052', 'DS', '0'],
  ['00281053', 'DS', String(k + 1)],
  tracerElement(TRACER),
  ['00541001', 'CS', 'BQML'],
  ['00541102', 'CS', 'START'],
];

interface Changes {
  readonly tracer?: Tracer;
  readonly elements?: readonly BuiltElement[] | ((k: number) => readonly BuiltElement[]);
  readonly without?: readonly string[];
}

/** What a stored 1 of each slice is worth, divided by the slope of the slice. */
async function factors(measure: SuvMeasure, { tracer, elements = [], without = [] }: Changes = {}): Promise<number[]> {
  const folder = join(temporary.path, String(count++));
  const added = (k: number): readonly BuiltElement[] => (typeof elements === 'function' ? elements(k) : elements);
  writeSeriesFiles(folder, {
    elements: (k) => [...PET(k), ...(tracer ? [tracerElement(tracer)] : []), ...added(k)],
    without,
  });
  const scan = await openScan(folder);
  const suv = suvVolume(scan, measure);
  expect(suv.voxels).toBe(scan.volume.voxels);
  expect(suv.unit).toBe(measure === 'bsa' ? 'cm²/ml' : 'g/ml');
  return [...suv.rescale.slopePerK].map((slope, k) => slope / scan.volume.rescale.slopePerK[k]);
}

async function factor(measure: SuvMeasure, changes?: Changes): Promise<number> {
  const found = await factors(measure, changes);
  for (const other of found) expect(other).toBeCloseTo(found[0], 14);
  return found[0];
}

/** 80 kg over the 100 MBq that two half-lives leave, g/Bq. */
const BW = 80_000 / 1e8;

describe('activity', () => {
  it('by body weight is weight over what the decay left of the dose', async () => {
    expect(await factor('bw')).toBeCloseTo(BW, 14);
    const folder = join(temporary.path, 'slopes');
    writeSeriesFiles(folder, { elements: PET });
    const { slopePerK, interceptPerK } = suvVolume(await openScan(folder), 'bw').rescale;
    [...slopePerK].forEach((slope, k) => expect(slope).toBeCloseTo((k + 1) * BW, 13));
    expect([...interceptPerK]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  // Lean body masses as the R package oro.pet 0.2.3 prints them for James, other sizes from the formulas by hand.
  it.each<[SuvMeasure, string, string, string, number]>([
    ['lbm', 'M', '2.00', '80', 67_520],
    ['lbm', 'F', '2.00', '80', 61_920],
    ['lbm', 'M', '1.60', '112', 60_480],
    ['lbm', 'F', '1.60', '112', 47_320],
    ['lbm-janma', 'M', '2', '80', (9_270_000 * 80) / (6680 + 216 * 20)],
    ['lbm-janma', 'F', '2', '80', (9_270_000 * 80) / (8780 + 244 * 20)],
    // Du Bois: 71.84 · 80^0.425 · 200^0.725 cm².
    ['bsa', 'O', '2', '80', 71.84 * Math.exp(0.425 * Math.log(80) + 0.725 * Math.log(200))],
  ])('by %s of %s, %s m, %s kg', async (measure, sex, size, weight, bodySize) => {
    const elements: BuiltElement[] = [['00100040', 'CS', sex], ['00101020', 'DS', size], ['00101030', 'DS', weight]]; // prettier-ignore
    expect((await factor(measure, { elements })) / (bodySize / 1e8)).toBeCloseTo(1, 12);
  });

  it('needs no height and no sex by body weight', async () => {
    expect(await factor('bw', { without: ['00100040', '00101020'] })).toBeCloseTo(BW, 14);
  });

  it('that is corrected to the injection does not decay', async () => {
    const elements: BuiltElement[] = [['00541102', 'CS', 'ADMIN']];
    expect(await factor('bw', { elements, without: ['00080031', '00080032'] })).toBeCloseTo(80_000 / 4e8, 14);
  });

  const at = (date: string, time: string): BuiltElement[] => [
    ['00080021', 'DA', date],
    ['00080022', 'DA', date],
    ['00080031', 'TM', time],
    ['00080032', 'TM', time],
  ];
  it.each<{ name: string; changes: Changes; halfLives: number }>([
    { name: 'the day before, by the time alone', changes: { tracer: { ...TRACER, '00181072': ['TM', '234000'] }, elements: at('20200301', '012000') }, halfLives: 1 },
    { name: 'the day before, by date and time', changes: { tracer: { ...TRACER, '00181078': ['DT', '20200229234000'] }, elements: at('20200301', '012000') }, halfLives: 1 },
    { name: 'days before', changes: { tracer: { ...TRACER, '00181075': ['DS', '86400'], '00181078': ['DT', '20200227132000.000000'] } }, halfLives: 3 },
    { name: 'without dates anywhere', changes: { without: ['00080021', '00080022'] }, halfLives: 2 },
    { name: 'without dates of the scan, with one of the injection', changes: { tracer: { ...TRACER, '00181078': ['DT', '20200301114000'] }, without: ['00080021', '00080022'] }, halfLives: 2 },
    { name: 'by another clock', changes: { tracer: { ...TRACER, '00181078': ['DT', '20200301104000+0200'] }, elements: [['00080201', 'SH', '+0300']] }, halfLives: 1 },
    { name: 'by fractions of seconds', changes: { tracer: { ...TRACER, '00181072': ['TM', '115959.5'] }, elements: at('20200301', '133959.500') }, halfLives: 1 },
    { name: 'by a time with colons', changes: { tracer: { ...TRACER, '00181072': ['TM', '11:40:00'] } }, halfLives: 1 },
  ])('counts from an injection $name', async ({ changes, halfLives }) => {
    expect((await factor('bw', changes)) / (80_000 / (4e8 / 2 ** halfLives))).toBeCloseTo(1, 12);
  }); // prettier-ignore

  it('counts to the series, not to the bed positions after it', async () => {
    const elements = (k: number): BuiltElement[] => [['00080032', 'TM', `13${20 + k}00`]];
    expect(await factor('bw', { elements })).toBeCloseTo(BW, 14);
  });

  describe('of a series that was made later', () => {
    const later: BuiltElement[] = [['00080031', 'TM', '180000']];
    const acquired = (k: number): BuiltElement => ['00080032', 'TM', `1${4 - Math.min(k, 1)}${k > 0 ? '20' : '00'}00`];

    it('counts to the first acquisition', async () => {
      expect(await factor('bw', { elements: (k) => [...later, acquired(k)] })).toBeCloseTo(BW, 14);
    });

    it("counts to GE's scan time", async () => {
      const private9: BuiltElement[] = [['00090010', 'LO', 'GEMS_IDEN_01'], ['00090011', 'LO', 'GEMS_PETD_01'], ['0009110D', 'DT', '20200301114000.00']]; // prettier-ignore
      expect(await factor('bw', { elements: [...later, ...private9] })).toBeCloseTo(80_000 / 2e8, 13);
    });

    it('counts back from the reference time of a frame', async () => {
      // The mean of an exponential over one half-life: ln(ln 2 / (1 − 1/2)) / ln 2 of it.
      const frame: BuiltElement[] = [['00181242', 'IS', '6000000'], ['00541300', 'DS', '9000000']]; // prettier-ignore
      const seconds = 12_000 - 9000 + (6000 * Math.log(2 * Math.LN2)) / Math.LN2;
      const expected = 80_000 / (4e8 * 2 ** (-seconds / 6000));
      // Milliseconds since 1970 have steps of 0.0002 ms.
      expect((await factor('bw', { elements: [...later, ...frame] })) / expected).toBeCloseTo(1, 10);
    });
  });
});

describe('other units', () => {
  const counts: BuiltElement = ['00541001', 'CS', 'CNTS'];
  const philips = (...elements: readonly BuiltElement[]): BuiltElement[] => [
    counts,
    ['70530010', 'LO', 'Philips PET Private Group'],
    ...elements,
  ];

  it('counts of Philips become SUV by its own factor, slice by slice', async () => {
    const elements = (k: number): BuiltElement[] => philips(['70531000', 'DS', String(0.001 * (k + 1))]);
    const found = await factors('bw', { elements, without: ['00540016', '00101030'] });
    found.forEach((value, k) => expect(value).toBeCloseTo(0.001 * (k + 1), 14));
    expect((await factors('lbm', { elements }))[1]).toBeCloseTo((0.002 * 67_520) / 80_000, 14);
  });

  it('or activity, when that factor is 0', async () => {
    const elements = philips(['70531000', 'DS', '0'], ['70531009', 'DS', '1.5']);
    expect(await factor('bw', { elements })).toBeCloseTo(1.5 * BW, 13);
  });

  const stored = (units: string, type?: string): Changes => ({
    elements: [['00541001', 'CS', units], ...(type === undefined ? [] : ([['00541006', 'CS', type]] as const))],
    without: ['00540016'],
  });
  it.each<[SuvMeasure, Changes, number]>([
    ['bw', stored('GML'), 1],
    ['bw', stored('GML', 'BW'), 1],
    ['lbm', stored('GML', 'BW'), 67_520 / 80_000],
    ['lbm', stored('GML', 'LBMJAMES128'), 1],
    ['bw', stored('GML', 'LBMJAMES128'), 80_000 / 67_520],
    ['lbm-janma', stored('GML', 'LBMJANMA'), 1],
    ['bsa', stored('CM2ML'), 1],
    ['bw', stored('CM2ML', 'BSA'), 80_000 / (71.84 * 80 ** 0.425 * 200 ** 0.725)],
  ])('SUV by %s of values that are SUV already', async (measure, changes, expected) => {
    expect(await factor(measure, changes)).toBeCloseTo(expected, 12);
  });
});

describe('refused, naming the tag', () => {
  const changed = (...element: BuiltElement): Changes => ({ elements: [element] });
  const ofTracer = (tag: string, value: string, vr = 'DS'): Changes => ({ tracer: { ...TRACER, [tag]: [vr, value] } });
  it.each<[string, SuvMeasure, Changes, RegExp]>([
    ['no weight', 'bw', { without: ['00101030'] }, /\(0010,1030\) Patient's Weight is missing/],
    ['a weight of 0', 'bw', changed('00101030', 'DS', '0'), /\(0010,1030\)/],
    ['a weight in grams', 'bw', changed('00101030', 'DS', '80000'), /\(0010,1030\).*kilograms/],
    ['no height', 'lbm', { without: ['00101020'] }, /\(0010,1020\)/],
    ['a height in centimetres', 'bsa', changed('00101020', 'DS', '200'), /\(0010,1020\).*metres/],
    ['no sex', 'lbm', changed('00100040', 'CS', 'O'), /\(0010,0040\)/],
    ['a body the formula does not know', 'lbm', { elements: [['00101020', 'DS', '1.5'], ['00101030', 'DS', '300']] }, /James/],
    ['no dose', 'bw', ofTracer('00181074', '0'), /\(0018,1074\)/],
    ['a dose in MBq', 'bw', ofTracer('00181074', '400'), /\(0018,1074\).*Bq were expected/],
    ['no half-life', 'bw', ofTracer('00181075', ''), /\(0018,1075\)/],
    ['no time of injection', 'bw', ofTracer('00181072', '', 'TM'), /\(0018,1078\).*\(0018,1072\)/],
    ['an injection after the scan', 'bw', ofTracer('00181078', '20200302100000', 'DT'), /\(0018,1078\).*a date was changed/],
    ['an injection years before', 'bw', ofTracer('00181078', '20100301100000', 'DT'), /a date was changed/],
    ['no tracer', 'bw', { without: ['00540016'] }, /\(0054,0016\).*0 items/],
    ['no time of the scan', 'bw', { without: ['00080031', '00080032'] }, /\(0008,0032\)/],
    ['no decay correction', 'bw', changed('00541102', 'CS', 'NONE'), /\(0054,1102\).*NONE/],
    ['no attenuation correction', 'bw', changed('00280051', 'CS', 'DECY'), /\(0028,0051\)/],
    ['counts of nobody', 'bw', changed('00541001', 'CS', 'CNTS'), /\(7053,1000\)/],
    ['another unit', 'bw', changed('00541001', 'CS', 'PROPCNTS'), /\(0054,1001\).*PROPCNTS/],
    ['no unit', 'bw', { without: ['00541001'] }, /\(0054,1001\).*missing/],
    ['two units', 'bw', { elements: (k) => [['00541001', 'CS', k === 2 ? 'CNTS' : 'BQML']] }, /\(0054,1001\).*differ/],
    ['SUV of another kind', 'bw', { elements: [['00541001', 'CS', 'GML'], ['00541006', 'CS', 'IBW']] }, /\(0054,1006\)/],
  ])('%s', async (_, measure, changes, message) => {
    await expect(factors(measure, changes)).rejects.toMatchObject({ code: 'DICOM_NO_SUV', exit: 'inputRefused' });
    await expect(factors(measure, changes)).rejects.toThrow(message);
  }); // prettier-ignore

  it('what is no PET', async () => {
    const folder = join(temporary.path, 'ct');
    writeSeriesFiles(folder);
    const scan = await openScan(folder);
    expect(() => suvVolume(scan, 'bw')).toThrow(RangeError);
  });
});

const archive = sharedPath('data/dicom/pet_qin_headneck_0024_with_SEG.tar.xz');
const WHY = archive === undefined ? ' (skipped: the shared data are not beside the checkout)' : '';
describe.skipIf(WHY !== '')(`a head and neck PET of a CPS scanner${WHY}`, () => {
  const folder = archive === undefined ? '' : join(unpack(archive, temporary.path), 'qin24', 'PET');

  it('has the SUV that its header gives by hand', async () => {
    const scan = await openScan(folder);
    const suv = suvVolume(scan, 'bw');
    // 66.2 kg; 381.47 MBq injected 11:39:00, series from 13:02:44.678, half-life 6586.2 s; slope 2.0222414 everywhere.
    const seconds = (13 - 11) * 3600 + (2 - 39) * 60 + 44.678;
    const expected = (2.0222414 * 66_200) / (381_470_000 * 2 ** (-seconds / 6586.2));
    for (const slope of suv.rescale.slopePerK) expect(slope / expected).toBeCloseTo(1, 12);
    // Nobody says how tall the patient is.
    expect(() => suvVolume(scan, 'lbm')).toThrow(/\(0010,1020\)/);
  });

  const told = hasPydicom() ? '' : ' (skipped: pydicom is not installed)';
  it.skipIf(told !== '')(`is corrected to that time: the decay factors of its beds say so${told}`, () => {
    // Decay Factor (0054,1321) of a bed is the decay from the reference time to its mean count time (PS3.3 C.8.9.4.1.8).
    const script = `
import json, sys, pydicom
out = []
for path in sys.argv[1:]:
    d = pydicom.dcmread(path, stop_before_pixels=True)
    t = d.AcquisitionTime
    out.append([int(t[:2]) * 3600 + int(t[2:4]) * 60 + float(t[4:]), float(d.DecayFactor), float(d.ActualFrameDuration) / 1000])
print(json.dumps(out))`;
    const beds = JSON.parse(run('python3', ['-c', script, ...listFiles(folder)])) as readonly (readonly [number, number, number])[]; // prettier-ignore
    const series = 13 * 3600 + 2 * 60 + 44.678;
    expect(new Set(beds.map(([at]) => at)).size).toBe(8);
    for (const [at, decayFactor, duration] of beds) {
      const perSecond = Math.LN2 / 6586.2;
      const meanS = Math.log((perSecond * duration) / (1 - Math.exp(-perSecond * duration))) / perSecond;
      expect(decayFactor).toBeCloseTo(2 ** ((at - series + meanS) / 6586.2), 4);
    }
  });
});
