import type { CaseRecord, RecordFile, RecordFinding, RecordImage } from '../record.ts';
import { barChart } from './charts.ts';
import { html, type Html, type HtmlPart } from './html.ts';
import { dataTable } from './overview-page.ts';
import type { SiteCase, SiteGroup } from './site-data.ts';
import { bytesText, countText, numberText, percentText, VERDICT_WORDS } from './words.ts';

// The parts of a case's page. Each is nothing where there is nothing to say.

const SEVERITIES = ['fail', 'review', 'note'] as const;

/** What anatomy, method and checks say, the worst first, and warnings of the images. */
export function findings({ findings: found, images }: CaseRecord): HtmlPart {
  const sorted = SEVERITIES.flatMap((severity) => found.filter((finding) => finding.severity === severity));
  const warnings = images.flatMap(({ label, warnings: own }) => own.map((warning) => ({ ...warning, label })));
  if (sorted.length + warnings.length === 0) return undefined;
  return html`<section>
    <h2>What was found</h2>
    <ul class="reasons">
      ${sorted.map(findingItem)}
      ${warnings.map(
        ({ label, code, message }) =>
          html`<li class="reason note">
            <p>${label}: ${message} <code>${code}</code></p>
          </li>`,
      )}
    </ul>
  </section>`;
}

function findingItem({ severity, code, message }: RecordFinding): Html {
  const badge = severity !== 'note' && html`<span class="badge ${severity}"><span aria-hidden="true">${VERDICT_WORDS[severity].sign}</span> ${severity}</span> `; // prettier-ignore
  return html`<li class="reason ${severity}">
    <p>${badge}${message} <code>${code}</code></p>
  </li>`;
}

/** Scores of recognition against their thresholds, in numbers and in words. */
export function recognition({ images, recognition: how }: CaseRecord): HtmlPart {
  const tried = images.filter(({ recognition: own }) => own !== undefined);
  if (tried.length === 0)
    return images.length > 0 && how.mode === 'off' && html`<section><h2>Recognition</h2><p class="note">Verification was off: nobody tried to recognise the patient.</p></section>`; // prettier-ignore
  return html`<section>
    <h2>Recognition</h2>
    ${tried.map(recognitionOfImage)}
    <p class="muted">
      ${how.mode === 'full' ? '81' : '9'} portraits before and after, seen by
      ${how.networks.map(({ name }) => name).join(', ')}.
    </p>
  </section>`;
}

function recognitionOfImage({ label, modality, recognition: own }: RecordImage): HtmlPart {
  if (!own) return undefined;
  const { faceSeenShareBefore, faceSeenShareAfter, descriptorDistance, descriptorDistanceThreshold } = own;
  const { shapeDistanceMm, shapeDistanceThresholdMm } = own;
  return html`<div class="scores">
    <h3>${modality} <span class="muted">${label}</span></h3>
    ${score('Face seen', percentText(faceSeenShareAfter), `of the portraits; ${percentText(faceSeenShareBefore)} before`, faceSeenShareAfter, undefined)}
    ${score('Descriptor', numberText(descriptorDistance), distanceWords(descriptorDistance, descriptorDistanceThreshold), descriptorDistance / descriptorDistanceThreshold / 2, descriptorDistance >= descriptorDistanceThreshold)}
    ${shapeDistanceMm === undefined || shapeDistanceThresholdMm === undefined ? html`<p class="muted">Shape: no face to lay on the other.</p>` : score('Shape', `${numberText(shapeDistanceMm)} mm`, distanceWords(shapeDistanceMm, shapeDistanceThresholdMm, ' mm'), shapeDistanceMm / shapeDistanceThresholdMm / 2, shapeDistanceMm >= shapeDistanceThresholdMm)}
  </div>`;
}

function distanceWords(distance: number, threshold: number, unit = ''): string {
  const is = distance >= threshold ? 'two people’s' : 'one person’s';
  return `apart: ${is} (threshold ${numberText(threshold)}${unit})`;
}

