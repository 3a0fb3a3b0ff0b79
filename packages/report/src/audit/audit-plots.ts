import { curvePlot, svgOf } from '../plots.ts';
import type { AuditAttack } from './audit-record.ts';

/** What is drawn: with every probed surface nobody could tell the curves apart; the tables have them all. */
const drawn = (attacks: readonly AuditAttack[]): AuditAttack[] => attacks.filter(({ probe }) => probe === undefined);

const curveName = ({ set, attacker }: AuditAttack): string => `${set}, ${attacker}`;

/** ROC: share of genuine pairs accepted over the share of impostors accepted, as SVG. */
export function rocSvg(attacks: readonly AuditAttack[]): Promise<string> {
  const least = 1 / Math.max(10, ...attacks.map(({ verification }) => verification.nImpostor));
  const curves = drawn(attacks).map((attack) => ({ name: curveName(attack), points: attack.roc }));
  const chance = Array.from({ length: 101 }, (_, n): [number, number] => [
    least ** (1 - n / 100),
    least ** (1 - n / 100),
  ]);
  return svgOf(
    curvePlot([...curves, { name: 'chance (perfect removal)', points: chance }], {
      title: 'Verification: is this unknown that known?',
      x: 'false match rate',
      y: 'true accept rate',
      logFrom: least,
    }),
  );
}

/** CMC: share of unknowns whose own is among the first k, as SVG. */
export function cmcSvg(attacks: readonly AuditAttack[]): Promise<string> {
  const curves = drawn(attacks).map((attack) => ({
    name: curveName(attack),
    points: attack.identification.cumulativeMatch.map((share, n): [number, number] => [n + 1, share]),
  }));
  const gallerySize = Math.max(1, ...attacks.map(({ identification }) => identification.gallerySize));
  const ranks = Math.max(1, ...curves.map(({ points }) => points.length));
  const chance = Array.from({ length: ranks }, (_, n): [number, number] => [n + 1, (n + 1) / gallerySize]);
  return svgOf(
    curvePlot([...curves, { name: 'chance (perfect removal)', points: chance }], {
      title: `Identification among ${gallerySize}: which of the knowns is it?`,
      x: 'rank',
      y: 'share of unknowns',
    }),
  );
}

/** Rank-1 expected in galleries drawn from this one, over their size, as SVG. */
export function scalingSvg(attacks: readonly AuditAttack[]): Promise<string> {
  const curves = drawn(attacks).map((attack) => ({
    name: curveName(attack),
    points: attack.identification.rankOneBySize.map(({ size, rate }): [number, number] => [size, rate]),
  }));
  const sizes = [...new Set(curves.flatMap(({ points }) => points.map(([size]) => size)))].sort((a, b) => a - b);
  const chance = sizes.map((size): [number, number] => [size, 1 / size]);
  return svgOf(
    curvePlot([...curves, { name: 'chance (perfect removal)', points: chance }], {
      title: 'Rank-1 by the number of people known',
      x: 'gallery size',
      y: 'rank-1',
      logFrom: sizes.at(0) ?? 1,
      logTo: sizes.at(-1) ?? 1,
      draw: 'line',
    }),
  );
}
