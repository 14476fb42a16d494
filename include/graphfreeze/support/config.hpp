// What the library is (version), what it needs (compiler, Abseil, byte order), and the namespace it lives in.
//
// The inline namespace carries our version and Abseil's: two shared objects that were built with
// different versions of either never merge each other's symbols in one process. It is not hidden: GCC would
// then hide the functions of a program that take our types, and warn of its structs that hold one.
//
// Macros that an include leaves behind, all of them with our prefix. For programs: GRAPHFREEZE_VERSION_MAJOR, _MINOR
// and _PATCH; for passes and handlers: GRAPHFREEZE_RETURN_IF_ERROR and GRAPHFREEZE_ASSIGN_OR_RETURN (support/status.hpp).
// The others are for the headers: GRAPHFREEZE_ABI, GRAPHFREEZE_NAMESPACE_BEGIN and _END, GRAPHFREEZE_JOIN.
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
#define GRAPHFREEZE_ABI_(major, minor, patch, absl) v##major##_##minor##_##patch##_absl##absl
#define GRAPHFREEZE_ABI_OF(major, minor, patch, absl) GRAPHFREEZE_ABI_(major, minor, patch, absl)
#if defined(ABSL_LTS_RELEASE_VERSION)
#define GRAPHFREEZE_ABI                                                                                   \
  GRAPHFREEZE_ABI_OF(GRAPHFREEZE_VERSION_MAJOR, GRAPHFREEZE_VERSION_MINOR, GRAPHFREEZE_VERSION_PATCH, \
                     ABSL_LTS_RELEASE_VERSION)
#else
#define GRAPHFREEZE_ABI \
  GRAPHFREEZE_ABI_OF(GRAPHFREEZE_VERSION_MAJOR, GRAPHFREEZE_VERSION_MINOR, GRAPHFREEZE_VERSION_PATCH, _head)
#endif

// Everything of the library stands between these two.
#define GRAPHFREEZE_NAMESPACE_BEGIN \
  namespace graphfreeze {           \
  inline namespace GRAPHFREEZE_ABI {
#define GRAPHFREEZE_NAMESPACE_END \
  }                               \
  }
