;; adbr	%f0,%f2
(module
  (type (;0;) (func (param i32 i32) (result i32)))
  (import "m" "memory" (memory (;0;) 0))
  (import "m" "callpc" (func (;0;) (type 0)))
  (import "m" "helper" (func (;1;) (type 0)))
  (func (;2;) (type 0) (param i32 i32) (result i32)
    (local i32 i32 i32 v128 v128 i32 i32 f64 f64 f64 f64 i32 i32)
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
      (v128.load offset=288 align=1
        (i32.const 0)))
    (local.set 6
      (v128.load offset=256 align=1
        (i32.const 0)))
    (local.set 7
      (i32.load offset=960 align=1
        (i32.const 0)))
    (local.set 2
      (i32.load offset=4 align=1
        (i32.const 0)))
    (local.set 9
      (f64x2.extract_lane 1
        (local.get 6)))
    (local.set 10
      (f64.reinterpret_i64
        (i64x2.extract_lane 1
          (local.get 5))))
    (local.set 11
      (f64.add
        (local.get 9)
        (local.get 10)))
    (local.set 12
      (f64.sub
        (local.get 11)
        (local.get 9)))
    (local.set 13
      (i32.and
        (i64.lt_u
          (i64.shl
            (i64.reinterpret_f64
              (local.get 11))
            (i64.const 1))
          (i64.const -9007199254740992))
        (i32.and
          (i32.eqz
            (i32.and
              (local.get 7)
              (i32.const -134217721)))
          (i32.or
            (f64.eq
              (f64.add
                (f64.sub
                  (local.get 9)
                  (f64.sub
                    (local.get 11)
                    (local.get 12)))
                (f64.sub
                  (local.get 10)
                  (local.get 12)))
              (f64.reinterpret_i64
                (i64.const 0)))
            (i32.shr_u
              (local.get 7)
              (i32.const 19))))))
    (local.set 12
      (f64.reinterpret_i64
        (i64.const 0)))
    (local.set 14
      (i32.or
        (f64.lt
          (local.get 11)
          (local.get 12))
        (i32.shl
          (f64.gt
            (local.get 11)
            (local.get 12))
          (i32.const 1))))
    (local.set 8
      (select
        (local.get 14)
        (i32.const 3)
        (i32.or
          (local.get 14)
          (f64.eq
            (local.get 11)
            (local.get 12)))))
    (local.set 6
      (i64x2.replace_lane 1
        (local.get 6)
        (select
          (i64.reinterpret_f64
            (local.get 11))
          (i64x2.extract_lane 1
            (local.get 6))
          (local.get 13))))
    (if  ;; label = @1
      (local.get 13)
      (then
        (v128.store offset=256 align=1
          (i32.const 0)
          (local.get 6))
        (i32.store offset=964 align=1
          (i32.const 0)
          (local.get 8))
        (i32.store offset=4 align=1
          (i32.const 0)
          (i32.sub
            (local.get 2)
            (i32.const 1)))
        (return_call 0
          (i32.const 65540)
          (local.get 1))))
    (v128.store offset=256 align=1
      (i32.const 0)
      (local.get 6))
    (i32.store offset=964 align=1
      (i32.const 0)
      (local.get 8))
    (i32.store offset=4 align=1
      (i32.const 0)
      (i32.sub
        (local.get 2)
        (i32.const 1)))
    (return_call 0
      (i32.const 65537)
      (local.get 1))
    (unreachable))
  (export "region" (func 2)))
