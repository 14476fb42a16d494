// The table of the adapter's ops: each is what the reference document (rewrites.md section 6.4) says it is.
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <graphfreeze/graph/graph.hpp>
#include <graphfreeze/graph/op_types.hpp>
#include <graphfreeze/npu/handlers.hpp>
#include <graphfreeze/npu/ops.hpp>

#include "../passes/mini_graph.hpp"

using graphfreeze::DataType;
using graphfreeze::npu::OpClass;

namespace {

struct Expected {
  std::string_view op;
  OpClass op_class;
};

// In the order of the document. "rm; pass at world size 1" counts as kPass: what remains of it is handed on.
constexpr Expected kExpected[] = {
    // general (npu_ops)
    {"AdamApplyOneAssign", OpClass::kTrainingOnly},
    {"AdamApplyOneWithDecayAssign", OpClass::kTrainingOnly},
    {"BasicLSTMCell", OpClass::kAttr},
    {"BasicLSTMCellCStateGrad", OpClass::kTrainingOnly},
    {"BasicLSTMCellInputGrad", OpClass::kTrainingOnly},
    {"BasicLSTMCellWeightGrad", OpClass::kTrainingOnly},
    {"DPOP", OpClass::kFunction},
    {"DropOutDoMask", OpClass::kPass},
    {"DropOutGenMask", OpClass::kTrainingOnly},
    {"DropOutGenMaskV3", OpClass::kTrainingOnly},
    {"DropOutGenMaskV4", OpClass::kTrainingOnly},
    {"FileConstant", OpClass::kKeep},
    {"GeOp", OpClass::kFunction},
    {"KMeansCentroids", OpClass::kKeep},
    {"KMeansCentroidsV2", OpClass::kKeep},
    {"LambApplyOptimizerAssign", OpClass::kTrainingOnly},
    {"LambApplyWeightAssign", OpClass::kTrainingOnly},
    {"LARS", OpClass::kTrainingOnly},
    {"LarsV2", OpClass::kTrainingOnly},
    {"LoadAndExecuteOm", OpClass::kKeep},
    {"LogTimeStamp", OpClass::kTrainingOnly},
    {"NPUInit", OpClass::kTrainingOnly},
    {"NpuOnnxGraphOp", OpClass::kKeep},
    {"NPUShutdown", OpClass::kTrainingOnly},
    {"OutfeedDequeueOp", OpClass::kPlaceholder},
    {"OutfeedEnqueueOp", OpClass::kTrainingOnly},
    // device compute (aicore)
    {"Centralization", OpClass::kTrainingOnly},
    {"DropOutDoMaskV3", OpClass::kPass},
    {"DynamicAUGRU", OpClass::kAttr},
    {"DynamicAUGRUGrad", OpClass::kTrainingOnly},
    {"DynamicGruV2", OpClass::kAttr},
    {"DynamicGruV2Grad", OpClass::kTrainingOnly},
    {"DynamicRnn", OpClass::kAttr},
    {"DynamicRnnGrad", OpClass::kTrainingOnly},
    {"DynamicRnnV2", OpClass::kAttr},
    {"EmbeddingHashTableApplyAdamW", OpClass::kTrainingOnly},
    {"EmbeddingHashTableEvict", OpClass::kTrainingOnly},
    {"EmbeddingHashTableExport", OpClass::kTrainingOnly},
    {"EmbeddingHashTableImport", OpClass::kTrainingOnly},
    {"EmbeddingHashTableLookupOrInsert", OpClass::kExternal},
    {"FastGelu", OpClass::kKeep},
    {"FastGeluGrad", OpClass::kTrainingOnly},
    {"FastGeluV2", OpClass::kKeep},
    {"FusedLayerNorm", OpClass::kKeep},
    {"FusedLayerNormGrad", OpClass::kTrainingOnly},
    {"Gelu", OpClass::kKeep},
    {"GeluGrad", OpClass::kTrainingOnly},
    {"GetShape", OpClass::kKeep},
    {"InitEmbeddingHashTable", OpClass::kTrainingOnly},
    {"LRUCacheV2", OpClass::kExternal},
    {"NonZero", OpClass::kKeep},
    {"NonZeroWithValue", OpClass::kKeep},
    {"NpuAllocFloatStatus", OpClass::kTrainingOnly},
    {"NpuClearFloatStatus", OpClass::kTrainingOnly},
    {"NpuClearFloatStatusV2", OpClass::kTrainingOnly},
    {"NpuGetFloatStatus", OpClass::kTrainingOnly},
    {"NpuGetFloatStatusV2", OpClass::kTrainingOnly},
    {"PRelu", OpClass::kKeep},
    {"PReluGrad", OpClass::kTrainingOnly},
    {"ProdEnvMatA", OpClass::kKeep},
    {"ProdForceSeA", OpClass::kKeep},
    {"ProdVirialSeA", OpClass::kKeep},
    {"StatelessDropout", OpClass::kPass},
    {"StatelessRandomChoiceWithMask", OpClass::kKeep},
    {"TabulateFusion", OpClass::kKeep},
    {"TabulateFusionGrad", OpClass::kTrainingOnly},
    {"TabulateFusionSeA", OpClass::kKeep},
    {"TabulateFusionSeAGrad", OpClass::kTrainingOnly},
    // AMCT quantisation
    {"AscendAntiQuant", OpClass::kKeep},
    {"AscendDequant", OpClass::kKeep},
    {"AscendQuant", OpClass::kKeep},
    {"AscendWeightQuant", OpClass::kKeep},
    // collectives (hccl)
    {"HcomAllGather", OpClass::kPass},
    {"HcomAllReduce", OpClass::kPass},
    {"HcomAllToAllV", OpClass::kExternal},
    {"HcomAllToAllVC", OpClass::kExternal},
    {"HcomBroadcast", OpClass::kPass},
    {"HcomGatherAllToAllV", OpClass::kExternal},
    {"HcomReceive", OpClass::kExternal},
    {"HcomReduce", OpClass::kPass},
    {"HcomReduceScatter", OpClass::kExternal},
    {"HcomRemoteRead", OpClass::kExternal},
    {"HcomRemoteRefRead", OpClass::kExternal},
    {"HcomRemoteScatterWrite", OpClass::kTrainingOnly},
    {"HcomRemoteWrite", OpClass::kTrainingOnly},
    {"HcomSend", OpClass::kTrainingOnly},
    // dataset and input queues
    {"AdpGetNext", OpClass::kPlaceholder},
    {"DeviceQueueDataset", OpClass::kTrainingOnly},
    {"DPGroupDataset", OpClass::kTrainingOnly},
    {"DynamicGetNextV2", OpClass::kPlaceholder},
    {"GEOPDataset", OpClass::kTrainingOnly},
    {"GetNext", OpClass::kPlaceholder},
    {"GetNextFromQueue", OpClass::kPlaceholder},
    {"HostQueueDataset", OpClass::kTrainingOnly},
    {"NpuMapAndBatchDataset", OpClass::kTrainingOnly},
    {"NpuMapDataset", OpClass::kTrainingOnly},
    {"QueueData", OpClass::kPlaceholder},
    {"QueueDataset", OpClass::kTrainingOnly},
    // AI CPU
    {"BatchDilatePolys", OpClass::kKeep},
    {"BatchEnqueue", OpClass::kTrainingOnly},
    {"CacheAdd", OpClass::kExternal},
    {"CacheAllIndexToLocal", OpClass::kExternal},
    {"CacheRemoteIndexToLocal", OpClass::kExternal},
    {"DecodeImageV3", OpClass::kKeep},
    {"DeformableOffsets", OpClass::kKeep},
    {"DeformableOffsetsGrad", OpClass::kTrainingOnly},
    {"DenseImageWarp", OpClass::kKeep},
    {"DenseImageWarpGrad", OpClass::kTrainingOnly},
    {"Dequeue", OpClass::kPlaceholder},
    {"ExponentialDecayLR", OpClass::kTrainingOnly},
    {"FakeRemoteLookupUniqued", OpClass::kExternal},
    {"FeatureMappingExport", OpClass::kTrainingOnly},
    {"FeatureMappingImport", OpClass::kTrainingOnly},
    {"HostFeatureMapping", OpClass::kExternal},
    {"InitPartitionMap", OpClass::kTrainingOnly},
    {"LruCache", OpClass::kExternal},
    {"NonZeroWithValueShape", OpClass::kKeep},
    {"NonZeroWithValueShapeV2", OpClass::kKeep},
    {"OCRDetectionPostHandle", OpClass::kKeep},
    {"OCRDetectionPreHandle", OpClass::kKeep},
    {"OCRFindContours", OpClass::kKeep},
    {"OCRIdentifyPreHandle", OpClass::kKeep},
    {"OCRRecognitionPreHandle", OpClass::kKeep},
    {"RandomChoiceWithMask", OpClass::kKeep},
    {"ResizeAndClipPolys", OpClass::kKeep},
    {"ResizeV2", OpClass::kKeep},
    {"ScatterElements", OpClass::kKeep},
    {"ScatterElementsV2", OpClass::kKeep},
    {"TableToResource", OpClass::kExternal},
    {"UninitPartitionMap", OpClass::kTrainingOnly},
    {"WarpAffineV2", OpClass::kKeep},
    // embedding tables
    {"DeinitEmbeddingHashmapV2", OpClass::kTrainingOnly},
    {"EmbeddingApplyAdaGrad", OpClass::kTrainingOnly},
    {"EmbeddingApplyAdam", OpClass::kTrainingOnly},
    {"EmbeddingApplyAdamW", OpClass::kTrainingOnly},
    {"EmbeddingApplyRmsprop", OpClass::kTrainingOnly},
    {"EmbeddingApplySgd", OpClass::kTrainingOnly},
    {"EmbeddingComputeVarExport", OpClass::kTrainingOnly},
    {"EmbeddingComputeVarImport", OpClass::kTrainingOnly},
    {"EmbeddingFeatureMapping", OpClass::kExternal},
    {"EmbeddingHashmapExport", OpClass::kTrainingOnly},
    {"EmbeddingHashmapFileSize", OpClass::kTrainingOnly},
    {"EmbeddingHashmapImport", OpClass::kTrainingOnly},
    {"EmbeddingHashmapSize", OpClass::kTrainingOnly},
    {"EmbeddingLocalIndex", OpClass::kExternal},
    {"EmbeddingRankId", OpClass::kExternal},
    {"EmbeddingTableExport", OpClass::kTrainingOnly},
    {"EmbeddingTableFind", OpClass::kExternal},
    {"EmbeddingTableFindAndInit", OpClass::kExternal},
    {"EmbeddingTableImport", OpClass::kTrainingOnly},
    {"InitEmbeddingHashmap", OpClass::kTrainingOnly},
    {"InitEmbeddingHashmapV2", OpClass::kTrainingOnly},
    {"TableToResourceV2", OpClass::kExternal},
    {"UninitEmbeddingHashmap", OpClass::kTrainingOnly},
    // TF2 adapter only
    {"IteratorH2D", OpClass::kTrainingOnly},
    {"NpuCall", OpClass::kFunction},
    {"SendH2D", OpClass::kTrainingOnly},
    // older places
    {"NPUTest", OpClass::kTrainingOnly},
    {"StopOutfeedDequeueOp", OpClass::kTrainingOnly},
    {"DecodeAndResizeJpeg", OpClass::kKeep},
    {"DecodeAndCropAndResizeJpeg", OpClass::kKeep},
    {"FeatureMapping", OpClass::kExternal},
    {"DeformableConv2D", OpClass::kKeep},
    {"DeformableConv2DWithBias", OpClass::kKeep},
};

}  // namespace

