// Attributes of the adapter go; those of ops stay.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <graphfreeze/npu/strip_attrs.hpp>

#include "../passes/mini_graph.hpp"

using graphfreeze::npu::StripNpuAttrs;

namespace {

const std::string kGraph = R"(
  x = Placeholder {dtype: float}
  y = Relu(x) {T: float, _keep_dtype: 1, _stage_level: 2, _XlaScope: "a", _mine: 3}
  z = Neg(y) {T: float, _without_npu_compile: true, _subgraph_multi_dims_input_shape: "1", _class: list { s: "loc:@x" }}
)";

}  // namespace

TEST_CASE("attributes of the adapter are stripped") {
  MiniGraph graph(kGraph);
  REQUIRE(graph.Run(StripNpuAttrs{}).ok());
  CHECK(graph.node("y").attr_names() == std::vector<std::string_view>{"T", "_mine"});
  CHECK(graph.node("z").attr_names() == std::vector<std::string_view>{"T", "_class"});
  CHECK(graph.reports() == 1);
  CHECK(graph.Reported("attrs_stripped"));
  REQUIRE(graph.Run(StripNpuAttrs{}).ok());
  CHECK(graph.reports() == 1);
  CHECK_FALSE(graph.graph().main().IsChanged(graph.node("x").id()));
}

TEST_CASE("the pin of a precision can stay, and nodes can be excluded") {
  MiniGraph graph(kGraph);
  REQUIRE(graph.Run(StripNpuAttrs{{"z"}, true}).ok());
  CHECK(graph.node("y").attr("_keep_dtype").i() == 1);
  CHECK_FALSE(graph.node("y").attr("_stage_level").exists());
  CHECK(graph.node("z").attr("_without_npu_compile").b());
}

TEST_CASE("every attribute of the documented list goes") {
  for (const char* attr :
       {"_without_npu_compile", "_variable_placement", "_keep_dtype", "_stage_level", "_output_memory_type", "_buffer_pool_id",
        "_buffer_pool_size", "_specified_engine_name", "_specified_kernel_lib_name", "_qos_service_label",
        "_subgraph_multi_dims_input_dims", "_optimizer", "_NpuOptimizer", "_graph_dynamic_input", "_is_train_graph",
        "_recompute_mode", "_op_max_shape", "_op_max_size", "_embedding_dim", "_max_key_num", "_use_counter_filter",
        "_XlaCompile", "_XlaSeparateCompiledGradients", "_grappler_do_not_remove"}) {
    INFO(attr);
    CHECK(StripNpuAttrs::Strips(attr));
  }
  for (const char* attr : {"T", "_class", "_output_shapes", "optimizer", "_", ""}) CHECK_FALSE(StripNpuAttrs::Strips(attr));
}
