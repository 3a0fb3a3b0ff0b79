import { benchFamilies } from '../bench.ts';
import { cases } from './histogram-global.cases.ts';

await benchFamilies(cases, console.log);
