# Runs what a transcript says and compares what comes: each line "$ program arguments" of it is a command, followed by what
# that prints (stdout, then stderr) and by "(exit N)" if N is not 0. Programs are the examples; paths are those of a
# directory where examples/ is the repository's and everything else is scratch.
#
#   cmake -DPROGRAMS=build/examples -DTRANSCRIPT=examples/inspect_graph.out -P cmake/check_transcript.cmake
#
# With -DRENEW=ON the transcript is written anew from its commands.
cmake_minimum_required(VERSION 3.16)

get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}" DIRECTORY)
get_filename_component(TRANSCRIPT "${TRANSCRIPT}" ABSOLUTE)
get_filename_component(PROGRAMS "${PROGRAMS}" ABSOLUTE)
get_filename_component(name "${TRANSCRIPT}" NAME_WE)

set(scratch "${PROGRAMS}/transcripts/${name}")
file(REMOVE_RECURSE "${scratch}")
file(MAKE_DIRECTORY "${scratch}")
file(CREATE_LINK "${root}/examples" "${scratch}/examples" SYMBOLIC)

set(actual "")
file(STRINGS "${TRANSCRIPT}" commands REGEX "^\\$ ")
foreach(command IN LISTS commands)
  string(SUBSTRING "${command}" 2 -1 line)
  separate_arguments(arguments UNIX_COMMAND "${line}")
  list(GET arguments 0 program)
  list(REMOVE_AT arguments 0)
  execute_process(COMMAND "${PROGRAMS}/${program}" ${arguments} WORKING_DIRECTORY "${scratch}"
    OUTPUT_VARIABLE out ERROR_VARIABLE err RESULT_VARIABLE exit)
  string(APPEND actual "${command}\n${out}${err}")
  if(NOT exit STREQUAL "0")
    string(APPEND actual "(exit ${exit})\n")
  endif()
endforeach()

file(READ "${TRANSCRIPT}" expected)
if(actual STREQUAL expected AND NOT commands STREQUAL "")
  return()
endif()
if(RENEW)
  file(WRITE "${TRANSCRIPT}" "${actual}")
  return()
endif()
if(commands STREQUAL "")
  message(FATAL_ERROR "${TRANSCRIPT} has no command: give it a line such as\n$ ${name} examples/data/model.ckpt")
endif()
file(WRITE "${scratch}/actual.out" "${actual}")
execute_process(COMMAND diff -u "${TRANSCRIPT}" "${scratch}/actual.out" RESULT_VARIABLE compared)
if(NOT compared STREQUAL "1")  # there is no diff here
  message("expected:\n${expected}\nactual:\n${actual}")
endif()
message(FATAL_ERROR "The examples do not print what examples/${name}.out says. If the new output is right, commit it with:\n"
  "  cmake -DPROGRAMS=${PROGRAMS} -DTRANSCRIPT=${TRANSCRIPT} -DRENEW=ON -P ${CMAKE_CURRENT_LIST_FILE}")
