;; add eax, ebx; adc edx, ecx
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i64 i64 i64 i32 i32 i32 i64 i32 i32 i32 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 304)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (i64.load offset=448 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=472 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=464 align=1
        (i32.const 0)))
    (local.set 8
      (i64.load offset=456 align=1
        (i32.const 0)))
    (local.set 14
      (i64.load offset=480 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 15
      (i32.wrap_i64
        (local.get 5)))
    (local.set 16
      (i32.add
        (local.get 15)
        (i32.wrap_i64
          (local.get 6))))
    (local.set 5
      (i64.extend_i32_u
        (local.get 16)))
    (local.set 15
      (i32.lt_u
        (local.get 16)
        (local.get 15)))
    (local.set 16
      (i32.wrap_i64
        (local.get 7)))
    (local.set 17
      (i32.wrap_i64
        (local.get 8)))
    (local.set 18
      (i32.add
        (i32.add
          (local.get 16)
          (local.get 17))
        (local.get 15)))
    (local.set 7
      (i64.extend_i32_u
        (local.get 18)))
    (local.set 19
      (i64.extend_i32_s
        (local.get 18)))
    (local.set 9
      (local.get 19))
    (local.set 10
      (local.get 19))
    (local.set 11
      (i32.or
        (i32.lt_u
          (local.get 18)
          (local.get 16))
        (i32.and
          (local.get 15)
          (i32.eq
            (local.get 18)
            (local.get 16)))))
    (local.set 12
      (i32.lt_s
        (i32.and
          (i32.xor
            (local.get 16)
            (local.get 18))
          (i32.xor
            (local.get 17)
            (local.get 18)))
        (i32.const 0)))
    (local.set 13
      (i32.xor
        (local.get 16)
        (local.get 17)))
    (local.set 19
      (i64.load align=1
        (i32.add
          (i32.wrap_i64
            (local.get 14))
          (i32.const -49152))))
    (local.set 14
      (i64.add
        (local.get 14)
        (i64.const 8)))
    (local.set 4
      (i32.wrap_i64
        (local.get 19)))
    (local.set 2
      (i32.sub
        (local.get 2)
        (i32.const 3)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 2)
        (i32.const 0))
      (then
        (i64.store offset=448 align=1
          (i32.const 0)
          (local.get 5))
        (i64.store offset=464 align=1
          (i32.const 0)
          (local.get 7))
        (i64.store offset=1104 align=1
          (i32.const 0)
          (local.get 9))
        (i64.store offset=1112 align=1
          (i32.const 0)
          (local.get 10))
        (i32.store offset=1120 align=1
          (i32.const 0)
          (local.get 11))
        (i32.store offset=1124 align=1
          (i32.const 0)
          (local.get 12))
        (i32.store offset=1128 align=1
          (i32.const 0)
          (local.get 13))
        (i64.store offset=480 align=1
          (i32.const 0)
          (local.get 14))
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
    (i64.store offset=448 align=1
      (i32.const 0)
      (local.get 5))
    (i64.store offset=464 align=1
      (i32.const 0)
      (local.get 7))
    (i64.store offset=1104 align=1
      (i32.const 0)
      (local.get 9))
    (i64.store offset=1112 align=1
      (i32.const 0)
      (local.get 10))
    (i32.store offset=1120 align=1
      (i32.const 0)
      (local.get 11))
    (i32.store offset=1124 align=1
      (i32.const 0)
      (local.get 12))
    (i32.store offset=1128 align=1
      (i32.const 0)
      (local.get 13))
    (i64.store offset=480 align=1
      (i32.const 0)
      (local.get 14))
    (i32.store offset=4 align=1
      (i32.const 0)
      (local.get 2))
    (return
      (local.get 4))
    (unreachable))
  (export "region" (func 2)))
