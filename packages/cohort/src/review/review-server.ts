import { contentSecurityPolicy } from '@efface/report';
import { outputErrorFrom } from '@efface/io';
import { EffaceError } from '@efface/volume';
import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { CohortView } from '../report/collect-cohort.ts';
import { CaseImages } from './case-images.ts';
import { Decisions } from './decisions.ts';
import { bracketed, cookieOf, isSameOrigin, isSameSecret, knownHosts, pathParts } from './guard.ts';
import { answerTo } from './routes.ts';

/** Most of what a decision may take, bytes. */
const MAX_BODY_BYTES = 16_384;

const TOKEN_BYTES = 24;

/** Where a review is served. */
export interface ReviewOptions {
  /** Address to listen at. Default 127.0.0.1, which no other machine reaches. */
  readonly host?: string;
  /** 0, the default, is one that is free. */
  readonly port?: number;
  /** What went wrong while a request was answered, for the terminal; never a path of a request. */
  readonly onError?: (error: unknown) => void;
}

/** The place cannot be listened at. */
class ReviewAddressError extends EffaceError {
  constructor(host: string, port: number, cause: unknown) {
    super('REVIEW_ADDRESS', 'unavailable', `${bracketed(host)}:${port}: cannot be listened at (${(cause as Error).message}); choose another --port or --host`, { cause }); // prettier-ignore
  }
}

/**
 * Serves a cohort to the people who look at it and takes their decisions down. Whoever has the address has the token in it, and
 * nobody else gets anything: every request is checked for the name it asks under, the token, and, where it changes something, the
 * page it comes from.
 */
export class ReviewServer implements AsyncDisposable {
  /** With the token. Whoever has it sees faces. */
  readonly address: string;
  readonly #server: Server;
  readonly #decisions: Decisions;

  private constructor(server: Server, decisions: Decisions, address: string) {
    this.#server = server;
    this.#decisions = decisions;
    this.address = address;
  }

  /** @throws PlanError, InputNotFoundError; EffaceError REVIEW_ADDRESS */
  static async start(cohort: string, options: ReviewOptions = {}): Promise<ReviewServer> {
    const { host = '127.0.0.1', port: wanted = 0, onError = () => undefined } = options;
    const view = await CohortView.open(cohort);
    const decisions = new Decisions(view);
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    // Node's HTTP takes a while to load, which every other command would wait for.
    const { createServer } = await import('node:http');
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        reject(new ReviewAddressError(host, wanted, error));
      });
      server.listen(wanted, host, resolve);
    });
    const { port } = server.address() as AddressInfo;
    const door = new Door(view, decisions, token, port, knownHosts(host, port));
    server.on('request', (request, response) => {
      door.answer(request, response).catch((error: unknown) => {
        onError(error);
        refuse(response, 500, error instanceof EffaceError ? error.message : 'something went wrong; see the terminal');
      });
    });
    const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : bracketed(host);
    return new ReviewServer(server, decisions, `http://${name}:${port}/?token=${token}`);
  }

  /** Ends it: what was decided is on the disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    await this.#decisions[Symbol.asyncDispose]();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Lets requests in, or not. */
class Door {
  readonly #view: CohortView;
  readonly #decisions: Decisions;
  readonly #images: CaseImages;
  readonly #token: string;
  readonly #cookie: string;
  readonly #hosts: ReadonlySet<string>;

  constructor(view: CohortView, decisions: Decisions, token: string, port: number, hosts: ReadonlySet<string>) {
    this.#view = view;
    this.#decisions = decisions;
    this.#images = new CaseImages(view.folder, view.plan);
    this.#token = token;
    // Cookies do not tell ports apart; two reviews on one machine must not put each other out.
    this.#cookie = `efface-review-${port}`;
    this.#hosts = hosts;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    setHeaders(response);
    if (!this.#hosts.has((headers.host ?? '').toLowerCase()))
      return refuse(response, 403, 'this server is not known by that name');
    const given = new URLSearchParams(url.split('?')[1]).get('token');
    if (given !== null && method === 'GET' && pathParts(url)?.length === 0) return this.#welcome(response, given);
    if (!isSameSecret(cookieOf(request, this.#cookie), this.#token))
      return refuse(response, 403, 'the token is missing or wrong: open the whole address that efface review printed');
    if (method === 'POST') return await this.#decide(request, response);
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'only GET and POST');
    const parts = pathParts(url);
    if (!parts) return refuse(response, 404, 'there is nothing here');
    await this.#view.refresh();
    const answer = await answerTo(parts, this.#view, this.#images);
    if (!answer) return refuse(response, 404, 'there is nothing here');
    response.writeHead(200, { 'Content-Type': answer.type, 'Content-Length': Buffer.byteLength(answer.body) });
    response.end(method === 'HEAD' ? undefined : answer.body);
  }

  /** Swaps the token of the address for a cookie. A page, not a redirect: a strict cookie is not sent along from elsewhere. */
  #welcome(response: ServerResponse, given: string): void {
    if (!isSameSecret(given, this.#token))
      return refuse(response, 403, 'the token is wrong: open the whole address that efface review printed');
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Set-Cookie': `${this.#cookie}=${this.#token}; Path=/; HttpOnly; SameSite=Strict`,
    });
    response.end('<!doctype html><html lang="en"><meta charset="utf-8"><title>efface review</title><meta http-equiv="refresh" content="0;url=/index.html"><p><a href="/index.html">To the cases</a></p></html>'); // prettier-ignore
  }

  async #decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isSameOrigin(request, this.#hosts))
      return refuse(response, 403, 'decisions are taken on a page of this server');
    if (request.url !== '/decision') return refuse(response, 404, 'there is nothing here');
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return refuse(response, 415, 'a decision is JSON');
    const text = await bodyOf(request);
    if (text === undefined) return refuse(response, 413, 'this is too long for a decision');
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return refuse(response, 400, 'this is no decision');
    }
    let taken: Awaited<ReturnType<Decisions['take']>>;
    try {
      taken = await this.#decisions.take(body);
    } catch (error) {
      throw outputErrorFrom(error, this.#view.folder);
    }
    if ('status' in taken) return refuse(response, taken.status, taken.message);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ decision: taken.decision, comment: taken.comment, at: taken.at }));
  }
}

function setHeaders(response: ServerResponse): void {
  const headers = {
    'Content-Security-Policy': `${contentSecurityPolicy(true)}; frame-ancestors 'none'`,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    // Faces stay in no cache.
    'Cache-Control': 'no-store',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** Says no: to a person in words, to a script in JSON. */
function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isRead = response.req.headers.accept?.includes('text/html') === true;
  const type = isRead ? 'text/plain; charset=utf-8' : 'application/json';
  // What was not read of the request would be taken for the next one.
  response.writeHead(status, { 'Content-Type': type, Connection: 'close' });
  response.end(isRead ? `efface review: ${message}\n` : JSON.stringify({ message }));
}

/** The text of a request; undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  // Kept open when it is too long: the answer has to go somewhere.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
