// What the library is (version), what it needs (compiler, Abseil, byte order), and the namespace it lives in.
//
// The inline namespace carries our version and Abseil's: two shared objects that were built with
// different versions of either never merge each other's symbols in one process.
#pragma once

#include <absl/base/config.h>

#define GRAPHFREEZE_VERSION_MAJOR 0
#define GRAPHFREEZE_VERSION_MINOR 1
#define GRAPHFREEZE_VERSION_PATCH 0

#if !defined(__cplusplus) || __cplusplus < 201703L
#error "graphfreeze needs C++17: compile with -std=c++17 or newer"
#endif
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "graphfreeze needs a little-endian host: weights are handed on as the bytes that the checkpoint holds"
#endif
#if defined(ABSL_LTS_RELEASE_VERSION) && ABSL_LTS_RELEASE_VERSION < 20220623
#error "graphfreeze needs Abseil 20220623 or newer (libabsl-dev of Debian 12)"
#endif

#define GRAPHFREEZE_JOIN_(a, b) a##b
#define GRAPHFREEZE_JOIN(a, b) GRAPHFREEZE_JOIN_(a, b)
#if defined(ABSL_LTS_RELEASE_VERSION)
#define GRAPHFREEZE_ABI GRAPHFREEZE_JOIN(v0_1_absl, ABSL_LTS_RELEASE_VERSION)
#else
#define GRAPHFREEZE_ABI v0_1_absl_head
#endif

// Everything of the library stands between these two.
#define GRAPHFREEZE_NAMESPACE_BEGIN \
  namespace graphfreeze {           \
  inline namespace GRAPHFREEZE_ABI {
#define GRAPHFREEZE_NAMESPACE_END \
  }                               \
  }
