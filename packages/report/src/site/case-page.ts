import { altered, attempts, companions, dose, drift, files, findings, planned, provenance, recognition, timings } from './case-sections.ts'; // prettier-ignore
import { html, type Html, type HtmlPart } from './html.ts';
import { page } from './page.ts';
import { reviewPanel } from './review-panel.ts';
import type { SiteCase, SiteGroup } from './site-data.ts';
import { VERDICT_WORDS } from './words.ts';

/** Where a case stands among the others. */
export interface CasePlace {
  /** From 0. */
  readonly index: number;
  readonly total: number;
  /** Ids of its neighbours in the order of the plan. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The page of a case lies at this path of the site. */
export function casePath(id: string): string {
  return `case/${id}.html`;
}

const ROOT = '../../';

/** `case/<input>/<way>.html`: everything that was done to a case and found about it. */
export function casePage(found: SiteCase, place: CasePlace, isReview: boolean): string {
  const { id, input, way, verdict, groups } = found;
  const hasPictures = groups.some(({ pictures }) => pictures.size > 0);
  const frame = {
    title: `${input} by ${way} · efface`,
    root: ROOT,
    isReview,
    showsFaces: hasPictures || isReview,
    // What failed has nothing to view.
    scripts:
      isReview && groups.some(({ record }) => record.verdict !== 'fail')
        ? [{ name: 'viewers.js', load: 'async' } as const]
        : [],
  };
  return page(
    frame,
    html`<article id="case" data-item="${id}" data-key="${found.key}" data-verdict="${verdict}">
      <div class="heading">
        ${steps(place)}
        <h1>${input} <span class="muted">by ${way}</span></h1>
        <p>${badge(verdict)} ${sentence(found)}</p>
      </div>
      ${isReview && reviewPanel(found)}
      ${
        found.failures.length > 0 &&
        html`<section>
          <h2>What stopped it</h2>
          <ul class="reasons">
            ${found.failures.map(
              ({ group, code, message }) =>
                html`<li class="reason fail">
                  <p>${group !== undefined && `${group}: `}${message} <code>${code}</code></p>
                </li>`,
            )}
          </ul>
        </section>`
      }
      ${groups.map((group) => groupPart(group, groups.length > 1))}
      ${
        found.leftOut.length > 0 &&
        html`<section>
          <h2>In the input and not processed</h2>
          <ul>
            ${found.leftOut.map(({ code, message }) => html`<li>${message} <code>${code}</code></li>`)}
          </ul>
        </section>`
      }
      ${planned(found)}
    </article>`,
  );
}

function badge(verdict: SiteCase['verdict']): Html {
  const { sign, word } = VERDICT_WORDS[verdict];
  return html`<span class="badge ${verdict}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}

function sentence({ verdict }: SiteCase): string {
  switch (verdict) {
    case 'pass':
      return 'The checks found nothing to object to.';
    case 'review':
      return 'It was written, and somebody should look before it is used.';
    case 'fail':
      return 'There is no image: a case that fails its checks leaves none.';
    case 'open':
      return 'Nothing was done yet.';
  }
}

function steps({ index, total, before, after }: CasePlace): Html {
  const step = (id: string | undefined, rel: string, text: string): Html =>
    id === undefined
      ? html`<a class="step" data-step="${rel}" role="link" aria-disabled="true">${text}</a>`
      : html`<a class="step" data-step="${rel}" rel="${rel}" href="${ROOT}${casePath(id)}">${text}</a>`;
  return html`<nav class="steps" aria-label="Cases">
    <a href="${ROOT}index.html" id="to-table">All cases</a> ${step(before, 'prev', '← Previous')}<span id="place"
      >${index + 1} of ${total}</span
    >${step(after, 'next', 'Next →')}
  </nav>`;
}

function groupPart(group: SiteGroup, isOneOfSeveral: boolean): Html {
  const { record } = group;
  return html`${isOneOfSeveral && html`<h2 class="group">${group.name} ${badge(record.verdict)}</h2>`}
  ${findings(record)} ${pictures(group)} ${recognition(record)} ${altered(record)} ${drift(group)} ${dose(group)}
  ${companions(record)} ${attempts(record)} ${timings(record)} ${files(record)} ${provenance(record)}`;
}

const VIEWS = [
  ['front', 'from the front'],
  ['three-quarter', 'half from the side'],
  ['profile', 'from the side'],
] as const;

/** Pictures of structures have names of their own; these are the ones that are placed. */
const PLACED = /^(before|after)-(front|three-quarter|profile)\.png$|^(slices|renders)\.png$/;

function pictures({ pictures: found, record }: SiteGroup): HtmlPart {
  if (found.size === 0)
    return record.verdict === 'fail' ? undefined : html`<p class="note">No pictures were made of this case.</p>`;
  const picture = (name: string, alt: string, caption: HtmlPart): HtmlPart => {
    const path = found.get(name);
    return path !== undefined && html`<figure><a href="${ROOT}${path}"><img src="${ROOT}${path}" alt="${alt}" loading="lazy" decoding="async"></a><figcaption>${caption}</figcaption></figure>`; // prettier-ignore
  };
  const others = [...found.keys()].filter((name) => !PLACED.test(name));
  return html`<section>
    <h2>Before and after</h2>
    <div class="pictures renders">
      ${VIEWS.map(([view, words]) => picture(`before-${view}.png`, `The head before, ${words}`, html`<strong class="before">Before</strong>, ${words}`))}
      ${VIEWS.map(([view, words]) => picture(`after-${view}.png`, `The head after, ${words}`, html`<strong>After</strong>, ${words}`))}
    </div>
    <div class="pictures slices">
      ${picture('slices.png', 'Axial, coronal and sagittal cut through the head, what was altered outlined in red', html`<strong class="before">Before</strong>: axial, coronal and sagittal; what was altered is outlined in red`)}
      ${others.map((name) => picture(name, name.replace(/\.png$/, '').replaceAll('-', ' '), name.replace(/\.png$/, '').replaceAll('-', ' ')))}
    </div>
  </section>`;
}
