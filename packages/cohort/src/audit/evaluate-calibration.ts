// Measures the thresholds of DEFAULT_CALIBRATION on every second IXI head; the others are left for judging them.
// node packages/cohort/src/audit/evaluate-calibration.ts MODELS-FOLDER (needs the shared data)
import { openBackend } from '@efface/kernels/backends';
import {
  ATTACKERS, controlsOfHead, controlsOfSolids, describeHead, HELD_OUT_GRID, meanDescriptor, openFaceNetworks, type PersonDescription,
  scorePersons, STANDARD_GRID, thresholdAtFalseMatchRate,
} from '@efface/reidentify'; // prettier-ignore
import { sharedPath } from '@efface/test-data';
import { acquirePerson } from './acquire-person.ts';
import { FALSE_RATE } from './calibration.ts';
import { listSubjects } from './subjects.ts';

/** Controls are made from one head in this many. */
const CONTROL_STRIDE = 3;

const folder = sharedPath('data/ixi_t1_2mm/T1');
if (folder === undefined) throw new Error('the shared data are not beside the checkout');
await using backend = await openBackend('cpu');
await using networks = await openFaceNetworks(process.argv[2]);
const half = (await listSubjects(folder)).filter((_, n) => n % 2 === 0);

const controls: PersonDescription[] = [];
const known: (PersonDescription | undefined)[] = [];
const again: (PersonDescription | undefined)[] = [];
for (const { request } of controlsOfSolids(STANDARD_GRID))
  controls.push((await describeHead(backend, networks, request)).description);
for (const [n, source] of half.entries()) {
  const first = await acquirePerson(backend, networks, source, { grid: STANDARD_GRID });
  const second = await acquirePerson(backend, networks, source, { grid: HELD_OUT_GRID, secondSessionSeed: n + 1 });
  known.push('description' in first ? first.description : undefined);
  again.push('description' in second ? second.description : undefined);
  if (n % CONTROL_STRIDE === 0 && 'head' in first && first.head)
    for (const { request } of controlsOfHead(first.head))
      controls.push((await describeHead(backend, networks, request)).description);
  process.stderr.write(`${n + 1} of ${half.length}\n`);
}

for (const { name } of networks.detectors) {
  const scoresOf = (persons: readonly (PersonDescription | undefined)[]): number[] =>
    persons.flatMap((person) => person?.detectorScores[name] ?? []);
  const none = scoresOf(controls);
  const cut = thresholdAtFalseMatchRate(none, FALSE_RATE);
  const faces = scoresOf([...known, ...again]);
  const share = faces.filter((score) => score > cut).length / faces.length;
  console.log(
    `${name}: cut ${cut.toFixed(4)}; ${none.length} pictures without a face, ${(100 * share).toFixed(1)} % of ${faces.length} with one above it`,
  );
}
/** The person as `--portraits 9` sees it: each camera under the middle one of nine lights. */
function fast(person: PersonDescription | undefined): PersonDescription | undefined {
  const descriptors = person?.descriptors.filter((_, n) => n % 9 === 4) ?? [];
  return person && { ...person, descriptors, mean: meanDescriptor(descriptors) };
}

for (const portraits of ['81', '9'] as const)
  for (const attacker of ATTACKERS) {
    const [unknown, gallery] = portraits === '9' ? [again.map(fast), known.map(fast)] : [again, known];
    const scores = await scorePersons(attacker, unknown, gallery, networks.recogniser.metric);
    const impostor = scores.flatMap((row, n) => Array.from(row).filter((_, column) => column !== n));
    const genuine = scores.map((row, n) => row[n]);
    const distance = -thresholdAtFalseMatchRate(impostor, FALSE_RATE);
    const middle = -impostor.toSorted((a, b) => a - b)[impostor.length >> 1];
    const accepted = genuine.filter((score) => -score <= distance).length;
    console.log(
      `${portraits} portraits, ${attacker}: distance ${distance.toFixed(4)}; ${accepted} of ${genuine.length} genuine pairs, largest ${(-Math.min(...genuine)).toFixed(3)}; ${impostor.length} impostors, least ${(-Math.max(...impostor)).toFixed(3)}, median ${middle.toFixed(4)}`,
    );
  }