/** @param share 0 to 1 of the bar; with `isApart` its middle is the threshold */
function score(name: string, value: string, words: string, share: number, isApart: boolean | undefined): Html {
  const width = 200 * Math.min(1, Math.max(0, share));
  const kind = isApart === undefined ? 'plain' : isApart ? 'pass' : 'fail';
  return html`<div class="score">
    <span class="name">${name}</span>
    <svg class="meter" viewBox="0 0 200 14" aria-hidden="true">
      <rect class="track" width="200" height="14" rx="3" />
      <rect class="fill ${kind}" width="${width.toFixed(1)}" height="14" rx="3" />
      ${isApart !== undefined && html`<line class="threshold" x1="100" x2="100" y1="0" y2="14" />`}
    </svg>
    <span><strong>${value}</strong> ${words}</span>
  </div>`;
}

/** What was altered in each image. */
export function altered({ images }: CaseRecord): HtmlPart {
  if (images.length === 0) return undefined;
  const rows = images.map(({ label, modality, sizeIjk, spacingMm, storedType, alteredMl, alteredBodyMl, alteredVoxels, fillReal, keptBack }) => [
    label,
    modality,
    `${sizeIjk.join(' × ')}`,
    spacingMm.map((mm) => numberText(mm)).join(' × '),
    storedType,
    numberText(alteredMl),
    numberText(alteredBodyMl),
    numberText(alteredVoxels, 9),
    fillReal === undefined ? 'own values' : numberText(fillReal, 6),
    keptBack.length === 0 ? '–' : keptBack.map(({ what, name, nVoxels }) => `${numberText(nVoxels, 9)} ${name ?? what}`).join('; '),
  ]); // prettier-ignore
  const head = ['Image', 'Modality', 'Voxels', 'Spacing, mm', 'Stored', 'Altered, ml', 'in the body, ml', 'Altered voxels', 'Filled with', 'Kept back, voxels']; // prettier-ignore
  return html`<section>
    <h2>What was altered</h2>
    ${dataTable('What was altered', head, rows)}
  </section>`;
}

/** Features whose drift is told on the page; the tables have all. */
const SHOWN_FEATURES = ['Mean', 'Median', 'Entropy'];

/** What happened to structures. */
export function drift({ drift: drifts, emptyStructures }: SiteGroup): HtmlPart {
  if (drifts.length + emptyStructures.length === 0) return undefined;
  const touched = drifts.filter(({ changedVoxelCount }) => changedVoxelCount > 0);
  const head = ['Structure', 'Voxels', 'Changed', 'Largest change', ...SHOWN_FEATURES];
  const rows = drifts
    .toSorted((a, b) => b.changedVoxelCount / b.voxelCount - a.changedVoxelCount / a.voxelCount)
    .map(({ structure, voxelCount, changedVoxelCount, maxChange, features }) => [
      structure,
      numberText(voxelCount, 9),
      changedVoxelCount === 0 ? 'none' : `${percentText(changedVoxelCount / voxelCount)}`,
      numberText(maxChange),
      ...SHOWN_FEATURES.map((name) => changeText(features.find((feature) => feature.name === name))),
    ]);
  return html`<section>
    <h2>Drift of structures</h2>
    <p>
      ${touched.length === 0 ? `None of ${countText(drifts.length, 'structure')} was touched.` : `${touched.length} of ${countText(drifts.length, 'structure')} touched.`}
      ${emptyStructures.length > 0 && `Without a voxel on the image: ${emptyStructures.join(', ')}.`}
    </p>
    ${dataTable('Drift of structures', head, rows)}
  </section>`;
}

function changeText(change: { readonly before: number | null; readonly after: number | null } | undefined): string {
  if (!change) return '–';
  const { before, after } = change;
  return before === after ? numberText(before) : `${numberText(before)} → ${numberText(after)}`;
}

/** What happened to the dose in structures. */
export function dose({ dose: found }: SiteGroup): HtmlPart {
  if (found.length === 0) return undefined;
  const structures = [...new Set(found.map(({ structure }) => structure))];
  const metrics = [...new Map(found.map(({ metric, unit }) => [metric, unit]))];
  const rows = structures.map((structure) => [
    structure,
    ...metrics.map(([metric]) => changeText(found.find((own) => own.structure === structure && own.metric === metric))),
  ]);
  return html`<section>
    <h2>Dose in structures</h2>
    ${dataTable('Dose in structures', ['Structure', ...metrics.map(([metric, unit]) => `${metric}, ${unit}`)], rows)}
  </section>`;
}

