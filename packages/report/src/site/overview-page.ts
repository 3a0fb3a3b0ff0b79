import { rangeChart, rateChart, verdictChart } from './charts.ts';
import { html, type Html, type HtmlPart } from './html.ts';
import { page } from './page.ts';
import type { SiteCohort, SiteVerdict, SiteWay } from './site-data.ts';
import { hashOf, EMPTY_STATE, type TableState } from './table-model.ts';
import { countText, quartileText, rateText, VERDICT_WORDS } from './words.ts';

const VERDICTS: readonly SiteVerdict[] = ['pass', 'review', 'fail', 'open'];

/** `index.html`: how the cohort stands, rates with their intervals, what failed and why, and the table of all cases. */
export function overviewPage(cohort: SiteCohort, isReview: boolean): string {
  const { name, nInputs, ways, cases, software, fingerprint } = cohort;
  const frame = {
    title: `${name} · efface`,
    root: '',
    isReview,
    showsFaces: true,
    scripts: [{ name: 'data.js', load: 'defer' } as const],
  };
  return page(
    frame,
    html`<div class="heading">
        <h1>${name}</h1>
        <p class="muted">
          ${countText(nInputs, 'input')} by ${ways.map((way) => way.name).join(', ')}:
          ${countText(cases.length, 'case')} · efface ${software} · plan
          <code>${fingerprint.slice(0, 12)}</code>
        </p>
      </div>
      ${tiles(cohort)} ${casesSection(isReview)} ${methodsSection(ways)} ${studySection(cohort)}
      ${reasonsSection(cohort)} ${leftOutSection(cohort)}`,
  );
}

function tiles({ ways }: SiteCohort): Html {
  const total = (verdict: SiteVerdict): number => ways.reduce((sum, { counts }) => sum + counts[verdict], 0);
  const tile = (verdict: SiteVerdict): Html => {
    const { sign, word } = VERDICT_WORDS[verdict];
    return html`<li>
      <a class="tile ${verdict}" href="#${hashOf({ ...EMPTY_STATE, verdict })}">
        <span class="count">${total(verdict).toLocaleString('en')}</span
        ><span class="word"><span aria-hidden="true">${sign}</span> ${word}</span></a
      >
    </li>`;
  };
  return html`<ul class="tiles" aria-label="Cases by verdict">
    ${VERDICTS.map(tile)}
  </ul>`;
}

function casesSection(isReview: boolean): Html {
  const select = (id: string, label: string): Html =>
    html`<label
      >${label}<select id="filter-${id}">
        <option value="">all</option>
      </select></label
    >`;
  return html`<section aria-labelledby="cases-title" id="cases">
    <h2 id="cases-title">Cases</h2>
    <form class="filters" role="search" aria-label="Filter the cases">
      <label class="wide"
        >Find<input
          type="search"
          id="filter-text"
          autocomplete="off"
          spellcheck="false"
          placeholder="name, reason, comment"
      /></label>
      ${select('verdict', 'Verdict')}${select('way', 'Method')}${select('modality', 'Modality')}${select('reason', 'Reason')}
      ${isReview && select('decision', 'Decision')}
      <button type="reset" class="quiet">Clear</button>
    </form>
    <p id="found" class="muted" role="status" aria-live="polite"></p>
    <noscript
      ><p class="note">
        The table needs JavaScript. The pages of the cases, in the folder <code>case/</code>, do not.
      </p></noscript
    >
    <div class="scroll" tabindex="0" role="region" aria-labelledby="cases-title">
      <table id="table">
        <thead>
          <tr></tr>
        </thead>
        <tbody></tbody>
      </table>
    </div>
    <nav class="pages" aria-label="Pages of the table">
      <button type="button" id="page-before">Previous</button><span id="page-number"></span
      ><button type="button" id="page-after">Next</button>
    </nav>
  </section>`;
}

