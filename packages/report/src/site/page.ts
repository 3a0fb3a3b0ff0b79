import { html, type Html, type HtmlPart } from './html.ts';

/** What frames a page. */
export interface PageFrame {
  readonly title: string;
  /** Relative path from the page to the site's root: '' or '../../'. */
  readonly root: string;
  /** Whether decisions are taken on it: then it is served, else opened from the disk. */
  readonly isReview: boolean;
  /** Whether it shows faces as they were. */
  readonly showsFaces: boolean;
  /** Further scripts of the site: `defer` for what the page waits for, `async` for what it does not. */
  readonly scripts?: readonly { readonly name: string; readonly load: 'defer' | 'async' }[];
}

/**
 * What a page may load. From the disk, `'self'` is no origin in every browser, so that `file:` is said; served, nothing is but what
 * the viewer makes itself. Nothing ever comes from elsewhere, and no script or style stands in the page.
 */
export function contentSecurityPolicy(isReview: boolean): string {
  const own = isReview ? "'self'" : "'self' file:";
  const rules = [
    "default-src 'none'",
    `script-src ${own}`,
    `style-src ${own}`,
    `img-src ${own}${isReview ? ' data: blob:' : ''}`,
    ...(isReview ? ["connect-src 'self' data:", 'worker-src blob:'] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return rules.join('; ');
}

/** A whole page of the site. */
export function page(frame: PageFrame, body: HtmlPart): string {
  const { title, root, isReview, showsFaces, scripts = [] } = frame;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(isReview)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="${root}icon.svg" />
        <link rel="stylesheet" href="${root}site.css" />
        <script src="${root}site.js"></script>
        ${scripts.map(({ name, load }) => html`<script src="${root}${name}" ${load}></script> `)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="brand" href="${root}index.html">efface</a>
          <span class="mode">${isReview ? 'review' : 'report'}</span>
          <span class="grow"></span>
          <button type="button" id="keys" class="quiet" aria-haspopup="dialog">Keys <kbd>?</kbd></button>
          <button type="button" id="theme" class="quiet" aria-pressed="false">Dark</button>
        </header>
        ${showsFaces && facesWarning()}
        <main id="main" tabindex="-1">${body}</main>
        <dialog id="help" aria-labelledby="help-title">
          <h2 id="help-title">Keys</h2>
          <dl id="help-list"></dl>
          <form method="dialog"><button type="submit">Close</button></form>
        </dialog>
      </body>
    </html> `.text;
}

function facesWarning(): Html {
  return html`<p class="faces" role="note">
    <strong>Original faces.</strong> The pictures “before” show the patient. Do not share this page or its folder.
  </p>`;
}
