package main

type t0[A, B any] struct {
	a A
	b B
}

type t1[A, B any] struct {
	a t0[A, t0[A, B]]
	b t0[t0[B, A], B]
}

type t2[A, B any] struct {
	a t1[A, t1[A, B]]
	b t1[t1[B, A], B]
}

type t3[A, B any] struct {
	a t2[A, t2[A, B]]
	b t2[t2[B, A], B]
}

type t4[A, B any] struct {
	a t3[A, t3[A, B]]
	b t3[t3[B, A], B]
}

type t5[A, B any] struct {
	a t4[A, t4[A, B]]
	b t4[t4[B, A], B]
}

type t6[A, B any] struct {
	a t5[A, t5[A, B]]
	b t5[t5[B, A], B]
}

type t7[A, B any] struct {
	a t6[A, t6[A, B]]
	b t6[t6[B, A], B]
}

type t8[A, B any] struct {
	a t7[A, t7[A, B]]
	b t7[t7[B, A], B]
}

type t9[A, B any] struct {
	a t8[A, t8[A, B]]
	b t8[t8[B, A], B]
}

type t10[A, B any] struct {
	a t9[A, t9[A, B]]
	b t9[t9[B, A], B]
}

type t11[A, B any] struct {
	a t10[A, t10[A, B]]
	b t10[t10[B, A], B]
}

type t12[A, B any] struct {
	a t11[A, t11[A, B]]
	b t11[t11[B, A], B]
}

type t13[A, B any] struct {
	a t12[A, t12[A, B]]
	b t12[t12[B, A], B]
}

type t14[A, B any] struct {
	a t13[A, t13[A, B]]
	b t13[t13[B, A], B]
}

type t15[A, B any] struct {
	a t14[A, t14[A, B]]
	b t14[t14[B, A], B]
}

type t16[A, B any] struct {
	a t15[A, t15[A, B]]
	b t15[t15[B, A], B]
}

type t17[A, B any] struct {
	a t16[A, t16[A, B]]
	b t16[t16[B, A], B]
}

type t18[A, B any] struct {
	a t17[A, t17[A, B]]
	b t17[t17[B, A], B]
}

type t19[A, B any] struct {
	a t18[A, t18[A, B]]
	b t18[t18[B, A], B]
}

type t20[A, B any] struct {
	a t19[A, t19[A, B]]
	b t19[t19[B, A], B]
}

type t21[A, B any] struct {
	a t20[A, t20[A, B]]
	b t20[t20[B, A], B]
}

type t22[A, B any] struct {
	a t21[A, t21[A, B]]
	b t21[t21[B, A], B]
}

type t23[A, B any] struct {
	a t22[A, t22[A, B]]
	b t22[t22[B, A], B]
}

func main() { println(t23[int, string]{}.a) }
