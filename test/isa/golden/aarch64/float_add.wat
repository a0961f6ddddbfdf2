;; fadd d0, d1, d2
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param v128 v128 v128) (result v128)))
  (type (;2;) (func (param f64 f64 f64) (result f64)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 v128 v128 v128 i64 f64 f64 f64 f64 f64 v128 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 312)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (v128.load offset=608 align=1
        (i32.const 0)))
    (local.set 6
      (v128.load offset=624 align=1
        (i32.const 0)))
    (local.set 8
      (i64.load offset=560 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 9
      (f64x2.extract_lane 0
        (local.get 5)))
    (local.set 10
      (f64x2.extract_lane 0
        (local.get 6)))
    (v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000)
    (f64.add
      (local.get 9)
      (local.get 10))
    (local.get 9)
    (local.set 11
      (local.get 10))
    (local.set 12)
    (local.set 13)
    (if  ;; label = @1
      (f64.ne
        (local.get 13)
        (local.get 13))
      (then
        (local.set 13
          (call 4
            (local.get 13)
            (local.get 12)
            (local.get 11)))))
    (local.get 13)
    (local.set 14
      (f64x2.replace_lane 0))
    (local.set 15
      (i32.or
        (i32.eqz
          (f64.lt
            (f64.abs
              (f64x2.extract_lane 0
                (local.get 14)))
            (f64.reinterpret_i64
              (i64.const 9218868437227405312))))
        (i32.eqz
          (i32.load offset=264 align=1
            (i32.const 0)))))
    (local.set 16
      (i64.const 0))
    (if  ;; label = @1
      (local.get 15)
      (then
        (i64.store offset=64 align=1
          (i32.const 0)
          (i64x2.extract_lane 0
            (local.get 5)))
        (i64.store offset=72 align=1
          (i32.const 0)
          (i64x2.extract_lane 0
            (local.get 6)))
        (drop
          (call 1
            (i32.const 8195)
            (i32.const 0)))
        (local.set 16
          (i64.load offset=88 align=1
            (i32.const 0)))))
    (local.set 7
      (select (result v128)
        (i64x2.replace_lane 0
          (v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000)
          (local.get 16))
        (local.get 14)
        (local.get 15)))
    (local.set 4
      (i32.wrap_i64
        (local.get 8)))
    (local.set 2
      (i32.sub
        (local.get 2)
        (i32.const 2)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 2)
        (i32.const 0))
      (then
        (v128.store offset=592 align=1
          (i32.const 0)
          (local.get 7))
        (i32.store offset=4 align=1
          (i32.const 0)
          (local.get 2))
        (i32.store align=1
          (i32.const 0)
          (local.get 4))
        (i32.store offset=8 align=1
          (i32.const 0)
          (i32.const 2))
        (i32.store offset=12 align=1
          (i32.const 0)
          (i32.const 0))
        (return
          (i32.const -1))))
    (v128.store offset=592 align=1
      (i32.const 0)
      (local.get 7))
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (func (;3;) (type 1) (param v128 v128 v128) (result v128)
    (local v128 v128 v128 v128 v128)
    (local.set 3
      (v128.andnot
        (f64x2.ne
          (local.get 1)
          (local.get 1))
        (i64x2.lt_s
          (i64x2.shl
            (local.get 1)
            (i32.const 12))
          (local.get 6))))
    (local.set 4
      (v128.andnot
        (f64x2.ne
          (local.get 2)
          (local.get 2))
        (i64x2.lt_s
          (i64x2.shl
            (local.get 2)
            (i32.const 12))
          (local.get 6))))
    (local.set 5
      (i64x2.splat
        (i64.const 2251799813685248)))
    (local.set 7
      (i64x2.splat
        (i64.const 9221120237041090560)))
    (local.set 7
      (v128.bitselect
        (local.get 2)
        (local.get 7)
        (f64x2.ne
          (local.get 2)
          (local.get 2))))
    (local.set 7
      (v128.bitselect
        (local.get 1)
        (local.get 7)
        (f64x2.ne
          (local.get 1)
          (local.get 1))))
    (local.set 7
      (v128.bitselect
        (local.get 2)
        (local.get 7)
        (local.get 4)))
    (local.set 7
      (v128.bitselect
        (local.get 1)
        (local.get 7)
        (local.get 3)))
    (local.set 7
      (v128.or
        (local.get 7)
        (local.get 5)))
    (v128.bitselect
      (local.get 7)
      (local.get 0)
      (f64x2.ne
        (local.get 0)
        (local.get 0))))
  (func (;4;) (type 2) (param f64 f64 f64) (result f64)
    (f64x2.extract_lane 0
      (call 3
        (f64x2.splat
          (local.get 0))
        (f64x2.splat
          (local.get 1))
        (f64x2.splat
          (local.get 2)))))
  (export "region" (func 2)))
