# Installs the headers to include/ and the package to lib/cmake/graphfreeze/.
# The version file is independent of the architecture, as headers are.
include(CMakePackageConfigHelpers)

set(package_dir lib/cmake/graphfreeze)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/graphfreezeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/package/graphfreezeConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/graphfreezeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/graphfreeze DESTINATION include FILES_MATCHING PATTERN "*.hpp")
install(TARGETS graphfreeze EXPORT graphfreezeTargets)
install(EXPORT graphfreezeTargets NAMESPACE graphfreeze:: DESTINATION ${package_dir})
install(DIRECTORY ${PROJECT_BINARY_DIR}/package/ DESTINATION ${package_dir})
