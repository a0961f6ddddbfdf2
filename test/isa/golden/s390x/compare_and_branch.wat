;; cgr	%r1,%r2; brc	8,0x10004
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i32)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 208)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (i64.load offset=776 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=784 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 7
      (i32.or
        (i64.lt_s
          (local.get 5)
          (local.get 6))
        (i32.shl
          (i64.gt_s
            (local.get 5)
            (local.get 6))
          (i32.const 1))))
    (if  ;; label = @1
      (i64.eq
        (local.get 5)
        (local.get 6))
      (then
        (local.set 2
          (i32.sub
            (local.get 2)
            (i32.const 2)))
        (if  ;; label = @2
          (i32.le_s
            (local.get 2)
            (i32.const 0))
          (then
            (i32.store offset=964 align=1
              (i32.const 0)
              (local.get 7))
            (i32.store offset=4 align=1
              (i32.const 0)
              (local.get 2))
            (i32.store align=1
              (i32.const 0)
              (i32.const 65540))
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
        (i32.store offset=4 align=1
          (i32.const 0)
          (local.get 2))
        (return_call 0
          (i32.const 65540)
          (local.get 1))))
    (i32.store offset=964 align=1
      (i32.const 0)
      (local.get 7))
    (i32.store offset=4 align=1
      (i32.const 0)
      (i32.sub
        (local.get 2)
        (i32.const 2)))
    (return_call 0
      (i32.const 65544)
      (local.get 1))
    (unreachable))
  (export "region" (func 2)))
