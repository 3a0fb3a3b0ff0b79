import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** A page with everything it complained about and everything it asked for elsewhere. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Console errors and warnings, exceptions, what its policy refused, failed requests, requests to the outside. Should be empty. */
  readonly problems: readonly string[];
}

/** @param home what the addresses of all requests begin with; what the page makes itself (data, blob) is no request */
export async function openWatched(
  browser: Browser,
  home: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', ({ message }) => problems.push(`exception: ${message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(home) && !/^(data|blob):/.test(url)) problems.push(`outside: ${url}`);
  });
  page.on('requestfailed', (request) => {
    // A page that is left drops what it was loading.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()}`);
  });
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}
