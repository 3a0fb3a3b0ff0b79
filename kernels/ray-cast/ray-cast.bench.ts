import { benchFamilies } from '../bench.ts';
import { cases } from './ray-cast.cases.ts';

await benchFamilies(cases, console.log);
