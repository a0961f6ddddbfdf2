;; pshufb xmm0, xmm1
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 v128 v128 i64 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 232)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (v128.load offset=608 align=1
        (i32.const 0)))
    (local.set 6
      (v128.load offset=592 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=480 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 6
      (i8x16.swizzle
        (local.get 6)
        (v128.and
          (local.get 5)
          (i8x16.splat
            (i32.const 143)))))
    (local.set 8
      (i64.load align=1
        (i32.add
          (i32.wrap_i64
            (local.get 7))
          (i32.const -49152))))
    (local.set 7
      (i64.add
        (local.get 7)
        (i64.const 8)))
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
          (local.get 6))
        (i64.store offset=480 align=1
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
      (local.get 6))
    (i64.store offset=480 align=1
      (i32.const 0)
      (local.get 7))
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (export "region" (func 2)))
