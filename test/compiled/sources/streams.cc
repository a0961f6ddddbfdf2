// C++: streams, strings and containers.
#include <bitset>
#include <complex>
#include <iomanip>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <valarray>
#include "topic.h"

extern "C" void topic_streams() {
  std::ostringstream out;
  out << 42 << ' ' << -7L << ' ' << 3.25 << ' ' << 1e100 << ' ' << true << ' ' << std::boolalpha << false << '\n';
  out << std::hex << std::showbase << 255 << ' ' << std::oct << 8 << ' ' << std::dec << std::setw(8) << std::setfill('*') << 77 << '\n';
  out << std::fixed << std::setprecision(3) << 2.0 / 3 << ' ' << std::scientific << 12345.678 << ' ' << std::hexfloat << 0.1 << std::defaultfloat << '\n';
  out << std::left << std::setw(10) << "left" << std::right << std::setw(10) << "right" << std::internal << std::setw(10) << -5 << '\n';
  out << std::setprecision(20) << 0.1f << ' ' << 1.0L / 3 << ' ' << std::complex<double>(1.5, -2) << ' ' << std::bitset<12>(0xabc) << '\n';
  std::cout << out.str();

  std::istringstream in("12 -3.5 word 0x1f 1e400 true");
  int i = 0;
  double d = 0;
  std::string word;
  unsigned x = 0;
  in >> i >> d >> word >> std::hex >> x;
  std::cout << i << ' ' << d << ' ' << word << ' ' << x;
  in >> d;
  std::cout << ' ' << in.fail() << '\n';

  std::map<std::string, int> counts;
  std::istringstream text("the cat and the dog and the bird saw a cat");
  while (text >> word) counts[word]++;
  for (const auto &[key, value] : counts) std::cout << key << '=' << value << ' ';
  std::cout << '\n';
  std::unordered_map<int, std::string> table;
  for (int n = 0; n < 500; n++) table[n * 7919 % 1009] = std::to_string(n);
  uint64_t h = start;
  for (int n = 0; n < 1009; n++) {
    auto found = table.find(n);
    if (found != table.end()) h = mix(h, found->second.data(), found->second.size());
  }
  show("table", h);
  std::mt19937_64 engine(5);
  std::normal_distribution<double> normal(0, 1);
  std::uniform_int_distribution<int> dice(1, 6);
  double sum = 0;
  int spots = 0;
  for (int n = 0; n < 300; n++) sum += normal(engine), spots += dice(engine);
  std::cout << std::setprecision(15) << sum << ' ' << spots << '\n';
  std::valarray<double> values(16);
  for (size_t n = 0; n < 16; n++) values[n] = static_cast<double>(n) / 3;
  std::cout << (values * values + std::sin(values)).sum() << ' ' << std::valarray<double>(values[std::slice(1, 4, 3)]).sum() << '\n';
  std::string long_text(200, 'a');
  long_text.replace(50, 20, "replaced").insert(10, "inserted").erase(100, 30);
  std::cout << long_text.find("placed") << ' ' << long_text.size() << ' ' << std::stod("2.5e-3") << ' ' << std::stoll("-123", nullptr, 4) << std::endl;
}
