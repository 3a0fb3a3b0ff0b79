import { escape } from '../site/html.ts';
import type { AuditPerson, AuditRecord } from './audit-record.ts';
import { auditTables, type TextTable } from './audit-tables.ts';

/** What the page shows beside the record; paths are relative to the page. */
export interface AuditPageParts {
  readonly record: AuditRecord;
  /** SVG text. */
  readonly roc: string;
  readonly cmc: string;
  readonly scaling: string;
  /** Picture of a person in a set; undefined where nothing could be drawn. */
  readonly thumbnail: (person: AuditPerson) => string | undefined;
}

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; margin: 0 0 1.5rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } .plots svg { max-width: 100%; height: auto; }
.warning { border: 2px solid #b00020; padding: .5rem 1rem; }
.subject { display: flex; flex-wrap: wrap; gap: .8rem; margin: 0 0 1.2rem; }
figure { margin: 0; width: 11rem; } figure img { width: 100%; display: block; }
figcaption { font-size: .8rem; } .none { aspect-ratio: 1; background: #eee; display: grid; place-items: center; padding: .5rem; font-size: .8rem; }
.hit { outline: 3px solid #b00020; }`;

/** The audit as one HTML page that loads nothing but its own thumbnails. */
export function auditPage({ record, roc, cmc, scaling, thumbnail }: AuditPageParts): string {
  const subjects = [...new Set(record.persons.map(({ subject }) => subject))];
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>efface audit</title><style>${STYLE}</style></head>
<body>
<h1>Is the patient still recognisable?</h1>
<p class="warning">This page shows original faces. Do not share it.</p>
${auditTables(record).map(tableHtml).join('\n')}
<div class="plots">${roc}${cmc}${scaling}</div>
<h2>Protocol</h2>
<ul>
<li>${escape(record.protocol.grid)}</li>
<li>${record.protocol.genuineFromSessions} genuine pairs of originals are of two scans; ${record.protocol.genuineFromOneScan} are of one scan and
what stands in for a second (turned, shifted, sampled anew, new noise), seen by other cameras under other lights. Those are
easier than real second scans.</li>
<li>Thresholds: ${escape(record.protocol.calibration)}</li>
${record.networks.map(({ name, licence, origin, sha256 }) => `<li>${escape(name)}: ${escape(origin)}; ${escape(licence)}; SHA-256 ${escape(sha256.slice(0, 12))}…</li>`).join('\n')}
</ul>
<h2>Everybody</h2>
<p>A red frame: the nearest known of at least one attacker is the person's own.</p>
${subjects.map((subject) => subjectHtml(subject, record, thumbnail)).join('\n')}
</body>
</html>
`;
}

/** Tables as one HTML page that loads nothing. */
export function tablesPage(title: string, tables: readonly TextTable[]): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escape(title)}</h1>
${tables.map(tableHtml).join('\n')}
</body>
</html>
`;
}

function tableHtml({ title, note, columns, rows }: TextTable): string {
  const cells = (tag: 'th' | 'td', values: readonly string[]): string =>
    `<tr>${values.map((value) => `<${tag}>${escape(value)}</${tag}>`).join('')}</tr>`;
  return `<h2>${escape(title)}</h2>
<p>${escape(note)}</p>
<table><thead>${cells('th', columns)}</thead><tbody>
${rows.map((row) => cells('td', row)).join('\n')}
</tbody></table>`;
}

function subjectHtml(subject: string, { persons }: AuditRecord, thumbnail: AuditPageParts['thumbnail']): string {
  const figures = persons
    .filter((person) => person.subject === subject)
    .map((person) => figureHtml(person, thumbnail(person)));
  return `<h3>${escape(subject)}</h3>
<div class="subject">${figures.join('')}</div>`;
}

function figureHtml(person: AuditPerson, picture: string | undefined): string {
  const { set, session, failure, nearest = {}, detectedShare = {} } = person;
  const isFound = Object.values(nearest).some(({ rank }) => rank === 1);
  const image =
    picture === undefined
      ? `<div class="none">${escape(failure?.message ?? 'a photograph')}</div>`
      : `<img src="${escape(picture)}" alt="" loading="lazy"${isFound ? ' class="hit"' : ''}>`;
  const lines = [
    [set, session].filter((part) => part !== '').join(', '),
    ...(person.isPosedAsKnown ? ['no head found; posed as the known scan'] : []),
    ...Object.entries(nearest).map(([attacker, { own, rank }]) =>
      own === null ? `${attacker}: -` : `${attacker}: ${own.toFixed(2)}, rank ${rank ?? '-'}`,
    ),
    ...Object.entries(detectedShare).map(([detector, share]) => `${detector}: face in ${(100 * share).toFixed(0)} %`),
  ];
  return `<figure>${image}<figcaption>${lines.map(escape).join('<br>')}</figcaption></figure>`;
}
