import { benchFamilies } from '../bench.ts';
import { cases } from './components.cases.ts';

await benchFamilies(cases, console.log);
