# cmake -DBUILD=<tree of the add_subdirectory consumer> -DPREFIX=<folder> -P installs_its_own.cmake
# What the consumer installs is its program, and nothing of ours.
cmake_minimum_required(VERSION 3.16)

file(REMOVE_RECURSE "${PREFIX}")
execute_process(COMMAND ${CMAKE_COMMAND} --install "${BUILD}" --prefix "${PREFIX}" RESULT_VARIABLE failed OUTPUT_QUIET)
if(failed)
  message(FATAL_ERROR "The consumer cannot be installed.")
endif()
file(GLOB_RECURSE installed RELATIVE "${PREFIX}" "${PREFIX}/*")
if(NOT installed STREQUAL "bin/consumer")
  message(FATAL_ERROR "A project with the library as its subdirectory installed: ${installed}")
endif()
