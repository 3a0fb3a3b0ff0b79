import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';

// Who may ask the review server for anything. Each check stands alone; a request has to pass all of them.

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether an address is this machine's own, which no other can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Values of the Host header under which this server is known. A page elsewhere can make its own name point here (DNS rebinding);
 * the browser then sends that name.
 * @param host where the server listens
 */
export function knownHosts(host: string, port: number): ReadonlySet<string> {
  const names = isLoopback(host) ? LOOPBACK : [...LOOPBACK, bracketed(host)];
  if (host === '0.0.0.0' || host === '::')
    names.push(hostname(), ...Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => bracketed(address)))); // prettier-ignore
  const isDefault = port === 80;
  return new Set(
    names.flatMap((name) => [`${name}:${port}`, ...(isDefault ? [name] : [])]).map((name) => name.toLowerCase()),
  );
}

/** An address as it stands in an URL. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Compares secrets in a time that tells nothing of them, their length included. */
export function isSameSecret(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** Value of a cookie; '' when it was not sent. */
export function cookieOf({ headers }: Pick<IncomingMessage, 'headers'>, name: string): string {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key, ...value] = part.split('=');
    if (key.trim() === name) return value.join('=').trim();
  }
  return '';
}

/**
 * Whether a request that changes something comes from a page of this server. Browsers send Origin with every POST; who sends none
 * is no browser, and is not let in either.
 */
export function isSameOrigin({ headers }: Pick<IncomingMessage, 'headers'>, hosts: ReadonlySet<string>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const { origin, host = '' } = headers;
  return origin?.toLowerCase() === `http://${host.toLowerCase()}` && hosts.has(host.toLowerCase());
}

/**
 * The parts of a request's path, decoded; undefined for one that cannot name anything here: with a part that is hidden, empty, leads
 * upwards or holds a separator once it is decoded.
 */
export function pathParts(url: string): string[] | undefined {
  const [path] = url.split(/[?#]/, 1);
  if (!path.startsWith('/')) return undefined;
  if (path === '/') return [];
  const parts: string[] = [];
  for (const part of path.slice(1).split('/')) {
    let decoded: string;
    try {
      decoded = decodeURIComponent(part);
    } catch {
      return undefined;
    }

    if (decoded === '' || decoded.startsWith('.') || /[/\\\u0000-\u001f]/.test(decoded)) return undefined;
    parts.push(decoded);
  }
  return parts;
}
