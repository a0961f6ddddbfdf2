// C++: exceptions through frames, destructors, virtual calls, templates, threads.
#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>
#include "topic.h"

namespace {

int alive = 0;

struct Counted {
  double weight;
  explicit Counted(double w) : weight(w) { alive++; }
  Counted(const Counted &other) : weight(other.weight) { alive++; }
  ~Counted() { alive--; }
};

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual const char *name() const { return "shape"; }
};
struct Square : Shape {
  double side;
  explicit Square(double s) : side(s) {}
  double area() const override { return side * side; }
  const char *name() const override { return "square"; }
};
struct Circle : virtual Shape {
  double radius;
  explicit Circle(double r) : radius(r) {}
  double area() const override { return 3.25 * radius * radius; }
};

struct Odd : std::runtime_error {
  int number;
  explicit Odd(int n) : std::runtime_error("odd " + std::to_string(n)), number(n) {}
};

__attribute__((noinline)) double descend(int n, double kept) {
  Counted guard(kept);
  if (n == 0) throw Odd(7);
  if (n == 100) throw 42;
  double r = descend(n - 1, kept * 1.5) + guard.weight;
  return r;
}

void nested() {
  try {
    std::vector<int>(3).at(5);
  } catch (const std::out_of_range &) {
    std::throw_with_nested(std::logic_error("outer"));
  }
}

}  // namespace

extern "C" void topic_exceptions() {
  for (int i = 1; i < 40; i += 13) {
    double before = i * 0.5;
    try {
      descend(i, before);
    } catch (const Odd &e) {
      std::printf("%s %d alive %d %g\n", e.what(), e.number, alive, before);
    }
  }
  try {
    descend(150, 1);
  } catch (int n) {
    std::printf("int %d alive %d\n", n, alive);
  }
  try {
    nested();
  } catch (const std::exception &e) {
    try {
      std::rethrow_if_nested(e);
    } catch (const std::exception &inner) {
      std::printf("%s from %s\n", e.what(), typeid(inner).name());
    }
  }
  std::vector<std::unique_ptr<Shape>> shapes;
  for (int i = 1; i < 6; i++) {
    if (i & 1) shapes.push_back(std::make_unique<Square>(i));
    else shapes.push_back(std::make_unique<Circle>(i));
  }
  double total = 0;
  int squares = 0;
  for (const auto &shape : shapes) {
    total += shape->area();
    squares += dynamic_cast<Square *>(shape.get()) != nullptr;
  }
  std::printf("%g %d %s\n", total, squares, shapes[1]->name());
  std::vector<long> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), -500);
  std::function<bool(long, long)> byDigits = [](long a, long b) { return (a * 37) % 101 < (b * 37) % 101; };
  std::stable_sort(numbers.begin(), numbers.end(), byDigits);
  uint64_t h = start;
  for (long x : numbers) h = mixWord(h, static_cast<uint64_t>(x));
  show("sorted", h);
  std::exception_ptr passed;
  std::thread thrower([&] {
    try {
      throw std::bad_alloc();
    } catch (...) {
      passed = std::current_exception();
    }
  });
  thrower.join();
  try {
    std::rethrow_exception(passed);
  } catch (const std::bad_alloc &e) {
    std::printf("%s\n", e.what());
  }
}
