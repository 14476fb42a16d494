#include <graphfreeze/support/config.hpp>

#include <string>
#include <type_traits>

#include <doctest/doctest.h>

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

GRAPHFREEZE_NAMESPACE_BEGIN
struct OfTheLibrary {};
GRAPHFREEZE_NAMESPACE_END

TEST_CASE("what the library declares lies in a namespace with its version and Abseil's") {
  CHECK(std::is_same_v<graphfreeze::OfTheLibrary, graphfreeze::GRAPHFREEZE_ABI::OfTheLibrary>);
  const std::string name = TEXT_OF(GRAPHFREEZE_ABI);
  CHECK(name.find("v" + std::to_string(GRAPHFREEZE_VERSION_MAJOR) + "_" + std::to_string(GRAPHFREEZE_VERSION_MINOR) + "_" +
                  std::to_string(GRAPHFREEZE_VERSION_PATCH) + "_absl") == 0);
}
