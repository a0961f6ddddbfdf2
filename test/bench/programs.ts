/** The guest programs of the table. */

import type { Program } from './sides.ts';

const alone = (name: string, n: number, smokeN: number, smokeOutput: string): Program => ({
  surroundings: 'alone',
  args: [name, '$N'],
  n,
  smokeN,
  smokeOutput: `${smokeOutput}\n`,
});

const python = (code: string): string[] => ['/usr/bin/python3', '-S', '-c', code];

const sqlite = `import sqlite3
d = sqlite3.connect(':memory:')
d.execute('create table t (a integer primary key, b text, c real)')
rows = ((i, str(i * 7919 % 1000003), i / 8) for i in range($N))
d.executemany('insert into t values (?, ?, ?)', rows)
d.execute('create index i on t (b)')
print(*d.execute('select sum(a), max(b), sum(c) from t where b > 5').fetchone())`;

const loop = `s, t = 0, {}
for i in range($N):
  s = (s * 31 + i) % 1000003
  t[s % 1000] = t.get(s % 1000, 0) + i
print(s, len(t), sum(t.values()))`;

const perl = `my ($n, $s) = (0, 7);
for my $i (1 .. $N) {
  $s = ($s * 1103515245 + 12345) % 2147483648;
  my $t = "key$s=value" . ($s % 97) . "; path=/a/b$i/c";
  $n += $2 + length $1 if $t =~ /^(\\w+)=value(\\d+); path=(?:\\/[^\\/]+)+$/;
  $t =~ s/[aeiou]/#/g;
  $n += ($t =~ tr/#//);
}
print "$n\\n";`;

/** The processor's suite. */
// biome-ignore format: a table
export const computePrograms: Readonly<Record<string, Program>> = {
  'recursive calls': alone('fib', 35, 20, '0000000000001a6d'),
  'sieve': alone('sieve', 20_000_000, 20_000, '0000000001430bf7'),
  'double matrix product': alone('matrix', 300, 20, '00000000000003c4'),
  'sha256': alone('sha256', 300_000, 100, '69ee568706fc0d92'),
  'crc': alone('crc', 40_000_000, 1000, '0000000074e3fb41'),
  'quicksort': alone('quicksort', 2_000_000, 1000, '0b1d373abb9f8ba7'),
  'libc qsort': alone('qsort', 500_000, 1000, '0b1d373abb9f8ba7'),
  'string and memory functions': alone('strings', 100_000, 10, '0000000000014c8f'),
  'bytecode interpreter': alone('bytecode', 15_000, 100, 'ccb0065e3e85b30b'),
  'n-body': alone('bodies', 200_000, 100, '000000000001e491'),
  'integer division': alone('divide', 5_000_000, 1000, '000013f200f696cc'),
  '64-bit multiply': alone('multiply', 50_000_000, 1000, '9c28a46b8ad933fa'),
  'sqlite inserts': { surroundings: 'python', args: python(sqlite), n: 60_000, smokeN: 100, smokeOutput: '2992 95028 374.0\n' },
  'Python loop': { surroundings: 'python', args: python(loop), n: 1_000_000, smokeN: 1000, smokeOutput: '729977 620 499500\n' },
  'Go sort': { surroundings: 'go', args: ['$N'], n: 500_000, smokeN: 1000, smokeOutput: '78e7be012b9cf645\n' },
  'regex in Perl': { surroundings: 'debian', args: ['/usr/bin/perl', '-e', perl], n: 200_000, smokeN: 100, smokeOutput: '6351\n' },
};

/** Loops of system calls. */
// biome-ignore format: a table
export const kernelPrograms: Readonly<Record<string, Program>> = {
  'getpid': alone('getpid', 300_000, 10, '000000000000000a'),
  'pipe': alone('pipe', 20_000, 10, '0000000000000037'),
  'futex ping-pong': alone('futex', 20_000, 10, '0000000000000014'),
  'signal': alone('signal', 100_000, 10, '0000000000000064'),
  '10,000 small files': alone('files', 10_000, 10, '000de14cd6caa960'),
};

/** Starts of an interpreter. */
// biome-ignore format: a table
export const startPrograms: Readonly<Record<string, Program>> = {
  'Python start': { surroundings: 'python', args: ['/usr/bin/python3', '-c', 'pass'], n: 0, smokeN: 0, smokeOutput: '' },
};

/** Fifty processes that live at the same time. */
export const processes: Program = alone('processes', 50, 3, '0000000000000003');
