/**
 * Values of a file as messages may show them. What is no UID or defined term is anything: a name that slipped into the
 * wrong field, or bytes that a terminal obeys.
 */

/** A UID, or that there is none. */
export function uidInWords(uid: string | undefined): string {
  if (uid === undefined || uid === '') return 'missing';
  return /^[0-9.]{1,64}$/.test(uid) ? uid : 'no valid UID';
}

/** One of the defined terms, or that it is missing or none of them. */
export function termInWords(value: string | undefined, terms: readonly string[]): string {
  if (value === undefined || value === '') return 'missing';
  return terms.includes(value) ? value : 'none that is known';
}
