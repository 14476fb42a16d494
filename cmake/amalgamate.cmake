# Writes the single header: graphfreeze.hpp with every header of the library in place of its first
# include, in the order in which a compiler would read them. Other includes stay where they stand.
#
#   cmake -P cmake/amalgamate.cmake                        rewrites single_include/graphfreeze.hpp
#   cmake -DOUTPUT=file -DCHECK=ON -P cmake/amalgamate.cmake   writes file, fails if the checked-in one differs
cmake_minimum_required(VERSION 3.16)

get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}" DIRECTORY)
set(include_dir "${root}/include")
set(checked_in "${root}/single_include/graphfreeze.hpp")
if(NOT OUTPUT)
  set(OUTPUT "${checked_in}")
endif()

# Contents are passed on in quotes and never as lists, so brackets and semicolons in code do no harm.
function(append_text text)
  set_property(GLOBAL APPEND_STRING PROPERTY amalgamation "${text}")
endfunction()

# An include that only some compilers would see cannot be inlined "once": it would be lost for everyone after it.
function(require_unconditional text_before included header)
  string(REGEX MATCHALL "(^|\n)[ \t]*#[ \t]*if" opened "${text_before}")
  string(REGEX MATCHALL "(^|\n)[ \t]*#[ \t]*endif" closed "${text_before}")
  list(LENGTH opened opened)
  list(LENGTH closed closed)
  if(NOT opened EQUAL closed)
    message(FATAL_ERROR "${header} includes ${included} inside a preprocessor condition. Move the include out of it.")
  endif()
endfunction()

function(append_header header includer)
  get_property(seen GLOBAL PROPERTY seen_headers)
  if("${header}" IN_LIST seen)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY seen_headers "${header}")
  if(NOT EXISTS "${include_dir}/${header}")
    message(FATAL_ERROR "${includer} includes ${header}, which is not under include/.")
  endif()
  file(READ "${include_dir}/${header}" rest)
  string(REGEX REPLACE "(^|\n)#pragma once\n" "\\1" rest "${rest}")

  append_text("\n// ---- ${header} ----\n")
  set(read "")
  while("${rest}" MATCHES "(^|\n)[ \t]*#[ \t]*include[ \t]*(\"|<graphfreeze/)([^\">]*)[\">][^\n]*\n")
    set(line "${CMAKE_MATCH_0}")
    set(opening "${CMAKE_MATCH_2}")
    set(included "${CMAKE_MATCH_3}")
    if("${opening}" STREQUAL "<graphfreeze/")
      set(included "graphfreeze/${included}")
    elseif(NOT "${included}" MATCHES "^graphfreeze/")
      message(FATAL_ERROR "${header} includes \"${included}\". Write the path from include/: <graphfreeze/...>.")
    endif()
    set(newline_before "${CMAKE_MATCH_1}")
    string(FIND "${rest}" "${line}" at)
    string(SUBSTRING "${rest}" 0 ${at} before)
    string(LENGTH "${line}" length)
    math(EXPR after "${at} + ${length}")
    string(SUBSTRING "${rest}" ${after} -1 rest)

    string(APPEND read "${before}${newline_before}")
    require_unconditional("${read}" "${included}" "${header}")
    append_text("${before}${newline_before}")
    append_header("${included}" "${header}")
  endwhile()
  append_text("${rest}")
endfunction()

append_text("// graphfreeze in one file. Generated from include/ by cmake/amalgamate.cmake: edit there, not here.
#pragma once
")
append_header(graphfreeze/graphfreeze.hpp "the amalgamation")

get_property(text GLOBAL PROPERTY amalgamation)
file(WRITE "${OUTPUT}" "${text}")

if(CHECK)
  execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files "${OUTPUT}" "${checked_in}" RESULT_VARIABLE differs ERROR_QUIET)
  if(differs)
    message(FATAL_ERROR "single_include/graphfreeze.hpp is not what include/ gives. Repair it, and commit it, with:\n"
      "  cmake -P cmake/amalgamate.cmake")
  endif()
endif()
