import { addKeys } from './keys.ts';
import { keptOrder } from './order.ts';

const ROOT = '../../';

/** Steps between cases by key, in the order the table showed last. */
export function wireCase(article: HTMLElement): void {
  const order = keptOrder();
  const at = order.indexOf(article.dataset['item'] ?? '');
  if (at >= 0) {
    setStep('prev', order[at - 1]);
    setStep('next', order[at + 1]);
    const place = document.getElementById('place');
    if (place) place.textContent = `${at + 1} of ${order.length}`;
  }
  addKeys([
    { keys: ['j', 'n', 'ArrowRight'], words: 'next case', act: () => { follow('next'); } },
    { keys: ['k', 'p', 'ArrowLeft'], words: 'previous case', act: () => { follow('prev'); } },
    { keys: ['Escape'], words: 'back to all cases', act: () => { document.getElementById('to-table')?.click(); } },
  ]); // prettier-ignore
}

function stepOf(rel: 'prev' | 'next'): HTMLAnchorElement | null {
  return document.querySelector(`.step[data-step="${rel}"]`);
}

function setStep(rel: 'prev' | 'next', id: string | undefined): void {
  const step = stepOf(rel);
  if (!step) return;
  if (id === undefined) {
    step.removeAttribute('href');
    step.setAttribute('role', 'link');
    step.setAttribute('aria-disabled', 'true');
  } else {
    step.href = `${ROOT}case/${id}.html`;
    step.removeAttribute('role');
    step.removeAttribute('aria-disabled');
  }
}

function follow(rel: 'prev' | 'next'): void {
  const step = stepOf(rel);
  if (step?.hasAttribute('href')) step.click();
}
