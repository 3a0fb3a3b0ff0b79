// The product from the outside: the bundle is run as a stranger would run it, and what it leaves is looked at.
import { rmSync } from 'node:fs';
import { audit } from './audit.ts';
import { cohort } from './cohort.ts';
import { cost } from './cost.ts';
import { faults } from './faults.ts';
import { firstSteps } from './first-steps.ts';
import { counts, scratch } from './harness.ts';
import { look } from './look.ts';
import { lookAndRegister } from './look-and-register.ts';
import { methods } from './methods.ts';
import { published } from './published.ts';
import { study } from './study.ts';

try {
  await firstSteps();
  await methods();
  await lookAndRegister();
  await cost();
  await audit();
  await cohort();
  await study();
  await look();
  await faults();
  await published();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\nend to end: ${counts.passed} passed, 0 failed, ${counts.skipped} skipped`);
