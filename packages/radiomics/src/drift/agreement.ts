/** How well pairs of measurements agree. Values are in the units of the measurements unless said otherwise. */
export interface Agreement {
  readonly n: number;
  /** Of the differences, second less first. */
  readonly median: number;
  readonly quartile1: number;
  readonly quartile3: number;
  /** The difference that is largest in size, with its sign. */
  readonly largest: number;
  /** Mean difference (Bland and Altman 1986). */
  readonly bias: number;
  /** bias ± 1.96 standard deviations; undefined for a single pair. */
  readonly limits?: readonly [number, number];
  /** Lin's concordance correlation coefficient (1989), moments over n; undefined where nothing varies. */
  readonly ccc?: number;
  /** ICC(A,1) of McGraw and Wong (1996): two-way, absolute agreement, single measurement; undefined below two pairs. */
  readonly icc?: number;
}

/** Agreement of pairs. Throws RangeError when there are none or the lists differ in length. */
export function agreementOf(first: readonly number[], second: readonly number[]): Agreement {
  const n = first.length;
  if (n === 0 || second.length !== n) throw new RangeError(`${n} and ${second.length} measurements are no pairs`);
  const differences = first.map((value, i) => second[i] - value);
  const sorted = [...differences].sort((a, b) => a - b);
  const bias = mean(differences);
  const deviation = Math.sqrt(sumOf(differences.map((d) => (d - bias) ** 2)) / (n - 1));
  const ccc = concordance(first, second);
  const icc = intraclassCorrelation(first, second);
  return {
    n,
    median: quantile(sorted, 0.5),
    quartile1: quantile(sorted, 0.25),
    quartile3: quantile(sorted, 0.75),
    largest: differences.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)),
    bias,
    ...(n < 2 ? {} : { limits: [bias - 1.96 * deviation, bias + 1.96 * deviation] as const }),
    ...(ccc === undefined ? {} : { ccc }),
    ...(icc === undefined ? {} : { icc }),
  };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly number[]): number => sumOf(values) / values.length;

/** Linear between order statistics at rank (n − 1)·q. */
function quantile(sorted: readonly number[], q: number): number {
  const rank = (sorted.length - 1) * q;
  const low = Math.floor(rank);
  const high = Math.ceil(rank);
  return sorted[low] + (sorted[high] - sorted[low]) * (rank - low);
}

function concordance(first: readonly number[], second: readonly number[]): number | undefined {
  const [mx, my] = [mean(first), mean(second)];
  const covariance = mean(first.map((x, i) => (x - mx) * (second[i] - my)));
  const [vx, vy] = [mean(first.map((x) => (x - mx) ** 2)), mean(second.map((y) => (y - my) ** 2))];
  const spread = vx + vy + (mx - my) ** 2;
  return spread > 0 ? (2 * covariance) / spread : undefined;
}

function intraclassCorrelation(first: readonly number[], second: readonly number[]): number | undefined {
  const n = first.length;
  if (n < 2) return undefined;
  const all = mean([...first, ...second]);
  const rows = first.map((x, i) => (x + second[i]) / 2);
  const betweenRows = (2 * sumOf(rows.map((row) => (row - all) ** 2))) / (n - 1);
  const columns = [mean(first), mean(second)];
  const betweenColumns = n * sumOf(columns.map((column) => (column - all) ** 2));
  const residuals = rows.map(
    (row, i) => (first[i] - row - columns[0] + all) ** 2 + (second[i] - row - columns[1] + all) ** 2,
  );
  const error = sumOf(residuals) / (n - 1);
  const total = betweenRows + error + (2 / n) * (betweenColumns - error);
  return total > 0 ? (betweenRows - error) / total : undefined;
}
