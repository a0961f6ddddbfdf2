/** FLD1 … FLDZ; the rounding control applies (SDM vol. 2, FLD1). */

import { give, rounding } from './extended';

/** `floor` is the significand rounded down, `above` whether the nearest one is the next. */
function inexact(floor: u64, exponent: i32, above: bool): void {
  const up = rounding === 2 || (rounding === 0 && above);
  give(up ? floor + 1 : floor, 16383 + exponent);
}

/** 1, log₂ 10, log₂ e, π, log₁₀ 2, ln 2, 0. */
export function constant(n: i32): void {
  // biome-ignore format: a table
  switch (n) {
    case 0: give(0x8000000000000000, 16383); break;
    case 1: inexact(0xd49a784bcd1b8afe, 1, false); break;
    case 2: inexact(0xb8aa3b295c17f0bb, 0, true); break;
    case 3: inexact(0xc90fdaa22168c234, 1, true); break;
    case 4: inexact(0x9a209a84fbcff798, -2, true); break;
    case 5: inexact(0xb17217f7d1cf79ab, -1, true); break;
    default: give(0, 0);
  }
}
