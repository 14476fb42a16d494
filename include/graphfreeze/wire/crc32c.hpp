// CRC-32C (Castagnoli): the checksum of checkpoints and tables.
//
// The routine is chosen when a Crc32c is made, which costs a few instructions, and is kept by whoever opens
// a file: no static state decides. On x86-64 (SSE4.2 with carry-less multiplication) and on AArch64 (CRC
// instructions) three parts of the bytes are worked on at once, since one CRC instruction must wait for the
// one before it, and then combined; elsewhere eight bytes a step are looked up in tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <graphfreeze/support/config.hpp>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

GRAPHFREEZE_NAMESPACE_BEGIN
namespace wire {

namespace crc32c_detail {

// Polynomials stand reflected: bit 31 is the coefficient of x^0, bit 0 that of x^31.
inline constexpr std::uint32_t kPolynomial = 0x82f63b78u;

// a * b modulo the polynomial.
constexpr std::uint32_t Multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (int i = 0; i < 32; ++i) {
    product ^= (0u - (a >> 31)) & b;
    a <<= 1;
    b = b >> 1 ^ ((0u - (b & 1)) & kPolynomial);
  }
  return product;
}

// x^n modulo the polynomial.
constexpr std::uint32_t PowerOfX(std::uint64_t n) {
  std::uint32_t power = 0x80000000u;   // x^0
  std::uint32_t square = 0x40000000u;  // x^1
  for (; n != 0; n >>= 1) {
    if ((n & 1) != 0) power = Multiply(power, square);
    square = Multiply(square, square);
  }
  return power;
}

// x^(8 * bytes): what a CRC is multiplied by when so many zero bytes follow.
constexpr std::uint32_t ZeroBytes(std::uint64_t bytes) {
  std::uint32_t power = 0x80000000u;
  std::uint32_t square = PowerOfX(8);
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1) != 0) power = Multiply(power, square);
    square = Multiply(square, square);
  }
  return power;
}

struct Tables {
  std::uint32_t of[8][256];
};
constexpr Tables MakeTables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((0u - (crc & 1)) & kPolynomial);
    tables.of[0][i] = crc;
  }
  for (std::uint32_t i = 0; i < 256; ++i) {
    for (int t = 1; t < 8; ++t) {
      const std::uint32_t before = tables.of[t - 1][i];
      tables.of[t][i] = before >> 8 ^ tables.of[0][before & 0xff];
    }
  }
  return tables;
}
inline constexpr Tables kTables = MakeTables();

inline std::uint64_t Load64(const char* p) {
  std::uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// The routines below take and return the register as it is, not inverted.
using Routine = std::uint32_t (*)(std::uint32_t state, const char* p, std::size_t n);

inline std::uint32_t ExtendPortable(std::uint32_t state, const char* p, std::size_t n) {
  const auto& t = kTables.of;
  for (; n >= 8; p += 8, n -= 8) {
    const std::uint64_t v = Load64(p) ^ state;
    state = t[7][v & 0xff] ^ t[6][v >> 8 & 0xff] ^ t[5][v >> 16 & 0xff] ^ t[4][v >> 24 & 0xff] ^
            t[3][v >> 32 & 0xff] ^ t[2][v >> 40 & 0xff] ^ t[1][v >> 48 & 0xff] ^ t[0][v >> 56];
  }
  for (; n > 0; ++p, --n) state = state >> 8 ^ t[0][(state ^ static_cast<unsigned char>(*p)) & 0xff];
  return state;
}

// Three blocks of kLong bytes each while they last, then three of kShort, then the rest in one stream.
inline constexpr std::size_t kLong = 8192;
inline constexpr std::size_t kShort = 256;
// How far ahead of the next round memory is asked for; measured.
inline constexpr std::size_t kAhead = 256;

#if defined(__x86_64__)
#define GRAPHFREEZE_CRC_TARGET __attribute__((target("sse4.2,pclmul")))

// state * x^(8 * kBytes). The carry-less product of two reflected values is their product times x, and the
// CRC instruction multiplies by x^32 while it reduces; hence the 33.
template <std::size_t kBytes>
GRAPHFREEZE_CRC_TARGET inline std::uint32_t ShiftSse42(std::uint32_t state) {
  constexpr std::uint32_t kFactor = PowerOfX(8 * kBytes - 33);
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128(static_cast<int>(state)),
                                               _mm_cvtsi32_si128(static_cast<int>(kFactor)), 0);
  return static_cast<std::uint32_t>(
      _mm_crc32_u64(0, static_cast<unsigned long long>(_mm_cvtsi128_si64(product))));
}

template <std::size_t kBlock>
GRAPHFREEZE_CRC_TARGET inline std::uint32_t ThreeBlocksSse42(std::uint32_t state, const char* p) {
  unsigned long long a = state, b = 0, c = 0;
  for (std::size_t line = 0; line < kBlock; line += 64) {
    if constexpr (kBlock >= 4096) {
      // What the next round begins with in each stream: the hardware does not foresee the jump there.
      __builtin_prefetch(p + 3 * kBlock + line + kAhead);
      __builtin_prefetch(p + 4 * kBlock + line + kAhead);
      __builtin_prefetch(p + 5 * kBlock + line + kAhead);
    }
    for (std::size_t i = line; i < line + 64; i += 8) {
      a = _mm_crc32_u64(a, Load64(p + i));
      b = _mm_crc32_u64(b, Load64(p + kBlock + i));
      c = _mm_crc32_u64(c, Load64(p + 2 * kBlock + i));
    }
  }
  return ShiftSse42<2 * kBlock>(static_cast<std::uint32_t>(a)) ^
         ShiftSse42<kBlock>(static_cast<std::uint32_t>(b)) ^ static_cast<std::uint32_t>(c);
}

