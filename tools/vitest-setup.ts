import fc from 'fast-check';
import { provideBackends } from '@efface/compute/testing';
import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest';

// Loaded by the files that ask for a backend only.
provideBackends(async (kind, options) => (await import('@efface/kernels/backends')).openBackend(kind, options));

/** A stray console call in library code is a defect: output belongs to the command line. */
const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const;
let spies: MockInstance[] = [];

beforeEach(() => {
  spies = METHODS.map((method) => vi.spyOn(console, method));
});

afterEach(() => {
  const calls = spies.flatMap((spy) => spy.mock.calls.map((call) => String(call[0])));
  vi.restoreAllMocks();
  expect(calls, 'console output in a test').toEqual([]);
});

// A check of the same commit gives the same answer; at a desk every run looks elsewhere.
if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 2026 });
