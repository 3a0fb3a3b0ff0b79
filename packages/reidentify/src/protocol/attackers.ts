import { setImmediate as nextTurn } from 'node:timers/promises';
import { matchDepthsBothWays } from '../geometry/match-depths.ts';
import type { DescriptorMetric } from '../networks/face-recogniser.ts';
import type { PersonDescription } from './describe-head.ts';
import { scoreDescriptors } from './descriptor-scores.ts';
import { learnWhitening } from './linear-classifier.ts';

/**
 * The ways of an attacker: `mean` compares the means of all pictures' descriptors, `best` takes the two pictures that
 * are most alike, `linear` compares means by a linear classifier learnt from the known, `geometry` lays the faces' shapes
 * on each other and needs no network.
 */
export const ATTACKERS = ['mean', 'best', 'linear', 'geometry'] as const;
export type Attacker = (typeof ATTACKERS)[number];

/** A person, or nobody where nothing could be acquired. */
type MaybePerson = PersonDescription | undefined;

/**
 * How alike every unknown is to every known, larger is more: minus the distance of descriptors, or minus the residual of
 * shapes in mm; −Infinity where one of the two was not acquired or has no shape, and everywhere where `linear` has no known
 * with two pictures to learn from. One row for each unknown. Shapes take minutes where there are many: signals are heard
 * between rows.
 */
export async function scorePersons(
  attacker: Attacker,
  unknown: readonly MaybePerson[],
  known: readonly MaybePerson[],
  metric: DescriptorMetric,
): Promise<Float64Array[]> {
  const rows = unknown.map(() => new Float64Array(known.length).fill(-Infinity));
  switch (attacker) {
    case 'mean':
      scoreBest(rows, descriptorsOf(unknown, ({ mean }) => [mean]), descriptorsOf(known, ({ mean }) => [mean]), metric); // prettier-ignore
      break;
    case 'best':
      scoreBest(rows, descriptorsOf(unknown, ({ descriptors }) => descriptors), descriptorsOf(known, ({ descriptors }) => descriptors), metric); // prettier-ignore
      break;
    case 'linear': {
      const whiten = learnWhitening(known);
      if (!whiten) break;
      const means = (persons: readonly MaybePerson[]): Owned => descriptorsOf(persons, ({ mean }) => [whiten(mean)]);
      scoreBest(rows, means(unknown), means(known), 'euclidean');
      break;
    }
    case 'geometry':
      for (const [row, a] of unknown.entries()) {
        for (const [column, b] of known.entries()) {
          const match = a?.depth && b?.depth && matchDepthsBothWays(a.depth, b.depth);
          if (match) rows[row][column] = -match.residualMm;
        }
        await nextTurn();
      }
  }
  return rows;
}

/** Descriptors of many persons one after the other, and whose each is. */
interface Owned {
  readonly descriptors: readonly Float32Array[];
  readonly owners: Int32Array;
}

function descriptorsOf(
  persons: readonly MaybePerson[],
  choose: (person: PersonDescription) => readonly Float32Array[],
): Owned {
  const owned = persons.flatMap((person, owner) =>
    person ? choose(person).map((descriptor) => ({ descriptor, owner })) : [],
  );
  return {
    descriptors: owned.map(({ descriptor }) => descriptor),
    owners: Int32Array.from(owned, ({ owner }) => owner),
  };
}

/** The best score of any descriptor of the one with any of the other. */
function scoreBest(rows: readonly Float64Array[], unknown: Owned, known: Owned, metric: DescriptorMetric): void {
  scoreDescriptors(unknown.descriptors, known.descriptors, metric, (scores, n) => {
    const row = rows[unknown.owners[n]];
    for (let column = 0; column < scores.length; column++) {
      const owner = known.owners[column];
      if (scores[column] > row[owner]) row[owner] = scores[column];
    }
  });
}
