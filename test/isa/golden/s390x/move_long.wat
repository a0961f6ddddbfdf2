;; mvcle	%r2,%r4,0
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param i32 i32 i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i64 i32 i64 i64 i64 i64 i64 i32 i32 i32 i32 i32 i32)
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
      (i64.load offset=792 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=808 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=784 align=1
        (i32.const 0)))
    (local.set 8
      (i64.load offset=800 align=1
        (i32.const 0)))
    (local.set 10
      (i64.load offset=880 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 11
      (local.get 5))
    (local.set 12
      (local.get 6))
    (local.set 13
      (select
        (local.get 11)
        (i64.const 65536)
        (i64.lt_u
          (local.get 11)
          (i64.const 65536))))
    (local.set 14
      (select
        (local.get 12)
        (local.get 13)
        (i64.lt_u
          (local.get 12)
          (local.get 13))))
    (local.set 15
      (i32.wrap_i64
        (local.get 7)))
    (local.set 16
      (i32.wrap_i64
        (local.get 14)))
    (local.set 17
      (i32.sub
        (i32.wrap_i64
          (local.get 13))
        (local.get 16)))
    (local.set 18
      (select
        (local.get 15)
        (i32.const 65536)
        (local.get 16)))
    (local.set 19
      (select
        (i32.wrap_i64
          (local.get 8))
        (i32.const 65536)
        (local.get 16)))
    (local.set 20
      (local.get 16))
    (call 3
      (local.get 18)
      (local.get 19)
      (local.get 20))
    (local.set 16
      (select
        (i32.add
          (local.get 15)
          (local.get 16))
        (i32.const 65536)
        (local.get 17)))
    (local.set 15
      (i32.const 0))
    (local.set 17
      (local.get 17))
    (call 4
      (local.get 16)
      (local.get 15)
      (local.get 17))
    (local.set 7
      (i64.add
        (local.get 7)
        (local.get 13)))
    (local.set 5
      (i64.sub
        (local.get 11)
        (local.get 13)))
    (local.set 8
      (i64.add
        (local.get 8)
        (local.get 14)))
    (local.set 6
      (i64.sub
        (local.get 12)
        (local.get 14)))
    (local.set 9
      (select
        (i32.const 3)
        (i32.or
          (i64.lt_u
            (local.get 11)
            (local.get 12))
          (i32.shl
            (i64.gt_u
              (local.get 11)
              (local.get 12))
            (i32.const 1)))
        (i64.gt_u
          (local.get 11)
          (local.get 13))))
    (local.set 4
      (i32.wrap_i64
        (local.get 10)))
    (local.set 2
      (i32.sub
        (local.get 2)
        (i32.const 2)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 2)
        (i32.const 0))
      (then
        (i64.store offset=792 align=1
          (i32.const 0)
          (local.get 5))
        (i64.store offset=808 align=1
          (i32.const 0)
          (local.get 6))
        (i64.store offset=784 align=1
          (i32.const 0)
          (local.get 7))
        (i64.store offset=800 align=1
          (i32.const 0)
          (local.get 8))
        (i32.store offset=964 align=1
          (i32.const 0)
          (local.get 9))
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
    (i64.store offset=792 align=1
      (i32.const 0)
      (local.get 5))
    (i64.store offset=808 align=1
      (i32.const 0)
      (local.get 6))
    (i64.store offset=784 align=1
      (i32.const 0)
      (local.get 7))
    (i64.store offset=800 align=1
      (i32.const 0)
      (local.get 8))
    (i32.store offset=964 align=1
      (i32.const 0)
      (local.get 9))
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (func (;3;) (type 1) (param i32 i32 i32)
    (local.set 0
      (i32.sub
        (local.get 0)
        (i32.const 49152)))
    (local.set 1
      (i32.sub
        (local.get 1)
        (i32.const 49152)))
    (memory.copy
      (local.get 0)
      (local.get 1)
      (local.get 2)))
  (func (;4;) (type 1) (param i32 i32 i32)
    (local.set 0
      (i32.sub
        (local.get 0)
        (i32.const 49152)))
    (memory.fill
      (local.get 0)
      (local.get 1)
      (local.get 2)))
  (export "region" (func 2)))
