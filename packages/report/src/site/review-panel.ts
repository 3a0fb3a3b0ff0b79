import { html, type Html } from './html.ts';
import type { SiteCase } from './site-data.ts';
import { DECISION_WORDS } from './words.ts';

/** Where a case is decided on: buttons, comment, and the images before and after side by side. */
export function reviewPanel({ verdict, review, groups }: SiteCase): Html {
  const images = groups.flatMap(
    ({ name, record }) =>
    record.verdict === 'fail' ? [] : record.images.map(({ label, modality }, n) => ({ group: name, image: n, label, modality })), // prettier-ignore
  );
  const decision = review?.decision ?? 'none';
  const isDone = verdict === 'pass' || verdict === 'review';
  const button = (value: string, key: string, text: string): Html =>
    html`<button
      type="button"
      class="decide ${value}"
      data-decision="${value}"
      aria-pressed="${String(decision === value)}"
      ${value === 'accept' && !isDone && html` disabled`}
    >
      ${text} <kbd>${key}</kbd>
    </button>`;
  return html`<section class="review" aria-labelledby="review-title">
    <h2 id="review-title" class="hidden">Review</h2>
    <div class="decision">
      <div class="buttons" role="group" aria-label="Decision">
        ${button('accept', 'a', 'Accept')}${button('reject', 'r', 'Reject')}${button('none', 'u', 'Undecided')}
      </div>
      <div class="comment">
        <label for="comment">Comment <kbd>c</kbd></label>
        <textarea id="comment" rows="1" maxlength="2000" placeholder="no patient data">
${review?.comment ?? ''}</textarea>
        <button type="button" id="save-comment">Save comment</button>
      </div>
    </div>
    <p id="decision" class="muted" role="status" aria-live="polite">
      ${review === undefined ? 'Nobody has decided yet.' : `${DECISION_WORDS[decision]} on ${review.at.slice(0, 10)}`}
    </p>
    ${!isDone && html`<p class="note">${verdict === 'fail' ? 'It failed and left no image: there is nothing to accept.' : 'Nothing was done yet: there is nothing to accept.'}</p>`}
    ${images.length > 0 && viewers(images)}
  </section>`;
}

/** What the script of the viewers reads. */
interface ViewedImage {
  readonly group: string;
  readonly image: number;
  readonly label: string;
  readonly modality: string;
}

function viewers(images: readonly ViewedImage[]): Html {
  return html`<div id="viewers" data-images="${JSON.stringify(images)}">
    <div class="tools">
      ${
        images.length > 1 &&
        html`<label
          >Image<select id="image">
            ${images.map(({ label, modality }, n) => html`<option value="${n}">${modality} ${label}</option>`)}
          </select></label
        >`
      }
      <button type="button" id="mask" aria-pressed="true">What was altered <kbd>m</kbd></button>
      <button type="button" id="view">Slices or head <kbd>v</kbd></button>
      <span id="viewer-state" class="muted" role="status" aria-live="polite"></span>
    </div>
    <div class="canvases">
      <figure>
        <figcaption>
          <strong class="before">Before</strong> <span class="muted">what was altered in red</span>
        </figcaption>
        <div class="canvas"><canvas id="before" aria-label="The image before, with what was altered"></canvas></div>
      </figure>
      <figure>
        <figcaption><strong>After</strong></figcaption>
        <div class="canvas"><canvas id="after" aria-label="The image after"></canvas></div>
      </figure>
    </div>
  </div>`;
}
