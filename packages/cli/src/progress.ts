import { Presets, SingleBar } from 'cli-progress';

/** One step of long work: what is done now and how much of the whole is behind us. */
export interface ProgressStep {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** Receives progress; `end` is called once, also after a failure. */
export interface Progress {
  step(step: ProgressStep): void;
  end(): void;
}

/** How progress is shown. */
export interface ProgressOptions {
  readonly quiet: boolean;
  readonly json: boolean;
}

/** A bar on a terminal, JSON lines on stderr otherwise (batch systems keep them), nothing with `quiet`. */
export function openProgress(options: ProgressOptions, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (options.quiet) return { step: () => undefined, end: () => undefined };
  if (stream.isTTY && !options.json) return terminalBar(stream);
  const startMs = Date.now();
  return {
    step: ({ stage, done, total }) => {
      const line = { event: 'progress', stage, done, total, elapsedMs: Date.now() - startMs };
      stream.write(`${JSON.stringify(line)}\n`);
    },
    end: () => undefined,
  };
}

function terminalBar(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | undefined;
  return {
    step: ({ stage, done, total }) => {
      if (bar === undefined) {
        bar = new SingleBar(
          { format: '{bar} {value}/{total} {stage}', stream, clearOnComplete: true, hideCursor: null },
          Presets.shades_grey,
        );
        bar.start(total, done, { stage });
      }
      bar.setTotal(total);
      bar.update(done, { stage });
    },
    end: () => bar?.stop(),
  };
}