function methodsSection(ways: readonly SiteWay[]): Html {
  const head = ['Method', 'Pass', 'Review', 'Fail', 'To do', 'Passed', 'Face seen before', 'after', 'Recognised after', 'Altered, ml', 'of the body', 'Time, s']; // prettier-ignore
  const rows = ways.map(({ name, counts, pass, faceSeenBefore, faceSeenAfter, recognised, alteredMl, alteredBodyMl, seconds }) => [
    name,
    ...VERDICTS.map((verdict) => String(counts[verdict])),
    rateText(pass), rateText(faceSeenBefore), rateText(faceSeenAfter), rateText(recognised), quartileText(alteredMl),
    quartileText(alteredBodyMl), quartileText(seconds),
  ]); // prettier-ignore
  const named = <K extends keyof SiteWay>(key: K): [string, SiteWay[K]][] => ways.map((way) => [way.name, way[key]]);
  return html`<section aria-labelledby="methods-title">
    <h2 id="methods-title">By method</h2>
    <div class="charts">
      ${verdictChart(ways)} ${rateChart('Passed, of those done (95 % interval)', named('pass'))}
      ${rateChart('A face is seen after', named('faceSeenAfter'))}
      ${rateChart('Recognised after: descriptors of one person', named('recognised'))}
      ${rangeChart('Altered volume', 'ml', named('alteredMl'))} ${rangeChart('Time of a case', 's', named('seconds'))}
    </div>
    ${dataTable('By method', head, rows)}
    <p class="muted">
      Rates with exact (Clopper–Pearson) 95 % intervals; volumes and times as median [quartiles]. A face is seen in an
      image when a network sees one in at least half of its portraits; that is not yet a face that is recognised.
    </p>
  </section>`;
}

function studySection({ study, audits }: SiteCohort): HtmlPart {
  if (study.length === 0 && audits.length === 0) return undefined;
  return html`<section aria-labelledby="study-title">
    <h2 id="study-title">The study</h2>
    ${
      audits.length > 0 &&
      html`<p>
        Is the patient still recognisable?
        ${audits.map(({ modality, href }) => html`<a href="${href}">Audit of the ${modality} images</a> `)}
      </p>`
    }
    ${study.map(
      ({ title, note, columns, rows }) =>
        html`<details>
          <summary>${title}</summary>
          <p class="muted">${note}</p>
          ${dataTable(title, columns, rows)}
        </details>`,
    )}
  </section>`;
}

function reasonsSection({ reasons }: SiteCohort): HtmlPart {
  if (reasons.length === 0) return undefined;
  const link = (state: Partial<TableState>): string => `#${hashOf({ ...EMPTY_STATE, ...state })}`;
  return html`<section aria-labelledby="reasons-title">
    <h2 id="reasons-title">What failed or needs a look, and why</h2>
    <ul class="reasons">
      ${reasons.map(
        ({ code, severity, nCases, example }) =>
          html`<li class="reason ${severity}">
            <a href="${link({ reason: code })}">${countText(nCases, 'case')}</a>
            <span class="badge ${severity}"
              ><span aria-hidden="true">${VERDICT_WORDS[severity].sign}</span> ${severity}</span
            >
            <code>${code}</code>
            <p>${example}${nCases > 1 && html` <span class="muted">(one of ${nCases})</span>`}</p>
          </li>`,
      )}
    </ul>
  </section>`;
}

function leftOutSection({ leftOut }: SiteCohort): HtmlPart {
  if (leftOut.length === 0) return undefined;
  return html`<section aria-labelledby="left-out-title">
    <h2 id="left-out-title">In the input and no case</h2>
    <ul>
      ${leftOut.map(({ code, message }) => html`<li>${message} <code>${code}</code></li>`)}
    </ul>
  </section>`;
}

/** A table that scrolls sideways within itself where the page is narrow. The first column names its row. */
export function dataTable(caption: string, head: readonly string[], rows: readonly (readonly HtmlPart[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table class="data">
      <caption class="hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((text) => html`<th scope="col">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([first, ...cells]) =>
            html`<tr>
              <th scope="row">${first}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
