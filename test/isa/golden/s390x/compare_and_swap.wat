;; csg	%r1,%r2,0(%r3)
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i32 i64 i32 v128 i64 i32)
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
      (i64.load offset=792 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=776 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=784 align=1
        (i32.const 0)))
    (local.set 9
      (i64.load offset=880 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 10
      (i32.wrap_i64
        (local.get 5)))
    (if  ;; label = @1
      (i32.and
        (local.get 10)
        (i32.const 7))
      (then
        (i32.store offset=4 align=1
          (i32.const 0)
          (local.get 2))
        (i32.store align=1
          (i32.const 0)
          (i32.const 65536))
        (i32.store offset=8 align=1
          (i32.const 0)
          (i32.const 4))
        (i32.store offset=12 align=1
          (i32.const 0)
          (i32.const 6))
        (return
          (i32.const -1))))
    (local.set 12
      (i64x2.extract_lane 0
        (i8x16.shuffle 7 6 5 4 3 2 1 0 8 9 10 11 12 13 14 15
          (local.tee 11
            (i64x2.splat
              (i64.load align=1
                (i32.add
                  (local.get 10)
                  (i32.const -49152)))))
          (local.get 11))))
    (local.set 13
      (i64.ne
        (local.get 12)
        (local.get 6)))
    (i64.store align=1
      (i32.add
        (local.get 10)
        (i32.const -49152))
      (i64x2.extract_lane 0
        (i8x16.shuffle 7 6 5 4 3 2 1 0 8 9 10 11 12 13 14 15
          (local.tee 11
            (i64x2.splat
              (select
                (local.get 12)
                (local.get 7)
                (local.get 13))))
          (local.get 11))))
    (local.set 6
      (local.get 12))
    (local.set 8
      (i32.ne
        (local.get 13)
        (i32.const 0)))
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
        (i64.store offset=776 align=1
          (i32.const 0)
          (local.get 6))
        (i32.store offset=964 align=1
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
    (i64.store offset=776 align=1
      (i32.const 0)
      (local.get 6))
    (i32.store offset=964 align=1
      (i32.const 0)
      (local.get 8))
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (export "region" (func 2)))
