;; vfene	%v1,%v2,%v3,0,3
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 v128 v128 v128 i32 i64 i32 i32)
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
      (v128.load offset=288 align=1
        (i32.const 0)))
    (local.set 6
      (v128.load offset=304 align=1
        (i32.const 0)))
    (local.set 9
      (i64.load offset=880 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 10
      (i32.sub
        (i32.clz
          (i8x16.bitmask
            (i8x16.ne
              (local.get 5)
              (local.get 6))))
        (i32.const 16)))
    (local.set 11
      (i32.sub
        (i32.clz
          (i8x16.bitmask
            (i8x16.eq
              (local.get 5)
              (v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000))))
        (i32.const 16)))
    (local.set 7
      (i64x2.replace_lane 1
        (v128.const i32x4 0x00000000 0x00000000 0x00000000 0x00000000)
        (i64.extend_i32_u
          (select
            (local.get 10)
            (local.get 11)
            (i32.lt_u
              (local.get 10)
              (local.get 11))))))
    (local.set 8
      (select
        (i32.const 3)
        (select
          (i32.const 0)
          (i32.sub
            (i32.const 2)
            (i32.and
              (i32.shr_u
                (i8x16.bitmask
                  (i8x16.lt_u
                    (local.get 5)
                    (local.get 6)))
                (i32.sub
                  (i32.const 15)
                  (local.get 10)))
              (i32.const 1)))
          (i32.lt_u
            (local.get 11)
            (local.get 10)))
        (i32.eq
          (i32.and
            (local.get 10)
            (local.get 11))
          (i32.const 16))))
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
        (v128.store offset=272 align=1
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
    (v128.store offset=272 align=1
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
  (export "region" (func 2)))
