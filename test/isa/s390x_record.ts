/** Records `s390x.transcript.json` from QEMU: node scripts/run.js test/isa/s390x_record.ts */

import { record } from './s390x_transcript.ts';

record();