TEST_CASE("every op of the adapter is classified as documented") {
  for (const Expected& expected : kExpected) {
    INFO(std::string(expected.op));
    const auto op_class = graphfreeze::npu::Classify(expected.op);
    REQUIRE(op_class.has_value());
    CHECK(std::string(Name(*op_class)) == std::string(Name(expected.op_class)));
  }
  CHECK(std::size(kExpected) == std::size(graphfreeze::npu::kOpTable));
  CHECK_FALSE(graphfreeze::npu::Classify("Relu").has_value());
  CHECK_FALSE(graphfreeze::npu::Classify("").has_value());
  CHECK_FALSE(graphfreeze::npu::Classify("zzz").has_value());
}

TEST_CASE("every op of the adapter is served by the built-in handlers") {
  const graphfreeze::AnyHandlers handlers(graphfreeze::npu::Handlers{});
  for (const Expected& expected : kExpected) {
    INFO(std::string(expected.op));
    CHECK(handlers.Serves(expected.op));
  }
  CHECK_FALSE(handlers.Serves("Relu"));
}

TEST_CASE("what the ops look like is known") {
  MiniGraph graph(R"(
    r = DynamicRnn {T: half}
    g = GetNext {output_types: list { type: DT_FLOAT type: DT_INT64 }}
    n = NonZero {T: float}
    e = EmbeddingHashmapImport {num: 2}
    d = DeformableOffsets {T: float}
    b = HcomBroadcast {T: list { type: DT_FLOAT type: DT_INT32 }}
  )");
  const auto types = [&](std::string_view node) { return graphfreeze::OutputTypes(graph.graph(), graph.node(node)); };
  CHECK_FALSE(types("r").has_value());
  REQUIRE(graphfreeze::npu::AddOpDefs(graph.graph()).ok());
  REQUIRE(types("r").has_value());
  CHECK(*types("r") == std::vector<DataType>(8, DataType::kHalf));
  CHECK(*types("g") == std::vector<DataType>{DataType::kFloat, DataType::kInt64});
  CHECK(*types("n") == std::vector<DataType>{DataType::kInt64});  // by default
  CHECK(types("e")->size() == 8);
  CHECK(types("e")->back() == DataType::kFloat);
  CHECK(*types("b") == std::vector<DataType>{DataType::kFloat, DataType::kInt32});
  CHECK(graphfreeze::AttrOrDefault(graph.graph(), graph.node("r"), "is_training").b());
  CHECK(graphfreeze::AttrOrDefault(graph.graph(), graph.node("r"), "cell_clip").f() == -1.0f);
  CHECK(graphfreeze::AttrOrDefault(graph.graph(), graph.node("d"), "dilations").ints() == std::vector<std::int64_t>{1, 1, 1, 1});
  CHECK(graphfreeze::AttrOrDefault(graph.graph(), graph.node("d"), "data_format").s() == "NHWC");
  const graphfreeze::OpDef* op = graph.graph().ops().Find("LRUCacheV2");
  REQUIRE(op != nullptr);
  CHECK(op->is_stateful);
  CHECK(op->inputs[1].is_ref);
  CHECK(op->inputs[1].type_attr == "dtype");
}
