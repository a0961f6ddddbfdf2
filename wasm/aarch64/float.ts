export function runFloat(x: i64, y: i64, z: i64): i64 {
  return 0;
}
