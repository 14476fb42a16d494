# How this project compiles its own programs: strict and optimised.
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
