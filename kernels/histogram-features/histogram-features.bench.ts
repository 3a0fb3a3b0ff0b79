import { benchFamilies } from '../bench.ts';
import { cases } from './histogram-features.cases.ts';

await benchFamilies(cases, console.log);
