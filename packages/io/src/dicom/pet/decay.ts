import type { DataSet } from '../data-set.ts';
import { tagName } from '../dictionary.ts';
import { TAG } from '../tags.ts';
import { noSuv } from './body-size.ts';
import { DAY_MS, dateMs, dateTimeOf, timeOfDayMs, utcOffsetMs } from './date-time.ts';
import { privateText } from './private-elements.ts';

/** After so many half-lives nothing is left to measure: one of the dates was changed and the other was not. */
const MOST_HALF_LIVES = 20;

/**
 * Seconds from injection to the time to which an image with Decay Correction START is corrected.
 *
 * That time is Series Date and Time, unless they are later than the first acquisition, as in series that were processed
 * afterwards: then it is GE's private scan time (0009,xx0D of GEMS_PETD_01), or what Frame Reference Time, Actual Frame
 * Duration and the mean time of counts in a frame (PS3.3 section C.8.9.4.1.5, example 2) give, or the first acquisition.
 * Injection is Radiopharmaceutical Start DateTime, or else Start Time on the day of the scan, the day before when that is
 * later than the scan.
 * @param headers of all slices
 * @param tracer the item of the Radiopharmaceutical Information Sequence
 * @throws DicomError DICOM_NO_SUV when a time is missing or the injection is after the scan or far before
 */
export function decaySeconds(headers: readonly DataSet[], tracer: DataSet, halfLifeS: number): number {
  const [first] = headers;
  const scanMs = scanTimeMs(headers, halfLifeS);
  const seconds = (scanMs - injectionMs(first, tracer, scanMs)) / 1000;
  if (!(seconds >= 0 && seconds <= MOST_HALF_LIVES * halfLifeS))
    throw noSuv(
      first,
      `the injection, (0018,1078) or (0018,1072), lies ${seconds.toFixed(0)} s before the scan, (0008,0021) and ` +
        `(0008,0031), with a half-life of ${halfLifeS} s: a date was changed`,
    );
  return seconds;
}

/** Milliseconds since 1970 by the scanner's clock; since midnight when there are no dates. */
function scanTimeMs(headers: readonly DataSet[], halfLifeS: number): number {
  const [first] = headers;
  const series = momentOf(first, TAG.seriesDate, TAG.seriesTime);
  const acquisitions = headers.flatMap((header) => {
    const at = momentOf(header, TAG.acquisitionDate, TAG.acquisitionTime);
    return at === undefined ? [] : [{ at, header }];
  });
  if (acquisitions.length === 0)
    throw noSuv(first, `${tagName(TAG.acquisitionTime)} Acquisition Time is missing or no time`);
  const earliest = acquisitions.reduce((a, b) => (b.at < a.at ? b : a));
  if (series !== undefined && series <= earliest.at) return series;
  const ge = dateTimeOf(privateText(first, 0x0009, 'GEMS_PETD_01', 0x0d) ?? '');
  if (ge !== undefined) return ge.localMs;
  const referenceMs = earliest.header.number(TAG.frameReferenceTime, 0);
  const durationMs = earliest.header.number(TAG.actualFrameDuration, 0);
  if (!(referenceMs > 0 && durationMs > 0)) return earliest.at;
  const decayPerMs = Math.LN2 / (1000 * halfLifeS);
  const decayInFrame = decayPerMs * durationMs;
  const meanMs = Math.log(decayInFrame / -Math.expm1(-decayInFrame)) / decayPerMs;
  return earliest.at - referenceMs + meanMs;
}

function injectionMs(header: DataSet, tracer: DataSet, scanMs: number): number {
  const full = dateTimeOf(tracer.text(TAG.radiopharmaceuticalStartDateTime) ?? '');
  if (full !== undefined && scanMs >= DAY_MS) {
    const scannerOffsetMs = utcOffsetMs(header.text(TAG.timezoneOffsetFromUtc) ?? '');
    if (full.offsetMs === undefined || scannerOffsetMs === undefined) return full.localMs;
    return full.localMs - full.offsetMs + scannerOffsetMs;
  }
  const text = tracer.text(TAG.radiopharmaceuticalStartTime);
  const time = text === undefined && full !== undefined ? full.localMs % DAY_MS : timeOfDayMs(text ?? '');
  if (time === undefined)
    throw noSuv(
      header,
      `neither ${tagName(TAG.radiopharmaceuticalStartDateTime)} Radiopharmaceutical Start DateTime nor ` +
        `${tagName(TAG.radiopharmaceuticalStartTime)} Radiopharmaceutical Start Time is there`,
    );
  const sameDay = scanMs - (scanMs % DAY_MS) + time;
  return sameDay <= scanMs ? sameDay : sameDay - DAY_MS;
}

/** A date and a time of a header; the time alone when the date is missing. */
function momentOf(header: DataSet, dateTag: number, timeTag: number): number | undefined {
  const time = timeOfDayMs(header.text(timeTag) ?? '');
  return time === undefined ? undefined : (dateMs(header.text(dateTag) ?? '') ?? 0) + time;
}
