import manifest from '../package.json' with { type: 'json' };

/** Version of efface, as in its package manifest. */
export const VERSION: string = manifest.version;
