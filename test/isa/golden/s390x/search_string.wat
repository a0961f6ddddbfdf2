;; srst	%r2,%r3
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param i32 i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i32 i64 i32 i64 i32 i32 i32 i64 i64 i32 i32)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 296)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (i64.load offset=768 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=784 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=792 align=1
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
      (i32.shr_u
        (local.get 10)
        (i32.const 8))
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
    (local.set 11
      (i64.sub
        (local.get 6)
        (local.get 7)))
    (local.set 12
      (i32.wrap_i64
        (local.get 7)))
    (local.set 13
      (i32.add
        (local.get 12)
        (i32.const 0)))
    (local.set 14
      (i32.sub
        (i32.const 4096)
        (i32.and
          (local.get 13)
          (i32.const 4095))))
    (local.set 15
      (i64.sub
        (local.get 11)
        (i64.extend_i32_u
          (i32.const 0))))
    (local.set 16
      (i64.extend_i32_u
        (select
          (i32.const 512)
          (local.get 14)
          (i32.lt_u
            (i32.const 512)
            (local.get 14)))))
    (local.set 14
      (select
        (i32.const 0)
        (i32.wrap_i64
          (select
            (local.get 15)
            (local.get 16)
            (i64.lt_u
              (local.get 15)
              (local.get 16))))
        (i32.const 0)))
    (local.set 13
      (select
        (local.get 13)
        (i32.const 65536)
        (local.get 14)))
    (local.set 17
      (local.get 10))
    (local.set 18
      (local.get 14))
    (local.set 18
      (call 3
        (local.get 13)
        (local.get 17)
        (local.get 18)))
    (local.set 17
      (i32.add
        (i32.const 0)
        (local.get 18)))
    (local.set 14
      (i32.or
        (i32.const 0)
        (i32.lt_u
          (local.get 18)
          (local.get 14))))
    (local.set 12
      (i32.add
        (local.get 12)
        (local.get 17)))
    (local.set 18
      (i32.sub
        (i32.const 4096)
        (i32.and
          (local.get 12)
          (i32.const 4095))))
    (local.set 11
      (i64.sub
        (local.get 11)
        (i64.extend_i32_u
          (local.get 17))))
    (local.set 16
      (i64.extend_i32_u
        (select
          (i32.const 512)
          (local.get 18)
          (i32.lt_u
            (i32.const 512)
            (local.get 18)))))
    (local.set 18
      (select
        (i32.const 0)
        (i32.wrap_i64
          (select
            (local.get 11)
            (local.get 16)
            (i64.lt_u
              (local.get 11)
              (local.get 16))))
        (local.get 14)))
    (local.set 12
      (select
        (local.get 12)
        (i32.const 65536)
        (local.get 18)))
    (local.set 10
      (local.get 10))
    (local.set 13
      (local.get 18))
    (local.set 13
      (call 3
        (local.get 12)
        (local.get 10)
        (local.get 13)))
    (local.set 18
      (i32.or
        (local.get 14)
        (i32.lt_u
          (local.get 13)
          (local.get 18))))
    (local.set 16
      (i64.add
        (local.get 7)
        (i64.extend_i32_u
          (i32.add
            (local.get 17)
            (local.get 13)))))
    (local.set 13
      (i32.and
        (i32.eqz
          (local.get 18))
        (i64.ne
          (local.get 16)
          (local.get 6))))
    (local.set 6
      (select
        (local.get 16)
        (local.get 6)
        (local.get 18)))
    (local.set 7
      (select
        (local.get 16)
        (local.get 7)
        (local.get 13)))
    (local.set 8
      (select
        (i32.const 1)
        (select
          (i32.const 3)
          (i32.const 2)
          (local.get 13))
        (local.get 18)))
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
        (i64.store offset=784 align=1
          (i32.const 0)
          (local.get 6))
        (i64.store offset=792 align=1
          (i32.const 0)
          (local.get 7))
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
    (i64.store offset=784 align=1
      (i32.const 0)
      (local.get 6))
    (i64.store offset=792 align=1
      (i32.const 0)
      (local.get 7))
    (i32.store offset=964 align=1
      (i32.const 0)
      (local.get 8))
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (func (;3;) (type 1) (param i32 i32 i32) (result i32)
    (local i32 v128 i32)
    (local.set 0
      (i32.sub
        (local.get 0)
        (i32.const 49152)))
    (local.set 4
      (i8x16.splat
        (local.get 1)))
    (block  ;; label = @1
      (loop  ;; label = @2
        (br_if 1 (;@1;)
          (i32.lt_u
            (i32.sub
              (local.get 2)
              (local.get 3))
            (i32.const 16)))
        (local.set 5
          (i8x16.bitmask
            (i8x16.eq
              (v128.load align=1
                (i32.add
                  (local.get 0)
                  (local.get 3)))
              (local.get 4))))
        (if  ;; label = @3
          (i32.ne
            (local.get 5)
            (i32.const 0))
          (then
            (return
              (i32.add
                (local.get 3)
                (i32.ctz
                  (local.get 5))))))
        (local.set 3
          (i32.add
            (local.get 3)
            (i32.const 16)))
        (br 0 (;@2;))))
    (loop  ;; label = @1
      (if  ;; label = @2
        (i32.ge_u
          (local.get 3)
          (local.get 2))
        (then
          (return
            (local.get 2))))
      (if  ;; label = @2
        (i32.eq
          (i32.load8_u
            (i32.add
              (local.get 0)
              (local.get 3)))
          (i32.and
            (local.get 1)
            (i32.const 255)))
        (then
          (return
            (local.get 3))))
      (local.set 3
        (i32.add
          (local.get 3)
          (i32.const 1)))
      (br 0 (;@1;)))
    (unreachable))
  (export "region" (func 2)))
