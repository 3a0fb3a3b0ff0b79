import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cookieOf, isLoopback, isSameOrigin, isSameSecret, knownHosts, pathParts } from './guard.ts';

describe('the path of a request', () => {
  it('comes in parts, decoded', () => {
    expect(pathParts('/')).toEqual([]);
    expect(pathParts('/?token=x')).toEqual([]);
    expect(pathParts('/case/sub-01/quick%20shear.html?x#y')).toEqual(['case', 'sub-01', 'quick shear.html']);
  });

  it.each([
    '', 'index.html', 'http://elsewhere/', '//etc/passwd', '/..', '/../plan.json', '/case/../../etc/passwd', '/%2e%2e/plan.json',
    '/%2E%2E%2fplan.json', '/a%2fb', '/a%5cb', '/a\\..\\b', '/.hidden', '/%2ehidden', '/a/', '/a//b', '/a%00b', '/%ff', '/%',
  ])('%j names nothing', (url) => {
    expect(pathParts(url)).toBeUndefined();
  }); // prettier-ignore

  it('never leads out of a folder, whatever it is made of', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2f', '%5C', '\\', 'a', '%', '%00', '?', '#', '~', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const parts = pathParts(`/${pieces.join('')}`);
        if (parts) expect(join('/base', ...parts).startsWith('/base')).toBe(true);
        for (const part of parts ?? []) expect(part).not.toMatch(/^\.|[/\\]/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('who asks', () => {
  it('must know this server by a name of its own', () => {
    const hosts = knownHosts('127.0.0.1', 8080);
    expect([...hosts].sort()).toEqual(['127.0.0.1:8080', '[::1]:8080', 'localhost:8080']);
    expect(hosts.has('evil.example:8080')).toBe(false);
    expect(knownHosts('10.1.2.3', 8080).has('10.1.2.3:8080')).toBe(true);
    expect(knownHosts('localhost', 80).has('localhost')).toBe(true);
  });

  it('is on this machine only by an address that no other reaches', () => {
    expect(['127.0.0.1', '127.1.2.3', 'localhost', '::1'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', '1127.0.0.1'].map(isLoopback)).toEqual(Array(5).fill(false)); // prettier-ignore
  });

  it('changes something only from a page of this server', () => {
    const hosts = knownHosts('127.0.0.1', 8080);
    const host = '127.0.0.1:8080';
    const ask = (headers: Record<string, string>): boolean => isSameOrigin({ headers: { host, ...headers } }, hosts);
    expect(ask({ origin: `http://${host}` })).toBe(true);
    expect(ask({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(true);
    expect(ask({})).toBe(false);
    expect(ask({ origin: 'null' })).toBe(false);
    expect(ask({ origin: 'http://127.0.0.1:9090' })).toBe(false);
    // Another port is the same site, not the same origin.
    expect(ask({ origin: `http://${host}`, 'sec-fetch-site': 'same-site' })).toBe(false);
    expect(ask({ origin: 'http://localhost:8080' })).toBe(false);
    expect(ask({ host: 'evil.example:8080', origin: 'http://evil.example:8080' })).toBe(false);
  });

  it('has the secret or has it not', () => {
    expect(isSameSecret('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abd', 'abcc', 'ABC']) expect(isSameSecret('abc', other)).toBe(false);
    const headers = { cookie: 'a=1; efface-review-80=x=y; b=2' };
    expect(cookieOf({ headers }, 'efface-review-80')).toBe('x=y');
    expect(cookieOf({ headers }, 'efface-review-8')).toBe('');
    expect(cookieOf({ headers: {} }, 'a')).toBe('');
  });
});
