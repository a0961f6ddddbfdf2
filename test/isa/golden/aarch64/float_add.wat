;; fadd d0, d1, d2
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 v128 v128 v128 i64 f64 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 264)))
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
      (f64.add
        (f64x2.extract_lane 0
          (local.get 5))
        (f64x2.extract_lane 0
          (local.get 6))))
    (local.set 10
      (i32.or
        (i32.eqz
          (f64.lt
            (f64.abs
              (local.get 9))
            (f64.reinterpret_i64
              (i64.const 9218868437227405312))))
        (i32.eqz
          (i32.load offset=264 align=1
            (i32.const 0)))))
    (local.set 11
      (i64.const 0))
    (if  ;; label = @1
      (local.get 10)
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
        (local.set 11
          (i64.load offset=88 align=1
            (i32.const 0)))))
    (local.set 7
      (f64x2.replace_lane 0
        (v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000)
        (select
          (f64.reinterpret_i64
            (local.get 11))
          (local.get 9)
          (local.get 10))))
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
  (export "region" (func 2)))
