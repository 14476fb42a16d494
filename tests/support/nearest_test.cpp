#include <graphfreeze/support/nearest.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace gf = graphfreeze;
using Names = std::vector<std::string_view>;

namespace {

const Names kBert = {"bert/embeddings/word_embeddings", "bert/pooler/dense/bias", "bert/pooler/dense/kernel",
                     "bert/encoder/layer_0/output/dense/kernel", "bert/encoder/layer_1/output/dense/kernel",
                     "cls/predictions/output_bias", "global_step", "beta1_power"};

std::string First(std::string_view wanted, const Names& names) {
  const Names found = gf::Nearest(wanted, names);
  return found.empty() ? "" : std::string(found[0]);
}

}  // namespace

TEST_CASE("a name with a scope left out or added leads to the right one") {
  CHECK(First("bert/pooler/kernel", kBert) == "bert/pooler/dense/kernel");
  CHECK(First("model/bert/pooler/dense/kernel", kBert) == "bert/pooler/dense/kernel");
  CHECK(First("pooler/dense/kernel", kBert) == "bert/pooler/dense/kernel");
  CHECK(First("global_step", {"a/b/c/d/e/global_step", "x"}) == "a/b/c/d/e/global_step");
}

TEST_CASE("a misspelt name leads to the right one") {
  CHECK(First("bert/pooler/dense/kernal", kBert) == "bert/pooler/dense/kernel");
  CHECK(First("bert/encoder/layer_1/output/dense/krenel", kBert) == "bert/encoder/layer_1/output/dense/kernel");
  CHECK(First("globalstep", kBert) == "global_step");
  CHECK(First("Global_Step", kBert) == "global_step");
  CHECK(First("--output_node", {"--input_graph", "--output_graph", "--output_node_names"}) == "--output_node_names");
  CHECK(First("w:0", {"w", "v"}) == "w");
}

TEST_CASE("object-based keys are found by the name of the variable") {
  CHECK(First("dense/kernel", {"model/dense/kernel/.ATTRIBUTES/VARIABLE_VALUE",
                               "model/dense/bias/.ATTRIBUTES/VARIABLE_VALUE", "save_counter/.ATTRIBUTES/VARIABLE_VALUE"}) ==
        "model/dense/kernel/.ATTRIBUTES/VARIABLE_VALUE");
}

TEST_CASE("nothing is suggested where nothing is alike") {
  CHECK(gf::Nearest("zzz/qqq", kBert).empty());
  CHECK(gf::Nearest("anything", Names{}).empty());
  CHECK(gf::DidYouMean("zzz/qqq", kBert).empty());
}

TEST_CASE("at most so many as asked for, the likeliest first, none twice") {
  const Names names = {"layer_1", "layer_2", "layer_3", "layer_4", "layer_1"};
  CHECK(gf::Nearest("layer_1", names, 2) == Names{"layer_1", "layer_2"});
  CHECK(gf::Nearest("layer_9", names).size() == 3);
  CHECK(gf::Nearest("layer_9", names, 0).empty());
}

TEST_CASE("the suggestion as the end of a sentence") {
  CHECK(gf::DidYouMean("kernal", Names{"kernel"}) == "; did you mean 'kernel'?");
  CHECK(gf::DidYouMean("layer_9", Names{"layer_1", "layer_2"}) == "; did you mean 'layer_1' or 'layer_2'?");
  CHECK(gf::DidYouMean("layer_9", Names{"layer_1", "layer_2", "layer_3"}) ==
        "; did you mean 'layer_1', 'layer_2' or 'layer_3'?");
}

TEST_CASE("any range of strings serves, and hostile names cost no more than time for a message") {
  const std::vector<std::string> strings = {"alpha", "beta"};
  CHECK(gf::Nearest("alfa", strings) == Names{"alpha"});
  std::vector<std::string> many;
  for (int i = 0; i < 20000; ++i) many.push_back(std::string(500, 'a') + "/" + std::string(static_cast<std::size_t>(i % 300), '/') + "kernel");
  many.push_back(std::string(1 << 20, 'x'));
  const auto start = std::chrono::steady_clock::now();
  (void)gf::Nearest(std::string(400, 'a') + std::string(200, '/') + "kernel", many);
  (void)gf::Nearest("", many);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}
