;; agrk	%r1,%r2,%r3
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i32 i64 i64 i64)
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
      (i64.load offset=784 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=792 align=1
        (i32.const 0)))
    (local.set 9
      (i64.load offset=880 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 10
      (i64.add
        (local.get 5)
        (local.get 6)))
    (local.set 7
      (select
        (i32.const 3)
        (i32.or
          (i64.lt_s
            (local.get 10)
            (i64.const 0))
          (i32.shl
            (i64.gt_s
              (local.get 10)
              (i64.const 0))
            (i32.const 1)))
        (i64.lt_s
          (i64.and
            (i64.xor
              (local.get 5)
              (local.get 10))
            (i64.xor
              (local.get 6)
              (local.get 10)))
          (i64.const 0))))
    (local.set 8
      (local.get 10))
    (local.set 4
      (i32.wrap_i64
        (local.get 9)))
    (local.set 2
      (i32.sub
        (local.get 2)
        (i32.const 2)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 2)
        (i32.const 0))
      (then
        (i32.store offset=964 align=1
          (i32.const 0)
          (local.get 7))
        (i64.store offset=776 align=1
          (i32.const 0)
          (local.get 8))
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
    (i32.store offset=964 align=1
      (i32.const 0)
      (local.get 7))
    (i64.store offset=776 align=1
      (i32.const 0)
      (local.get 8))
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (export "region" (func 2)))