/** Objects beside the images. */
export function companions({ companions: found }: CaseRecord): HtmlPart {
  if (found.length === 0) return undefined;
  const rows = found.map(({ kind, output, clippedRegions, zeroedVoxels, danglingReferences }) => [
    kind,
    output.length > 0 ? 'written' : 'withheld',
    clippedRegions.length === 0 ? '–' : countText(clippedRegions.length, 'region'),
    zeroedVoxels === 0 ? '–' : numberText(zeroedVoxels, 9),
    danglingReferences === 0 ? '–' : String(danglingReferences),
  ]);
  return html`<section>
    <h2>Objects of the study</h2>
    ${dataTable('Objects of the study', ['Object', 'Output', 'Clipped', 'Voxels set to 0', 'References to what is not here'], rows)}
  </section>`;
}

/** Methods that were tried, where there was a choice. */
export function attempts({ tried = [] }: CaseRecord): HtmlPart {
  if (tried.length === 0) return undefined;
  const rows = tried.map(({ method, verdict, findings: own }) => [
    method,
    verdict,
    own.filter(({ severity }) => severity !== 'note').map(({ message }) => message).join('; ') || '–',
  ]); // prettier-ignore
  return html`<section>
    <h2>Methods tried</h2>
    ${dataTable('Methods tried', ['Method', 'Verdict', 'Because'], rows)}
  </section>`;
}

/** Wall time by stage. */
export function timings({ timingsMs, peakRssBytes, backend }: CaseRecord): Html {
  const { total, ...stages } = timingsMs;
  const bars = Object.entries(stages)
    .sort(([, a], [, b]) => b - a)
    .map(([name, ms]) => [name, ms, secondsText(ms)] as const);
  return html`<section>
    <h2>Time</h2>
    <p>
      ${total !== undefined && `${secondsText(total)} in all, `}${bytesText(peakRssBytes)} of memory at most, on
      ${backend.name} (${backend.kind}).
    </p>
    ${bars.length > 0 && barChart('Time by stage', bars)}
  </section>`;
}

function secondsText(ms: number): string {
  return ms < 100 ? `${numberText(ms)} ms` : `${numberText(ms / 1000)} s`;
}

/** Files with their hashes. */
export function files({ images, companions: objects }: CaseRecord): HtmlPart {
  const row = (what: string, direction: string, { name, sizeBytes, sha256 }: RecordFile): HtmlPart[] => [name, what, direction, bytesText(sizeBytes), html`<code class="hash">${sha256}</code>`]; // prettier-ignore
  const rows = [
    ...images.map(({ modality, input, output }) => [modality, input, output] as const),
    ...objects.map(({ kind, input, output }) => [kind, input, output] as const),
  ].flatMap(([what, input, output]) => [...input.map((file) => row(what, 'in', file)), ...output.map((file) => row(what, 'out', file))]); // prettier-ignore
  if (rows.length === 0) return undefined;
  return html`<section><h2>Files</h2><details${rows.length <= 8 && html` open`}><summary>${countText(rows.length, 'file')}</summary>
${dataTable('Files', ['File', 'What', '', 'Size', 'SHA-256'], rows)}</details></section>`;
}

/** By what and how it was made: enough to make it again. */
export function provenance({
  method,
  rule,
  parameters,
  measured,
  seed,
  software,
  backend,
  finishedAt,
}: CaseRecord): Html {
  const pairs = (values: Readonly<Record<string, number | string | boolean>>): HtmlPart =>
    Object.entries(values).map(([name, value]) => term(name, typeof value === 'number' ? numberText(value, 4) : String(value))); // prettier-ignore
  return html`<section>
    <h2>How it was made</h2>
    <dl class="facts">
      ${term('Method', `${method}${rule === '' ? '' : `, ${rule}`}`)}${pairs(parameters)}${term('Seed', String(seed))}${pairs(measured)}
      ${term('Software', `efface ${software.efface}, Node.js ${software.node}, ${software.platform}`)}
      ${term('Backend', `${backend.kind}: ${backend.name}, ${backend.driver}`)}${term('Finished', finishedAt)}
    </dl>
  </section>`;
}

/** Where the case is in the plan. */
export function planned({ key, shard, attempt }: SiteCase): Html {
  return html`<section>
    <h2>In the plan</h2>
    <dl class="facts">
      ${term('Shard', String(shard))}${term('Attempts', String(attempt))}${term('Key', html`<code class="hash">${key}</code>`)}
    </dl>
  </section>`;
}

function term(name: string, value: HtmlPart): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}
