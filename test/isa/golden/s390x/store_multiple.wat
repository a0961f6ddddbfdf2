;; stmg	%r6,%r9,48(%r15)
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i64 i64 i64 i32 v128)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 256)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (i64.load offset=888 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=824 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=816 align=1
        (i32.const 0)))
    (local.set 8
      (i64.load offset=840 align=1
        (i32.const 0)))
    (local.set 9
      (i64.load offset=832 align=1
        (i32.const 0)))
    (local.set 10
      (i64.load offset=880 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 11
      (i32.wrap_i64
        (local.get 5)))
    (v128.store align=1
      (i32.add
        (local.get 11)
        (i32.const -49104))
      (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0
        (local.tee 12
          (i64x2.replace_lane 1
            (i64x2.splat
              (local.get 6))
            (local.get 7)))
        (local.get 12)))
    (v128.store align=1
      (i32.add
        (local.get 11)
        (i32.const -49088))
      (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0
        (local.tee 12
          (i64x2.replace_lane 1
            (i64x2.splat
              (local.get 8))
            (local.get 9)))
        (local.get 12)))
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
