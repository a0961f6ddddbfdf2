;; mvc	0(16,%r2),8(%r3)
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i32 i32)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 224)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (i64.load offset=784 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=792 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=880 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 8
      (i32.wrap_i64
        (local.get 5)))
    (local.set 9
      (i32.wrap_i64
        (local.get 6)))
    (v128.store align=1
      (i32.add
        (local.get 8)
        (i32.const -49152))
      (v128.load align=1
        (i32.add
          (local.get 9)
          (i32.const -49144))))
    (if  ;; label = @1
      (i32.lt_u
        (i32.sub
          (i32.sub
            (local.get 8)
            (i32.add
              (local.get 9)
              (i32.const 8)))
          (i32.const 1))
        (i32.const 15))
      (then
        (i64.store offset=64 align=1
          (i32.const 0)
          (i64.or
            (i64.extend_i32_u
              (local.get 8))
            (i64.shl
              (i64.extend_i32_u
                (i32.add
                  (local.get 9)
                  (i32.const 8)))
              (i64.const 32))))
        (i64.store offset=72 align=1
          (i32.const 0)
          (i64.const 16))
        (drop
          (call 1
            (i32.const 4100)
            (i32.const 0)))))
    (local.set 4
      (i32.wrap_i64
        (local.get 7)))
    (local.set 2
      (i32.sub
        (local.get 2)
        (i32.const 2)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 2)
        (i32.const 0))
      (then
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
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (export "region" (func 2)))
