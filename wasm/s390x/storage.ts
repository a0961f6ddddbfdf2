/** Storage instructions whose first operand begins inside the second one: byte after byte. */

/** `guestBias`: subtracted from guest addresses. */
const bias: u32 = 0xc000;

/**
 * x: first and second operand addresses; y: bytes and operation (0 move, 1 and, 2 or, 3 exclusive
 * or). Both operands have been accessed before. Answers 1 if a result is not zero.
 */
export function overlapped(x: u64, y: u64): i64 {
  const to = <u32>x - bias;
  const from = <u32>(x >> 32) - bias;
  const bytes = <u32>y;
  const operation = <u32>(y >> 32);
  let some: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) {
    const second = <u32>load<u8>(from + i);
    const first = <u32>load<u8>(to + i);
    let value = second;
    if (operation === 1) value = first & second;
    else if (operation === 2) value = first | second;
    else if (operation === 3) value = first ^ second;
    store<u8>(to + i, <u8>value);
    some |= value;
  }
  return some !== 0 ? 1 : 0;
}
