# What the library links: the targets that the including project already has, else installed packages.
set(GRAPHFREEZE_DEPENDENCIES
  protobuf::libprotobuf
  absl::btree absl::cord absl::flat_hash_map absl::flat_hash_set absl::hash absl::inlined_vector
  absl::span absl::status absl::statusor absl::strings)

if(NOT TARGET protobuf::libprotobuf)
  find_package(Protobuf CONFIG QUIET)  # newer releases bring their own package, Debian 12's does not
  if(NOT TARGET protobuf::libprotobuf)
    find_package(Protobuf 3.21 MODULE REQUIRED)
  endif()
endif()
if(NOT TARGET absl::status)
  find_package(absl CONFIG REQUIRED)
endif()
