;; rep stosq
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (type (;1;) (func (param i32 i32 i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 i64 i64 i64 i32 i32 i32 i32 i32 i64 i64 i32 i32)
    (if  ;; label = @1
      (i32.lt_s
        (local.tee 3
          (i32.sub
            (local.get 1)
            (i32.const 280)))
        (i32.const 0))
      (then
        (return
          (local.get 0))))
    (local.set 5
      (i64.load offset=504 align=1
        (i32.const 0)))
    (local.set 6
      (i64.load offset=456 align=1
        (i32.const 0)))
    (local.set 7
      (i64.load offset=448 align=1
        (i32.const 0)))
    (local.set 8
      (i32.load offset=1132 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (loop  ;; label = @1
      (local.set 9
        (i32.wrap_i64
          (local.get 5)))
      (local.set 10
        (i64.ne
          (local.get 6)
          (i64.const 0)))
      (local.set 11
        (i32.and
          (i32.wrap_i64
            (local.get 7))
          (i32.const 255)))
      (local.set 12
        (i32.and
          (i32.eqz
            (local.get 8))
          (i64.eq
            (local.get 7)
            (i64.mul
              (i64.extend_i32_u
                (local.get 11))
              (i64.const 72340172838076673)))))
      (local.set 13
        (i64.extend_i32_u
          (local.get 10)))
      (local.set 14
        (i64.extend_i32_u
          (i32.shr_u
            (i32.sub
              (i32.const 4096)
              (i32.and
                (local.get 9)
                (i32.const 4095)))
            (i32.const 3))))
      (local.set 14
        (select
          (local.get 14)
          (local.get 13)
          (i64.ne
            (local.get 14)
            (i64.const 0))))
      (local.set 13
        (select
          (select
            (local.get 6)
            (local.get 14)
            (i64.lt_u
              (local.get 6)
              (local.get 14)))
          (local.get 13)
          (local.get 12)))
      (local.set 14
        (i64.mul
          (local.get 13)
          (i64.const 8)))
      (local.set 10
        (select
          (local.get 9)
          (i32.const 49248)
          (local.get 10)))
      (local.set 9
        (i32.wrap_i64
          (local.get 14)))
      (local.set 15
        (local.get 10))
      (local.set 11
        (local.get 11))
      (local.set 16
        (select
          (local.get 9)
          (i32.const 0)
          (local.get 12)))
      (call 3
        (local.get 15)
        (local.get 11)
        (local.get 16))
      (i64.store align=1
        (i32.add
          (i32.const 49248)
          (i32.const -49152))
        (local.get 7))
      (local.set 10
        (local.get 10))
      (local.set 16
        (i32.const 49248))
      (local.set 12
        (select
          (i32.const 0)
          (local.get 9)
          (local.get 12)))
      (call 4
        (local.get 10)
        (local.get 16)
        (local.get 12))
      (local.set 5
        (i64.add
          (local.get 5)
          (select
            (i64.sub
              (i64.const 0)
              (local.get 14))
            (local.get 14)
            (local.get 8))))
      (local.set 13
        (i64.sub
          (local.get 6)
          (local.get 13)))
      (local.set 6
        (local.get 13))
      (if  ;; label = @2
        (i64.ne
          (local.get 13)
          (i64.const 0))
        (then
          (local.set 2
            (i32.sub
              (local.get 2)
              (i32.const 1)))
          (if  ;; label = @3
            (i32.le_s
              (local.get 2)
              (i32.const 0))
            (then
              (i64.store offset=504 align=1
                (i32.const 0)
                (local.get 5))
              (i64.store offset=456 align=1
                (i32.const 0)
                (local.get 6))
              (i32.store offset=4 align=1
                (i32.const 0)
                (local.get 2))
              (i32.store align=1
                (i32.const 0)
                (i32.const 65536))
              (i32.store offset=8 align=1
                (i32.const 0)
                (i32.const 2))
              (i32.store offset=12 align=1
                (i32.const 0)
                (i32.const 0))
              (return
                (i32.const -1))))
          (br 1 (;@1;))))
      (i64.store offset=504 align=1
        (i32.const 0)
        (local.get 5))
      (i64.store offset=456 align=1
        (i32.const 0)
        (local.get 6))
      (i32.store offset=4 align=1
        (i32.const 0)
        (i32.sub
          (local.get 2)
          (i32.const 1)))
      (return_call 0
        (i32.const 65539)
        (local.get 1)))
    (unreachable))
  (func (;3;) (type 1) (param i32 i32 i32)
    (local.set 0
      (i32.sub
        (local.get 0)
        (i32.const 49152)))
    (memory.fill
      (local.get 0)
      (local.get 1)
      (local.get 2)))
  (func (;4;) (type 1) (param i32 i32 i32)
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
  (export "region" (func 2)))