GRAPHFREEZE_CRC_TARGET inline std::uint32_t ExtendSse42(std::uint32_t state, const char* p, std::size_t n) {
  for (; n >= 3 * kLong; p += 3 * kLong, n -= 3 * kLong) state = ThreeBlocksSse42<kLong>(state, p);
  for (; n >= 3 * kShort; p += 3 * kShort, n -= 3 * kShort) state = ThreeBlocksSse42<kShort>(state, p);
  unsigned long long rest = state;
  for (; n >= 8; p += 8, n -= 8) rest = _mm_crc32_u64(rest, Load64(p));
  state = static_cast<std::uint32_t>(rest);
  for (; n > 0; ++p, --n) state = _mm_crc32_u8(state, static_cast<unsigned char>(*p));
  return state;
}
#undef GRAPHFREEZE_CRC_TARGET

inline Routine BestRoutine() {
  __builtin_cpu_init();  // a no-op unless we run before the constructors of the C runtime
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") ? &ExtendSse42 : &ExtendPortable;
}

#elif defined(__aarch64__) && defined(__linux__)

// The assembler is told by itself, so that neither compiler flags nor compiler-specific intrinsics matter.
inline std::uint32_t StepArm(std::uint32_t state, std::uint64_t bytes) {
  __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(state) : "r"(bytes));
  return state;
}
inline std::uint32_t StepArm(std::uint32_t state, unsigned char byte) {
  __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1"
          : "+r"(state)
          : "r"(static_cast<std::uint32_t>(byte)));
  return state;
}

inline std::uint32_t ExtendArm(std::uint32_t state, const char* p, std::size_t n) {
  constexpr std::uint32_t kOne = ZeroBytes(kLong);
  constexpr std::uint32_t kTwo = ZeroBytes(2 * kLong);
  for (; n >= 3 * kLong; p += 3 * kLong, n -= 3 * kLong) {
    std::uint32_t a = state, b = 0, c = 0;
    for (std::size_t i = 0; i < kLong; i += 8) {
      a = StepArm(a, Load64(p + i));
      b = StepArm(b, Load64(p + kLong + i));
      c = StepArm(c, Load64(p + 2 * kLong + i));
    }
    state = Multiply(kTwo, a) ^ Multiply(kOne, b) ^ c;
  }
  for (; n >= 8; p += 8, n -= 8) state = StepArm(state, Load64(p));
  for (; n > 0; ++p, --n) state = StepArm(state, static_cast<unsigned char>(*p));
  return state;
}

inline Routine BestRoutine() {
  constexpr unsigned long kHasCrc32 = 1ul << 7;  // HWCAP_CRC32
  return (::getauxval(AT_HWCAP) & kHasCrc32) != 0 ? &ExtendArm : &ExtendPortable;
}

#else
inline Routine BestRoutine() { return &ExtendPortable; }
#endif

}  // namespace crc32c_detail

// A checksum routine. A CRC of no bytes is 0; values are finished ones, as other programs print them.
class Crc32c {
 public:
  // The fastest routine for this machine.
  Crc32c() : routine_(crc32c_detail::BestRoutine()) {}
  static Crc32c Best() { return Crc32c(); }
  // The routine that needs no particular machine.
  static Crc32c Portable() { return Crc32c(&crc32c_detail::ExtendPortable); }

  // The CRC of what `crc` is the CRC of, followed by `bytes`.
  std::uint32_t Extend(std::uint32_t crc, std::string_view bytes) const {
    return ~routine_(~crc, bytes.data(), bytes.size());
  }
  std::uint32_t Of(std::string_view bytes) const { return Extend(0, bytes); }

  // The CRC of two pieces one after the other, from the CRC of each and the length of the second.
  static constexpr std::uint32_t Combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_size) {
    return crc32c_detail::Multiply(crc32c_detail::ZeroBytes(second_size), first) ^ second;
  }

  // Files hold CRCs masked, so that the CRC of bytes that contain their own CRC is nothing special.
  static constexpr std::uint32_t Mask(std::uint32_t crc) { return (crc >> 15 | crc << 17) + kMaskDelta; }
  static constexpr std::uint32_t Unmask(std::uint32_t masked) {
    const std::uint32_t rotated = masked - kMaskDelta;
    return rotated >> 17 | rotated << 15;
  }

 private:
  explicit Crc32c(crc32c_detail::Routine routine) : routine_(routine) {}
  static constexpr std::uint32_t kMaskDelta = 0xa282ead8u;

  crc32c_detail::Routine routine_;
};

// "0x0123abcd", for messages.
inline std::string HexCrc(std::uint32_t crc) {
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[crc >> shift & 15];
  return text;
}

}  // namespace wire
GRAPHFREEZE_NAMESPACE_END
