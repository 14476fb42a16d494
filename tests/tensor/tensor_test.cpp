#include <graphfreeze/tensor/tensor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace gf = graphfreeze;
using gf::DataType;
using gf::Shape;
using gf::TensorView;

TEST_CASE("a view borrows its bytes and keeps their owner") {
  auto owner = std::make_shared<const std::string>("abcdefgh");
  const std::weak_ptr<const std::string> watch = owner;
  std::optional<TensorView> view(std::in_place, DataType::kFloat, Shape{2}, *owner, owner);
  const char* const bytes = owner->data();
  owner.reset();
  const TensorView copy = *view;
  view.reset();
  CHECK_FALSE(watch.expired());
  CHECK(copy.bytes().data() == bytes);
  CHECK(copy.dtype() == DataType::kFloat);
  CHECK((copy.shape() == Shape{2}));
  CHECK(copy.strings().empty());
}

TEST_CASE("a view of strings has one view an element, shared by its copies") {
  const auto owner = std::make_shared<const std::string>("onetwo");
  const std::string_view all = *owner;
  const TensorView view(Shape{2}, {all.substr(0, 3), all.substr(3)}, owner);
  const TensorView copy = view;
  CHECK(view.dtype() == DataType::kString);
  CHECK(view.bytes().empty());
  REQUIRE(view.strings().size() == 2);
  CHECK((view.strings()[1] == "two"));
  CHECK(copy.strings().data() == view.strings().data());
}

TEST_CASE("a tensor that is nothing yet has no type and no bytes") {
  const TensorView view;
  CHECK(view.dtype() == DataType::kInvalid);
  CHECK(view.bytes().empty());
  CHECK(view.strings().empty());
}

TEST_CASE("the size of a reference is that of its pieces together") {
  const gf::Source source = gf::Source::Borrow("0123456789");
  gf::TensorRef ref;
  CHECK(ref.size() == 0);
  ref.pieces = {{source, 0, 3}, {source, 5, 4}};
  CHECK(ref.size() == 7);
}
