;; cmp eax, ebx; je 0x10004
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i64 i32 i32 i32 i32 i32 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 272)))
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
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 12
      (i32.wrap_i64
        (local.get 5)))
    (local.set 13
      (i32.wrap_i64
        (local.get 6)))
    (local.set 14
      (i32.sub
        (local.get 12)
        (local.get 13)))
    (local.set 15
      (i64.extend_i32_s
        (local.get 14)))
    (local.set 7
      (local.get 15))
    (local.set 8
      (local.get 15))
    (local.set 9
      (i32.lt_u
        (local.get 12)
        (local.get 13)))
    (local.set 10
      (i32.xor
        (i32.lt_s
          (local.get 12)
          (local.get 13))
        (i32.lt_s
          (local.get 14)
          (i32.const 0))))
    (local.set 11
      (i32.xor
        (local.get 12)
        (local.get 13)))
    (i64.store offset=1104 align=1
      (i32.const 0)
      (local.get 7))
    (i64.store offset=1112 align=1
      (i32.const 0)
      (local.get 8))
    (i32.store offset=1120 align=1
      (i32.const 0)
      (local.get 9))
    (i32.store offset=1124 align=1
      (i32.const 0)
      (local.get 10))
    (i32.store offset=1128 align=1
      (i32.const 0)
      (local.get 11))
    (i32.store offset=4 align=1
      (i32.const 0)
      (i32.sub
        (local.get 2)
        (i32.const 2)))
    (return_call 0
      (i32.const 65540)
      (local.get 1))
    (unreachable))
  (export "region" (func 2)))
