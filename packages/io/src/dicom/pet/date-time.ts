/** Milliseconds between midnights. */
export const DAY_MS = 86_400_000;

/**
 * Milliseconds since midnight of a TM value (PS3.5 section 6.2): hours, and as many of minutes, seconds and fractions as
 * there are, in the old form with colons too. Undefined when it is none.
 */
export function timeOfDayMs(text: string): number | undefined {
  const found = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?$/.exec(text.trim());
  if (found === null) return undefined;
  const [hours, minutes, seconds] = found.slice(1, 4).map((digits?: string) => Number(digits ?? 0));
  // 60 is a leap second.
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number(`0.${(found[4] as string | undefined) ?? 0}`) * 1000;
}

/** Milliseconds from the start of 1970 to midnight of a DA value (PS3.5 section 6.2), dots allowed; undefined when it is none. */
export function dateMs(text: string): number | undefined {
  const found = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text.trim());
  if (found === null) return undefined;
  const [year, month, day] = found.slice(1).map(Number);
  const ms = Date.UTC(year, month - 1, day);
  return new Date(ms).getUTCDate() === day && month >= 1 && month <= 12 ? ms : undefined;
}

/** A DT value: milliseconds since the start of 1970 by the local clock, and that clock's offset when it is told. */
export interface DateTime {
  readonly localMs: number;
  readonly offsetMs?: number;
}

/** A DT value with at least a date and an hour (PS3.5 section 6.2); undefined when it is none. */
export function dateTimeOf(text: string): DateTime | undefined {
  const found = /^(\d{8})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)([+-]\d{4})?$/.exec(text.trim());
  if (found === null) return undefined;
  const date = dateMs(found[1]);
  const time = timeOfDayMs(found[2]);
  if (date === undefined || time === undefined) return undefined;
  const offsetMs = utcOffsetMs(found[3] ?? '');
  return { localMs: date + time, ...(offsetMs === undefined ? {} : { offsetMs }) };
}

/** Milliseconds of an offset from UTC such as +0130; undefined when it is none. */
export function utcOffsetMs(text: string): number | undefined {
  const found = /^([+-])(\d{2})(\d{2})$/.exec(text.trim());
  if (found === null) return undefined;
  return (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60_000;
}
