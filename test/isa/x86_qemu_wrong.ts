/**
 * Rows QEMU 7.2 executes otherwise than the manual (SDM: Intel 325462) and processors do. Random
 * programs leave them out under QEMU; natively all rows are compared.
 */

interface Wrong {
  /** Matches "encoding syntax" of the rows. */
  readonly rows: RegExp;
  /** What is wrong there, with the section that says so. */
  readonly why: string;
}

// biome-ignore format: a table
export const qemuWrong: readonly Wrong[] = [
  { rows: /^(?:D[89A-F] |9B )/,
    why: 'x87: no stack faults, no denormal-operand exception, C1 kept; vol. 1, 8.1.3.3, 8.5.1.1, 8.5.2' },
  { rows: /\bmm[12]?\b|EMMS/,
    why: 'MMX leaves sign and exponent of the x87 register; vol. 1, 9.6.2: bits 64 to 79 become ones' },
  { rows: /\bV?(?:ADD|SUB|MUL|DIV|SQRT|MIN|MAX|CMP|U?COMI|HADD|HSUB|ADDSUB|DP)[PS]?[PS]?[SD] /,
    why: 'DE of MXCSR is never raised, the NaN of two is another one; vol. 1, 11.5.2.2, table 4-7' },
  { rows: /\bV?(?:ROUND[PS][SD]|CVT\w+) /,
    why: 'DE of MXCSR is never raised, DAZ is ignored in part; vol. 1, 10.2.3.4, 11.5.2.2' },
  { rows: /\bVF(?:N?M)?(?:ADD|SUB)\w+ |\bVFN?M/,
    why: 'DE of MXCSR is never raised; vol. 1, 11.5.2.2' },
  { rows: /^VEX\.LIG/,
    why: 'VEX.L = 1 is an undefined opcode or 256 bits; vol. 2, 2.3.6: LIG, ignored' },
  { rows: /GATHER/,
    why: 'lanes get elements of other ones where mask and index share bytes; vol. 2, VPGATHERDD' },
  { rows: /SHA(?:1|256)/,
    why: 'SIGILL: not implemented, nor reported by CPUID; vol. 2, SHA1RNDS4' },
  { rows: /CMPXCHG(?:8|16)B/,
    why: 'other flags than ZF change; vol. 2, CMPXCHG8B, Flags Affected' },
  { rows: /SH[LR]D .*imm8/,
    why: 'an address relative to rip does not count the immediate; vol. 2, 2.2.1.6' },
  { rows: /AD[CO]X /,
    why: 'crashes; vol. 2, ADCX, ADOX' },
  { rows: /^F[67] \/1 /,
    why: 'SIGILL; processors execute F6 /1 as F6 /0 (AMD 24594, appendix A)' },
  { rows: /MOVBE /,
    why: 'of 16 bits, it changes the upper ones; vol. 2, MOVBE' },
  { rows: /BSWAP /,
    why: 'of 16 bits, which are undefined (vol. 2, BSWAP) and zero on processors' },
  { rows: /BS[FR] /,
    why: 'a zero source changes the upper half of the destination; vol. 2, BSF (AMD 24594: unchanged)' },
  { rows: /BLSI /,
    why: 'CF is inverted; vol. 2, BLSI' },
];

/** Rows QEMU is right about. */
export const rightInQemu: RegExp = new RegExp(
  `^(?!.*(?:${qemuWrong.map(({ rows }) => rows.source.replace(/^\^/, '(?<=^)')).join('|')}))`,
);
