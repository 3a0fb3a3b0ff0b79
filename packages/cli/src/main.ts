#!/usr/bin/env node
/** The command line, started by a person. */
async function main(): Promise<void> {
  // Who reads the output may have had enough of it (`efface … | head`); the work goes on.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const { runCli } = await import('./cli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}

await main();
