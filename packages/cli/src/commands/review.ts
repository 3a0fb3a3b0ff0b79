import { isLoopback, ReviewServer } from '@efface/cohort';
import { type OutputOptions } from '../options.ts';
import { describeFailure, reportFailure } from '../failure.ts';

/** Options of `efface review`. */
export interface ReviewCommandOptions extends Pick<OutputOptions, 'json'> {
  readonly host: string;
  readonly port: number;
}

/** Serves a cohort for review until a signal ends it. */
export async function review(folder: string, { host, port, json }: ReviewCommandOptions): Promise<void> {
  await using server = await ReviewServer.start(folder, {
    host,
    port,
    onError: (error) => {
      reportFailure(describeFailure(error), json === true, error);
    },
  });
  const isOpen = !isLoopback(host);
  if (json) process.stdout.write(`${JSON.stringify({ address: server.address, isOpenToOthers: isOpen })}\n`);
  else {
    process.stdout.write(`${server.address}\n`);
    process.stderr.write('Open this address in a browser; Ctrl+C ends. It shows original faces: whoever has the address sees them.\n'); // prettier-ignore
  }
  if (isOpen)
    process.stderr.write(`efface: warning: ${host} is reached from other machines, and what is sent is not encrypted; a tunnel (ssh -L) is safer\n`); // prettier-ignore
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        resolve();
      });
  });
}
