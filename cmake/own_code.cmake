# How this project compiles its own programs: strict, optimised, sanitized when asked for.
# Nothing here reaches a user of the library.
if(GRAPHFREEZE_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release unless said otherwise" FORCE)
  endif()
  if(NOT DEFINED CMAKE_CXX_STANDARD)
    set(CMAKE_CXX_STANDARD 17)
  endif()
  set(CMAKE_CXX_EXTENSIONS OFF)
endif()

find_package(Threads REQUIRED)

add_library(graphfreeze_warnings INTERFACE)
target_compile_options(graphfreeze_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

# What the headers promise to compile with, so examples and header checks use it. Tests may throw.
add_library(graphfreeze_strict INTERFACE)
target_compile_options(graphfreeze_strict INTERFACE -fno-exceptions -fno-rtti)
target_link_libraries(graphfreeze_strict INTERFACE graphfreeze_warnings)

if(GRAPHFREEZE_SANITIZE)
  # vptr is the one check of UBSan that needs RTTI.
  set(sanitizers -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(graphfreeze_warnings INTERFACE ${sanitizers})
  target_link_options(graphfreeze_warnings INTERFACE ${sanitizers})
  # GCC's flow analysis sees uses without a value in the sanitizers' own branches (its manual says so); the plain build keeps the warning.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(graphfreeze_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
