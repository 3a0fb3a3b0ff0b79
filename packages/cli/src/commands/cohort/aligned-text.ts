/** Lines of a table with aligned columns; those of `isNumber` to the right. */
export function alignedText(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  isNumber: readonly boolean[] = [],
): string[] {
  const all = [columns, ...rows];
  const widths = columns.map((_, n) => all.reduce((most, row) => Math.max(most, row[n].length), 0));
  return all.map((row) =>
    row.map((cell, n) => (isNumber[n] ? cell.padStart(widths[n]) : cell.padEnd(widths[n]))).join('  ').trimEnd(),
  ); // prettier-ignore
}
