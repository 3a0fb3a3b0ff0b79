// One child process: runs the cases it is told to, one after the other, and says what each came to.
import { CaseRunner } from './run-case.ts';

const [seed, folder, bases] = process.argv.slice(2);
const runner = new CaseRunner(Number(seed), folder, bases);
const stray: string[] = [];
process.on('unhandledRejection', (reason) => stray.push(`a rejection nobody waited for: ${String(reason)}`));
process.on('uncaughtException', (error) => stray.push(`an exception nobody caught: ${error.stack ?? String(error)}`));

let running = Promise.resolve();
process.on('message', (cases: readonly number[]) => {
  running = running.then(async () => {
    for (const n of cases) {
      const result = await runner.run(n, (made) => process.send?.(made));
      // What was left to itself shows by the next turn of the loop.
      await new Promise((resolve) => setImmediate(resolve));
      process.send?.({ ...result, problems: [...result.problems, ...stray.splice(0)] });
    }
  });
});
process.on('disconnect', () => (process.exitCode = 0));
process.send?.('ready');
